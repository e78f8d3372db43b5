"""Does the segmenter find in scans what their reference labels say?"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from engine.errors import EngineError, EvaluationError
from engine.evaluation.pairs import Scan, held_out_scans, scans_in
from engine.evaluation.results import Result, Row, Target
from engine.evaluation.schemes import ALL_VENTRICLES, LATERAL, OURS
from engine.evaluation.setting import Setting, Watch
from engine.evaluation.statistics import agreement, spread
from engine.models.segment import segment_scan
from engine.overlap import compare
from engine.progress import Progress

STAGES = {"Finding the brain": 0.3, "Labelling": 0.5, "Back to the scan's voxels": 0.2}


def evaluate(setting: Setting) -> Result:
    """Label each scan and compare every group of structures that both numberings know. Raises `EvaluationError` if
    there are no scans with reference labels, or none that can be used."""
    options = setting.options
    on_folder = options.scans is not None
    scans = scans_in(options.scans, options.scheme) if options.scans else held_out_scans(setting.real_data())
    rows: list[Row] = []
    refused: list[str] = []
    watch = Watch("Labelling", len(scans[: options.most]))
    for _, scan in watch.over(scans[: options.most]):
        try:
            rows += compared(setting, scan, watch)
        except EngineError as error:
            refused.append(f"{scan.name}: {error}")
            watch.say(refused[-1])
    if not rows:
        raise EvaluationError(f"Not one scan could be used; the first reason was: {refused[0]}")
    groups = {group: figures_of([row for row in rows if row["group"] == group]) for group in OURS}
    groups = {group: figures for group, figures in groups.items() if figures["n"]}
    numbers = scans[0].scheme
    figures = {
        "scans": str(options.scans) if on_folder else "held-out label maps in random contrasts",
        "n": len({row["scan"] for row in rows}),
        "scheme": {"name": numbers.name, "source": numbers.source},
        "groups": groups,
        "left_out": refused,
    }
    return Result(
        figures,
        rows,
        lambda figure: draw(figure, rows),
        [_sentence(group, groups[group]) for group in (ALL_VENTRICLES, LATERAL) if group in groups],
        targets_for(groups, numbers.name if on_folder else "held out"),
        (16.0, 5.0),
    )


def compared(setting: Setting, scan: Scan, watch: Watch) -> list[Row]:
    """One row per group of structures of one scan."""
    volume, reference = scan.read()
    began = time.monotonic()
    labels, record = watch.drive(segment_scan(setting.pack, volume, setting.device, Progress(0, STAGES)))
    seconds = time.monotonic() - began
    rows = []
    for group, values in scan.scheme.groups.items():
        expected = np.isin(reference, values)
        if not expected.any():
            continue  # a reference without the structure says nothing about it
        found = np.isin(labels.data, OURS[group])
        each = compare(found, expected, volume.grid.spacing, volume.grid.voxel_ml)
        rows.append(
            {
                "scan": scan.name,
                "group": group,
                **vars(each),
                "difference_ml": each.found_ml - each.reference_ml,
                "confidence": record["ventricle_confidence"],
                "seconds": seconds,
            }
        )
    if not rows:
        raise EvaluationError(
            f"Its reference labels have no structure of the numbering {scan.scheme.name}; choose another --scheme."
        )
    return rows


def figures_of(rows: Sequence[Row]) -> Row:
    """Dice, HD95 and agreement of the volumes of one group over all scans, with the 95 % limits of agreement
    (Bland & Altman 1986, doi:10.1016/S0140-6736(86)90837-8)."""
    agreed = agreement([row["reference_ml"] for row in rows], [row["found_ml"] for row in rows])
    half = 1.96 * agreed["sd_ml"]
    return {
        **agreed,
        "limits_ml": [agreed["bias_ml"] - half, agreed["bias_ml"] + half],
        "dice": spread([row["dice"] for row in rows]),
        "hd95_mm": spread([row["hd95_mm"] for row in rows]),
        "not_found": sum(row["found_ml"] == 0 for row in rows),
    }


def targets_for(groups: dict[str, Row], which: str) -> list[Target]:
    """The targets these scans can speak to."""
    if which == "dlmuse" and LATERAL in groups:
        lateral = groups[LATERAL]
        return [
            Target("lateral ventricles against DLMUSE, r", lateral["r"], 0.97, 0.99),
            Target("lateral ventricles against DLMUSE, Dice", lateral["dice"]["mean"], 0.82, 0.90),
        ]
    if which == "held out" and ALL_VENTRICLES in groups:
        dice = groups[ALL_VENTRICLES]["dice"]["mean"]
        return [Target("held-out label maps, ventricle Dice", dice, 0.90, 0.95)]
    return []


def _sentence(group: str, figures: Row) -> str:
    return (
        f"{group} (n {figures['n']}): Dice {figures['dice'].get('mean', np.nan):.3f}, "
        f"HD95 {figures['hd95_mm'].get('mean', np.nan):.1f} mm, "
        f"MAE {figures['mae_ml']:.2f} ± {figures['sd_ml']:.2f} mL, "
        f"bias {figures['bias_ml']:+.2f} mL, r {figures['r']:.3f}"
    )


def draw(figure: Figure, rows: Sequence[Row]) -> None:
    """Found against reference, Bland-Altman, and Dice per group."""
    group = LATERAL if any(row["group"] == LATERAL for row in rows) else rows[0]["group"]
    chosen = [row for row in rows if row["group"] == group]
    scatter, difference, overlap = figure.subplots(1, 3)
    reference = np.array([row["reference_ml"] for row in chosen])
    found = np.array([row["found_ml"] for row in chosen])
    draw_agreement(scatter, reference, found)
    scatter.set_title(f"{group}, n = {len(chosen)}")
    draw_bland_altman(difference, reference, found)
    difference.set_title(f"{group}, n = {len(chosen)}")
    names = list(dict.fromkeys(row["group"] for row in rows))
    values = [[r["dice"] for r in rows if r["group"] == name] for name in names]
    overlap.boxplot(
        values, orientation="horizontal", tick_labels=[f"{n} ({len(v)})" for n, v in zip(names, values, strict=True)]
    )
    overlap.set(xlabel="Dice", xlim=(-0.02, 1.02), title="structure groups (n)")
    overlap.invert_yaxis()
    overlap.grid(alpha=0.3)


def draw_agreement(axis: Axes, expected: np.ndarray, found: np.ndarray) -> None:
    """Volumes found against volumes expected, mL, with the line of identity."""
    largest = float(max(expected.max(), found.max())) * 1.05
    axis.plot([0, largest], [0, largest], color="grey", linewidth=0.8)
    axis.scatter(expected, found, s=14)
    axis.set(xlabel="reference (mL)", ylabel="found (mL)", xlim=(0, largest), ylim=(0, largest), aspect="equal")


def draw_bland_altman(axis: Axes, expected: np.ndarray, found: np.ndarray) -> None:
    """Difference against mean, mL, with the bias and the 95 % limits of agreement."""
    error = found - expected
    axis.scatter((found + expected) / 2, error, s=14)
    axis.axhline(error.mean(), color="black", linewidth=1, label=f"bias {error.mean():+.2f} mL")
    if len(error) > 1:
        half = 1.96 * error.std(ddof=1)
        for n, limit in enumerate((error.mean() - half, error.mean() + half)):
            label = None if n else f"95 % limits ± {half:.2f} mL"
            axis.axhline(limit, color="black", linewidth=0.8, linestyle="--", label=label)
    axis.set(xlabel="mean of found and reference (mL)", ylabel="found minus reference (mL)")
    axis.legend(fontsize="small")
