"""Are generated label maps complete, well-formed and as large as real ones?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from engine.evaluation.real import label_maps
from engine.evaluation.results import Result, Row, Target
from engine.evaluation.setting import Setting, generated_masks, recipes, spread_volumes
from engine.evaluation.shape_checks import check_shape
from engine.evaluation.statistics import histogram_overlap, mean, spread
from engine.labels import LabelTable
from engine.measures import measure_volumes
from engine.volume import LabelMap

SYNTHETIC, REAL = "synthetic", "real"
#: What is compared as a distribution beside the volumes: column -> what it is.
FIGURES = {
    "smallest_ventricle_share": "largest piece of a ventricle, smallest share of the six",
    "strays": "stray pieces of all structures",
    "stray_share": "share of brain voxels in stray pieces",
    "exposed_voxels": "ventricle voxels touching background, holes in the brain included",
    "outside_voxels": "ventricle voxels touching the outside of the brain",
    "roughness": "ventricular surface area over that of the smoothed shape",
    "icv_ml": "intracranial volume (mL)",
    "ventricular_ml": "ventricular volume (mL)",
}


def evaluate(setting: Setting) -> Result:
    """Label maps of all volumes, log-uniform, through the same checks as every real one."""
    pack = setting.pack
    chosen = recipes(pack, spread_volumes(pack, setting.options.masks))
    setting.real_data()  # asked for now, not after an hour of computing
    real = [_row(REAL, each.name, each.labels) for each in label_maps(setting)]
    made = [
        _row(SYNTHETIC, case.name, case.labels) for case in generated_masks(setting, chosen) if case.labels is not None
    ]
    table = pack.table
    structures = [label.name for label in table.labels if label.value]
    figures = {
        SYNTHETIC: summary(made, table),
        REAL: summary(real, table),
        "volumes_ml": {name: _compared(made, real, name) for name in structures},
        "distributions": {name: {"what": what, **_compared(made, real, name)} for name, what in FIGURES.items()},
    }
    overlap = mean([part["overlap"] for part in figures["volumes_ml"].values()])
    of = figures[SYNTHETIC]
    rough = figures["distributions"]["roughness"]
    return Result(
        figures,
        [*made, *real],
        lambda figure: draw(figure, made, real, structures),
        [
            f"{of['n']} label maps: sound {of['sound']:.0%} (all six ventricles {of['ventricles_present']:.0%}, sides "
            f"{of['sides_right']:.0%}, ventricles inside {of['ventricles_inside']:.0%}); "
            f"real {figures[REAL]['sound']:.0%}",
            f"roughness {rough[SYNTHETIC].get('mean', np.nan):.2f}, real {rough[REAL].get('mean', np.nan):.2f}; "
            f"volumes of structures overlap with those of {len(real)} real label maps by {overlap:.0%} on average",
        ],
        [Target("label maps with six ventricles, right sides, ventricles inside: share", of["sound"], 0.98, 1.0)],
        (16.0, 9.0),
    )


def _row(kind: str, name: str, labels: LabelMap) -> Row:
    """Checks and volumes of one label map."""
    shape, volumes = check_shape(labels), measure_volumes(labels)
    shares = dict(shape.largest_share)
    return {
        "kind": kind,
        "name": name,
        "sound": shape.sound,
        "ventricles_present": shape.ventricles_present,
        "sides_right": not shape.swapped,
        "ventricles_inside": shape.outside_voxels == 0,
        "ventricles_covered": shape.exposed_voxels == 0,
        "missing": " ".join(str(value) for value in shape.missing),
        "swapped": " ".join(str(value) for value in shape.swapped),
        "smallest_ventricle_share": min(shares.values(), default=None),
        **{f"largest_piece_{value}": share for value, share in shares.items()},
        "exposed_voxels": shape.exposed_voxels,
        "outside_voxels": shape.outside_voxels,
        "strays": shape.strays,
        "stray_share": shape.stray_share,
        "roughness": shape.roughness,
        "icv_ml": volumes.icv_ml,
        "ventricular_ml": volumes.ventricular_ml,
        # An absent structure has no volume; 0 would be a measurement.
        **{labels.table[value].name: ml or None for value, ml in volumes.structures},
    }


def summary(rows: Sequence[Row], table: LabelTable) -> Row:
    """Shares (0-1) of the label maps that pass each check, and how often each structure is missing or swapped."""
    passed = {key: float(np.mean([row[key] for row in rows])) for key in _CHECKS}
    counts = {}
    for key in ("missing", "swapped"):
        values = [int(value) for row in rows for value in row[key].split()]
        counts[key] = {table[value].name: values.count(value) for value in sorted(set(values))}
    pieces = sorted({key for row in rows for key in row if key.startswith("largest_piece_")})
    return {
        "n": len(rows),
        **passed,
        **counts,
        "largest_piece": {
            table[int(key.rpartition("_")[2])].name: spread([row[key] for row in rows if key in row]) for key in pieces
        },
    }


_CHECKS = ("sound", "ventricles_present", "sides_right", "ventricles_inside", "ventricles_covered")


def _values(rows: Sequence[Row], name: str) -> list[float]:
    return [row[name] for row in rows if row.get(name) is not None and np.isfinite(row[name])]


def _compared(made: Sequence[Row], real: Sequence[Row], name: str) -> Row:
    ours, theirs = _values(made, name), _values(real, name)
    return {SYNTHETIC: spread(ours), REAL: spread(theirs), "overlap": histogram_overlap(ours, theirs)}


def draw(figure: Figure, made: Sequence[Row], real: Sequence[Row], structures: Sequence[str]) -> None:
    """Volumes of every structure, their overlap, the checks, and the distributions of what has no target."""
    axes = figure.subplot_mosaic("AABBCD;AABBEF")
    kinds = ((made, SYNTHETIC, "tab:blue", -0.2), (real, REAL, "tab:orange", 0.2))
    place = np.arange(len(structures))
    for rows, kind, colour, shift in kinds:
        values = [spread(_values(rows, name)) for name in structures]
        axes["A"].errorbar(
            [v.get("mean", np.nan) for v in values],
            place + shift,
            xerr=[v.get("sd", np.nan) for v in values],
            fmt="o",
            markersize=3,
            color=colour,
            label=f"{kind}, n = {len(rows)}",
        )
    axes["A"].set(xscale="log", xlabel="volume, mean ± SD (mL)", yticks=place, yticklabels=structures)
    axes["A"].legend()
    axes["B"].barh(place, [_compared(made, real, name)["overlap"] for name in structures])
    axes["B"].set(xlabel="overlap of the distributions of volumes (0-1)", xlim=(0, 1), yticks=place, yticklabels=[])
    for axis in (axes["A"], axes["B"]):
        axis.tick_params(axis="y", labelsize=7)
        axis.invert_yaxis()
        axis.grid(alpha=0.3)
    shares = [[100 * np.mean([row[key] for row in rows]) for key in _CHECKS] for rows in (made, real)]
    for n, (rows, kind, colour, _) in enumerate(kinds):
        axes["C"].bar(np.arange(len(_CHECKS)) + 0.4 * n, shares[n], 0.4, color=colour, label=f"{kind}, n = {len(rows)}")
    axes["C"].set(xticks=np.arange(len(_CHECKS)) + 0.2, ylabel="label maps that pass (%)", ylim=(0, 105))
    axes["C"].set_xticklabels([key.replace("_", "\n") for key in _CHECKS], fontsize=6)
    for letter, name in (("D", "roughness"), ("E", "stray_share"), ("F", "smallest_ventricle_share")):
        _draw_shares(axes[letter], FIGURES[name], {kind: (_values(rows, name), c) for rows, kind, c, _ in kinds})


def _draw_shares(axis: Axes, what: str, groups: Mapping[str, tuple[list[float], str]]) -> None:
    """Histograms over the same bins, in percent of each group."""
    everything = [value for values, _ in groups.values() for value in values]
    edges = np.histogram_bin_edges(everything, 12).tolist()
    for kind, (values, colour) in groups.items():
        weights = np.full(len(values), 100 / max(1, len(values)))
        axis.hist(values, edges, weights=weights, alpha=0.5, color=colour, label=f"{kind}, n = {len(values)}")
    axis.set_ylabel("label maps (%)")
    axis.set_xlabel("\n".join(wrap(what, 30)), fontsize=8)
    axis.legend(fontsize=7)
