"""Do generated images look like real T1-weighted scans?"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import wasserstein_distance

from engine.errors import EngineError, EvaluationError
from engine.evaluation.distances import frechet_distance, halved, kernel_distance, ms_ssim
from engine.evaluation.features import PLANES, Features, feature_network
from engine.evaluation.real import images, scan_paths
from engine.evaluation.results import Result, Row
from engine.evaluation.setting import Setting, Watch, generated_cases, recipes
from engine.evaluation.statistics import mean, spread
from engine.labels import VENTRICLES, synthseg33
from engine.recipe import VOLUME
from engine.training.images import standardised

SYNTHETIC, REAL = "synthetic", "real"
SYNTHETIC_TO_REAL, REAL_TO_REAL = "synthetic to real", "real to real"
TISSUES = tuple(dict.fromkeys(label.group for label in synthseg33().labels if label.value))
#: Signal, white matter's median at 0.75; the last edge is where standardised images are clipped.
EDGES = np.linspace(0, 1.5, 76)
#: Pairs of images looked at for MS-SSIM, of all there are.
PAIRS = 40


@dataclass(frozen=True, eq=False)
class Look:
    """What is kept of an image: ``counts`` (tissue, bin) of its signal, ``features`` of its slices per plane, itself at
    half the resolution, and its middle axial slice."""

    kind: str
    name: str
    ventricular_ml: float
    counts: np.ndarray
    features: dict[str, np.ndarray]
    small: np.ndarray
    slice: np.ndarray


def look_at(kind: str, name: str, image: np.ndarray, classes: np.ndarray, network: Features, voxel_ml: float) -> Look:
    """Everything that is compared, of a standardised image (I, J, K) and its classes."""
    table = synthseg33()
    groups = [[n for n, label in enumerate(table.labels) if label.group == tissue] for tissue in TISSUES]
    counts = np.stack([np.histogram(image[np.isin(classes, group)], EDGES)[0] for group in groups])
    ventricles = np.isin(classes, table.class_of_value[list(VENTRICLES)])
    middle = int(np.argmax(np.count_nonzero(ventricles, axis=(0, 1))))
    ml = float(np.count_nonzero(ventricles) * voxel_ml)
    return Look(kind, name, ml, counts, network.of(image), halved(image), image[:, :, middle].copy())


def evaluate(setting: Setting) -> Result:
    """Synthetic images with the ventricular volumes of real scans, against these scans. Raises `EvaluationError` if
    fewer than two images of either kind can be had."""
    paths = scan_paths(setting.real_data(), setting.options.most)
    network = feature_network(setting)
    look = partial(look_at, network=network, voxel_ml=setting.pack.grid.voxel_ml)
    real = [look(REAL, each.name, each.image, each.classes) for each in images(setting, paths)]
    made = _synthetic(setting, [each.ventricular_ml for each in real], look) if real else []
    for kind, looks in ((REAL, real), (SYNTHETIC, made)):
        if len(looks) < 2:
            raise EvaluationError(f"Fewer than two {kind} images could be used; see the reasons above.")
    tissues = {tissue: compared_tissue(made, real, n) for n, tissue in enumerate(TISSUES)}
    similarity = {kind: pair_similarity(looks) for kind, looks in ((SYNTHETIC, made), (REAL, real))}
    distances = compared_features(made, real)
    figures = {
        "n": {SYNTHETIC: len(made), REAL: len(real)},
        "features": network.name,
        "tissues": tissues,
        "ms_ssim": {kind: spread(values) for kind, values in similarity.items()},
        **distances,
    }
    frechet = distances["frechet"]["mean"]
    return Result(
        figures,
        [_row(each) for each in (*made, *real)],
        lambda figure: draw(figure, made, real, figures, similarity),
        [
            f"{len(made)} synthetic and {len(real)} real images; features: {network.name}",
            f"Fréchet distance, mean of planes: synthetic to real {frechet[SYNTHETIC_TO_REAL]:.3g}, real to real "
            f"{frechet[REAL_TO_REAL]:.3g}",
            f"MS-SSIM of pairs: synthetic {mean(similarity[SYNTHETIC]):.3f}, real {mean(similarity[REAL]):.3f}; "
            f"tissue signals overlap by {mean([t['overlap'] for t in tissues.values()]):.0%} on average",
        ],
        (),
        (16.0, 9.0),
    )


def _synthetic(setting: Setting, volumes: Sequence[float], look: partial[Look]) -> list[Look]:
    """As many cases as wanted, with the volumes of real subjects as far as the pack goes."""
    control, table = setting.pack.control(VOLUME), setting.pack.table
    wanted = [
        float(np.clip(ml, control.low, control.high))
        for ml in itertools.islice(itertools.cycle(volumes), setting.options.cases)
    ]
    watch, made = Watch("Image", 1), []
    for case in generated_cases(setting, recipes(setting.pack, wanted)):
        assert case.image is not None
        assert case.labels is not None
        classes = table.classes(np.asarray(case.labels.data))
        try:
            image = standardised(np.asarray(case.image.data), classes).astype(np.float32)
        except EngineError as error:
            watch.say(f"{case.name}: {error}, so it is left out.")
            continue
        made.append(look(SYNTHETIC, case.name, image, classes))
    return made


def _row(each: Look) -> Row:
    signals = {tissue: _moments(each.counts[n]) for n, tissue in enumerate(TISSUES)}
    return {
        "kind": each.kind,
        "name": each.name,
        "ventricular_ml": each.ventricular_ml,
        **{f"{tissue} {key}": value for tissue, of in signals.items() for key, value in of.items()},
    }


def _moments(counts: np.ndarray) -> Row:
    """Mean and standard deviation of a histogram over `EDGES`."""
    if not counts.sum():
        return {"mean": None, "sd": None}
    middles = (EDGES[1:] + EDGES[:-1]) / 2
    average = float(np.average(middles, weights=counts))
    return {"mean": average, "sd": float(np.sqrt(np.average((middles - average) ** 2, weights=counts)))}


def _pooled(looks: Sequence[Look], tissue: int) -> np.ndarray:
    """(bins,) mean of the images' normalised histograms of one tissue, so that each counts the same."""
    each = [look.counts[tissue] / look.counts[tissue].sum() for look in looks if look.counts[tissue].any()]
    return np.mean(each, axis=0) if each else np.zeros(len(EDGES) - 1)


def compared_tissue(made: Sequence[Look], real: Sequence[Look], tissue: int) -> Row:
    """The signal of one tissue: mean and SD of both kinds, the overlap (0-1) of the distributions, and the distance
    (Wasserstein, in units of the signal) between them."""
    ours, theirs = _pooled(made, tissue), _pooled(real, tissue)
    middles = (EDGES[1:] + EDGES[:-1]) / 2
    there = bool(ours.any() and theirs.any())
    return {
        SYNTHETIC: _moments(ours),
        REAL: _moments(theirs),
        "overlap": float(np.minimum(ours, theirs).sum()) if there else np.nan,
        "distance": float(wasserstein_distance(middles, middles, ours, theirs)) if there else np.nan,
    }


def pair_similarity(looks: Sequence[Look]) -> list[float]:
    """MS-SSIM of pairs of different images, at most `PAIRS` of them, drawn evenly; lower is more diverse."""
    pairs = list(itertools.combinations(range(len(looks)), 2))
    chosen = [pairs[n] for n in np.unique(np.linspace(0, len(pairs) - 1, min(PAIRS, len(pairs))).round().astype(int))]
    return [ms_ssim(looks[a].small, looks[b].small) for _, (a, b) in Watch("MS-SSIM", len(chosen)).over(chosen)]


def compared_features(made: Sequence[Look], real: Sequence[Look]) -> Row:
    """Fréchet and kernel distances per plane and their mean. Real scans are halved; every set holds equally many
    images, because few samples make distances larger. Synthetic to real is the mean over both halves."""
    count = min(len(made), len(real) // 2)
    halves = real[0::2][:count], real[1::2][:count]
    result: Row = {"images_per_set": count, "slices_per_set": {}}
    for name, distance in (("frechet", frechet_distance), ("kernel", kernel_distance)):
        planes: dict[str, Row] = {}
        for plane in PLANES:
            a, b, ours = (np.concatenate([x.features[plane] for x in looks]) for looks in (*halves, made[:count]))
            result["slices_per_set"][plane] = len(ours)
            planes[plane] = {
                SYNTHETIC_TO_REAL: (distance(ours, a) + distance(ours, b)) / 2,
                REAL_TO_REAL: distance(a, b),
            }
        planes["mean"] = {key: float(np.mean([of[key] for of in planes.values()])) for key in planes["axial"]}
        result[name] = planes
    return result


def draw(
    figure: Figure, made: Sequence[Look], real: Sequence[Look], figures: Row, similarity: dict[str, list[float]]
) -> None:
    """Signal of the tissues, distances, MS-SSIM, and a few slices of each kind."""
    axes = figure.subplot_mosaic("ABCD;EFGH;IJKL;MNOP")
    middles = (EDGES[1:] + EDGES[:-1]) / 2
    for n, (letter, tissue) in enumerate(zip("ABCDEFG", TISSUES, strict=False)):
        for looks, kind in ((made, SYNTHETIC), (real, REAL)):
            axes[letter].plot(middles, _pooled(looks, n), label=f"{kind}, n = {len(looks)}")
        axes[letter].set(title=tissue, xlabel="signal (white matter 0.75)", ylabel="share of voxels")
        axes[letter].legend(fontsize=6)
    axes["H"].hist(
        list(similarity.values()), label=[f"{kind}, {len(values)} pairs" for kind, values in similarity.items()]
    )
    axes["H"].set(title="MS-SSIM of pairs", xlabel="MS-SSIM (1: the same image)", ylabel="pairs")
    axes["H"].legend(fontsize=6)
    for letter, name, title in (("I", "frechet", "Fréchet distance"), ("J", "kernel", "kernel distance (MMD²)")):
        _draw_distances(axes[letter], figures[name], title, figures["images_per_set"])
    for letters, looks in (("KL", real), ("MNOP", made)):
        for n, letter in enumerate(letters):
            axes[letter].set_axis_off()
            if n < len(looks):
                axes[letter].imshow(looks[n].slice.T, cmap="gray", origin="lower", vmin=0, vmax=1.2)
                axes[letter].set_title(f"{looks[n].kind}, {looks[n].ventricular_ml:.0f} mL", fontsize=8)


def _draw_distances(axis: Axes, planes: Row, title: str, count: int) -> None:
    place = np.arange(len(planes))
    for n, key in enumerate((SYNTHETIC_TO_REAL, REAL_TO_REAL)):
        axis.bar(place + 0.4 * n, [of[key] for of in planes.values()], 0.4, label=key)
    axis.set_xticks(place + 0.2, list(planes))
    axis.set(title=f"{title}, n = {count} images a set", ylabel="distance of features")
    axis.legend(fontsize=6)
