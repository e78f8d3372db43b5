"""Do anatomy seeds differ as people do, and is no training subject repeated?"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from engine.errors import EvaluationError
from engine.evaluation.alignment import aligned
from engine.evaluation.real import label_maps
from engine.evaluation.results import Result, Row
from engine.evaluation.setting import Setting, Watch, generated_masks, recipes
from engine.evaluation.statistics import spread
from engine.labels import VENTRICLES, LabelTable
from engine.overlap import confusion, dice_per_class, pooled_dice
from engine.recipe import VOLUME
from engine.training.label_maps import brain_box
from engine.training.shapes import placed

SYNTHETIC, REAL, HELD_OUT = "synthetic", "real", "held out"
MIRRORED = " (mirrored)"


@dataclass(frozen=True, eq=False)
class Anatomy:
    """A label map as class indices (I, J, K) with its brain in the middle of the grid."""

    name: str
    classes: np.ndarray


def centred(classes: np.ndarray) -> np.ndarray:
    """Class indices (I, J, K) moved by whole voxels so that the brain lies in the middle."""
    centre = np.array([(axis.start + axis.stop - 1) / 2 for axis in brain_box(classes)])
    return placed(classes, centre, (classes.shape[0], classes.shape[1], classes.shape[2]))


def evaluate(setting: Setting) -> Result:
    """Subjects of one volume among each other and against the training maps. Raises `EvaluationError` if there are too
    few label maps of any kind."""
    pack, table = setting.pack, setting.pack.table
    volume = setting.options.volume_ml or pack.control(VOLUME).default
    chosen = recipes(pack, [volume] * setting.options.cases)
    maps = [(each.held_out, Anatomy(each.name, _centred(each.labels.data, table))) for each in label_maps(setting)]
    real = [anatomy for _, anatomy in maps]
    training = [anatomy for held_out, anatomy in maps if not held_out]
    held_out = [anatomy for held_out, anatomy in maps if held_out]
    if len(chosen) < 2 or len(training) < 2 or not held_out:
        raise EvaluationError(
            f"This needs two cases, two training label maps and a held-out one at least; there are {len(chosen)}, "
            f"{len(training)} and {len(held_out)}."
        )
    made = [
        Anatomy(f"anatomy seed {recipe.anatomy_seed}", _centred(case.labels.data, table))
        for recipe, case in zip(chosen, generated_masks(setting, chosen), strict=True)
        if case.labels is not None
    ]
    pairs = {kind: pairwise(kind, group, table) for kind, group in ((SYNTHETIC, made), (REAL, real))}
    nearest = {
        kind: nearest_rows(kind, group, training, table) for kind, group in ((SYNTHETIC, made), (HELD_OUT, held_out))
    }
    figures = figures_of(volume, pairs, nearest)
    memory = figures["memorisation"]
    return Result(
        figures,
        [row for group in (*pairs.values(), *nearest.values()) for row in group],
        lambda figure: draw(figure, pairs, nearest),
        [
            f"mean Dice of pairs: synthetic at {volume:g} mL {figures['pairs'][SYNTHETIC]['mean_dice']['mean']:.3f} "
            f"(n {len(pairs[SYNTHETIC])}), "
            f"real {figures['pairs'][REAL]['mean_dice']['mean']:.3f} (n {len(pairs[REAL])})",
            f"nearest training map: synthetic agree in {memory[SYNTHETIC]['agreement']['mean']:.1%} of the brain (most "
            f"{memory[SYNTHETIC]['agreement']['max']:.1%}), held-out real {memory[HELD_OUT]['agreement']['mean']:.1%} "
            f"(most {memory[HELD_OUT]['agreement']['max']:.1%})",
            f"{memory['nearer_than_any_held_out']:.0%} of the synthetic ones are nearer to a training map than any "
            "held-out real one",
        ],
        (),
        (16.0, 5.0),
    )


def _centred(values: np.ndarray, table: LabelTable) -> np.ndarray:
    return centred(table.classes(np.asarray(values)))


def _dice(a: np.ndarray, b: np.ndarray, table: LabelTable) -> Row:
    """Mean Dice of the structures either has, and the ventricles' as one."""
    counts = confusion(a, b, len(table.labels))
    ventricles = [int(table.class_of_value[v]) for v in VENTRICLES if v in table]
    return {
        "mean_dice": float(np.nanmean(dice_per_class(counts)[1:])),
        "ventricle_dice": pooled_dice(counts, ventricles),
    }


def pairwise(kind: str, group: Sequence[Anatomy], table: LabelTable) -> list[Row]:
    """A row for every pair of a group; lower Dice is more diverse."""
    pairs = list(itertools.combinations(group, 2))
    return [
        {"kind": f"pair, {kind}", "name": a.name, "other": b.name, **_dice(a.classes, b.classes, table)}
        for _, (a, b) in Watch(f"Pairs, {kind}", len(pairs)).over(pairs)
    ]


def nearest_rows(kind: str, group: Sequence[Anatomy], training: Sequence[Anatomy], table: LabelTable) -> list[Row]:
    """The training map most like each of a group after rigid alignment, mirrored ones among them, because training
    mirrors its maps too."""
    mirror = table.mirror_classes.astype(np.uint8)
    mirrored = [Anatomy(f"{t.name}{MIRRORED}", np.ascontiguousarray(mirror[t.classes[::-1]])) for t in training]
    rows = []
    for _, anatomy in Watch(f"Nearest training map, {kind}", len(group)).over(group):
        found = [(aligned(each.classes, anatomy.classes), each) for each in (*training, *mirrored)]
        alignment, nearest = max(found, key=lambda pair: pair[0].agreement)
        dice = _dice(anatomy.classes, alignment.moved(nearest.classes), table)
        row = {"kind": f"nearest, {kind}", "name": anatomy.name, "other": nearest.name}
        rows.append({**row, "agreement": alignment.agreement, **dice})
    return rows


def figures_of(volume_ml: float, pairs: dict[str, list[Row]], nearest: dict[str, list[Row]]) -> Row:
    """Spread of every column, and how many synthetic maps are nearer to training than any held-out one is."""

    def spreads(groups: dict[str, list[Row]], columns: Sequence[str]) -> Row:
        return {kind: {c: spread([row[c] for row in rows]) for c in columns} for kind, rows in groups.items()}

    limit = max(row["agreement"] for row in nearest[HELD_OUT])
    nearer = [row["agreement"] > limit for row in nearest[SYNTHETIC]]
    dice = ("mean_dice", "ventricle_dice")
    return {
        "volume_ml": volume_ml,
        "pairs": spreads(pairs, dice),
        "memorisation": {
            **spreads(nearest, ("agreement", *dice)),
            "nearer_than_any_held_out": float(np.mean(nearer)),
        },
    }


def draw(figure: Figure, pairs: dict[str, list[Row]], nearest: dict[str, list[Row]]) -> None:
    """Dice of pairs, all structures and ventricles, and agreement with the nearest training map."""
    axes = figure.subplots(1, 3)
    for axis, column, what in ((axes[0], "mean_dice", "structures, mean"), (axes[1], "ventricle_dice", "ventricles")):
        values = {kind: [row[column] for row in rows] for kind, rows in pairs.items()}
        axis.hist(list(values.values()), 15, density=True, label=[f"{k}, {len(v)} pairs" for k, v in values.items()])
        axis.set(xlabel=f"Dice of two subjects, {what} (lower: more diverse)", ylabel="density")
        axis.legend()
    agreement = {kind: [100 * row["agreement"] for row in rows] for kind, rows in nearest.items()}
    for n, shares in enumerate(agreement.values()):
        axes[2].scatter(np.linspace(n - 0.2, n + 0.2, len(shares)), shares, s=16)
    names = [f"{kind}, n = {len(values)}" for kind, values in agreement.items()]
    axes[2].set_xticks(range(len(names)), names)
    axes[2].set(ylabel="brain voxels with the label of the nearest training map (%)", xlim=(-0.6, len(names) - 0.4))
    axes[2].grid(alpha=0.3, axis="y")
