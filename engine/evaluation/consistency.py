"""Does the image show the label map it was made from? The check that runs on every generated case, on many of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from engine.errors import EvaluationError
from engine.evaluation.results import Result, Row, Target
from engine.evaluation.setting import Setting, Watch, generated_cases, recipes, spread_volumes
from engine.evaluation.statistics import spread
from engine.models.quality import GOOD, LOOK, REGENERATE, Quality, check_quality
from engine.progress import Progress

CHECK = "Quality check"
VERDICTS = (GOOD, LOOK, REGENERATE)


def evaluate(setting: Setting) -> Result:
    """Cases of all volumes, each checked. Raises `EvaluationError` if not one could be made."""
    pack, table = setting.pack, setting.pack.table
    chosen = recipes(pack, spread_volumes(pack, setting.options.cases))
    watch = Watch(CHECK, 1)
    rows: list[Row] = []
    for case in generated_cases(setting, chosen):
        quality = watch.drive(check_quality(pack, case, setting.device, Progress(0, {CHECK: 1.0}), CHECK))
        named = {table[value].name: dice for value, dice in quality.structures}
        rows.append({**_row(quality), "volume_ml": case.provenance["achieved_ml"], "name": case.name, **named})
    if not rows:
        raise EvaluationError("Not one case could be made, so there is nothing to check; see the reasons above.")
    structures = [label.name for label in table.labels if label.value]
    each = {name: spread([row[name] for row in rows if name in row]) for name in structures}
    ventricles = spread([row["ventricle_dice"] for row in rows])
    mean = spread([row["mean_dice"] for row in rows])
    error = np.array([row["volume_error_ml"] for row in rows])
    verdicts = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in VERDICTS}
    figures = {
        "n": len(rows),
        "ventricle_dice": ventricles,
        "mean_dice": mean,
        "volume_error_ml": {**spread(error), "mae": float(np.abs(error).mean())},
        "verdicts": verdicts,
        "dice": each,
    }
    return Result(
        figures,
        rows,
        lambda figure: draw(figure, rows, structures),
        [
            f"n {len(rows)}: Dice {ventricles['mean']:.3f} for the ventricles, {mean['mean']:.3f} on average, "
            f"volume error {error.mean():+.1f} mL (MAE {np.abs(error).mean():.1f} mL)",
            ", ".join(f"{verdict} {count}" for verdict, count in verdicts.items()),
        ],
        [
            Target("consistency Dice, ventricles", ventricles["mean"], 0.88, 0.95),
            Target("consistency Dice, mean of structures", mean["mean"], 0.75, 0.85),
        ],
        (14.0, 7.0),
    )


def _row(quality: Quality) -> Row:
    return {key: value for key, value in quality.to_json().items() if key != "structures"}


def draw(figure: Figure, rows: Sequence[Row], structures: Sequence[str]) -> None:
    """Dice of every structure, and Dice and volume error against the volume."""
    axes = figure.subplot_mosaic("AB;AC")
    bars, above, below = axes["A"], axes["B"], axes["C"]
    present = [name for name in structures if any(name in row for row in rows)]
    bars.boxplot(
        [[row[name] for row in rows if name in row] for name in present], orientation="horizontal", tick_labels=present
    )
    bars.tick_params(axis="y", labelsize=7)
    bars.set(xlabel="Dice of image and label map", xlim=(-0.02, 1.02), title=f"structures, n = {len(rows)} cases")
    bars.invert_yaxis()
    bars.grid(alpha=0.3)
    volume = [row["volume_ml"] for row in rows]
    above.scatter(volume, [row["ventricle_dice"] for row in rows], s=14, label="six ventricles as one")
    above.scatter(volume, [row["mean_dice"] for row in rows], s=14, label="mean of structures")
    above.set(ylabel="Dice", ylim=(0, 1), title=f"n = {len(rows)} cases")
    above.legend()
    below.axhline(0, color="grey", linewidth=0.8)
    below.scatter(volume, [row["volume_error_ml"] for row in rows], s=14)
    below.set(xlabel="ventricular volume of the label map (mL)", ylabel="in the image minus in the label map (mL)")
