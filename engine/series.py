"""A growth series: one synthetic subject whose ventricles grow from case to case, and how smoothly they do."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.case import Case
from engine.errors import BadLabelsError, BadRecipeError
from engine.io.case_folder import write_json
from engine.io.files import written_beside
from engine.labels import BACKGROUND, CSF, VENTRICLES
from engine.measures import measure_volumes
from engine.overlap import confusion, dice_per_class
from engine.volume import LabelMap

TABLE, RECORD = "series.csv", "series.json"
DICE = (
    "Dice to the case before, over all labels but background, ventricles and CSF. mean: of the labels that either case "
    "has; pooled: twice the voxels that carry the same label in both, over the sum of those that carry one in each."
)


@dataclass(frozen=True)
class Member:
    """One case of a series: volumes in mL, and the Dice to the case before as `neighbour_dice` defines it, None for the
    first."""

    name: str
    target_ml: float
    achieved_ml: float
    icv_ml: float
    dice_mean: float | None
    dice_pooled: float | None


@dataclass(frozen=True)
class Series:
    """The cases of a growth series that are there, in the folder they lie in."""

    folder: Path
    members: tuple[Member, ...] = ()

    @property
    def smallest_dice_mean(self) -> float | None:
        """The mean Dice of the two neighbours that differ most; None where there are no two."""
        return min((m.dice_mean for m in self.members if m.dice_mean is not None), default=None)


def even_targets(first_ml: float, last_ml: float, count: int) -> tuple[float, ...]:
    """``count`` evenly spaced volumes in mL, both ends among them. Raises `BadRecipeError` unless they grow."""
    if not (math.isfinite(first_ml) and math.isfinite(last_ml) and 0 < first_ml < last_ml):
        raise BadRecipeError(
            f"A series from {first_ml:g} to {last_ml:g} mL does not grow; choose volumes above 0 mL, the larger last."
        )
    if count < 2:
        raise BadRecipeError("A series needs two cases at least; choose 2 steps or more.")
    return tuple(np.linspace(first_ml, last_ml, count).tolist())


def neighbour_dice(before: LabelMap, after: LabelMap) -> tuple[float, float]:
    """Dice of two label maps on the same voxels, over all labels but background, ventricles and CSF: the mean over the
    labels that either map has, a label that only one has counting 0; and pooled, which is twice the number of voxels
    that carry the same label in both, over the number that carry one in the first plus those that do in the second.
    """
    table = before.table
    left_out = {BACKGROUND, CSF, *VENTRICLES}
    chosen = [n for n, value in enumerate(table.values.tolist()) if value not in left_out]
    counts = confusion(table.classes(before.data), table.classes(after.data), len(table.labels))
    both, either = np.diagonal(counts)[chosen].sum(), counts[chosen].sum() + counts[:, chosen].sum()
    if not either:
        raise BadLabelsError("The two label maps hold nothing to compare; choose another anatomy seed.")
    return float(np.nanmean(dice_per_class(counts)[chosen])), float(2 * both / either)


def member(case: Case, target_ml: float, before: LabelMap | None) -> Member:
    """A generated case as a member of a series. Raises `BadLabelsError` if it has no ventricles."""
    assert case.labels is not None
    volumes = measure_volumes(case.labels)
    if volumes.ventricular_ml is None or volumes.icv_ml is None:
        raise BadLabelsError("A case of the series has no ventricles; choose another anatomy seed.")
    mean, pooled = (None, None) if before is None else neighbour_dice(before, case.labels)
    return Member(case.name, target_ml, volumes.ventricular_ml, volumes.icv_ml, mean, pooled)


def write_series(series: Series, about: Mapping[str, Any]) -> None:
    """Write what a series holds as ``series.csv`` and, with ``about``, as ``series.json``."""
    rows = [asdict(one) for one in series.members]
    with written_beside(series.folder / TABLE) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("case", "target_ml", "achieved_ml", "icv_ml", "dice_mean", "dice_pooled"))
        writer.writerows([_shown(value) for value in row.values()] for row in rows)
    means = [one.dice_mean for one in series.members if one.dice_mean is not None]
    pooled = [one.dice_pooled for one in series.members if one.dice_pooled is not None]
    neighbours = {"definition": DICE, "mean": _summary(means), "pooled": _summary(pooled)}
    write_json(series.folder / RECORD, {**about, "cases": rows, "neighbours_dice": neighbours})


def _shown(value: str | float | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:.4f}"


def _summary(values: list[float]) -> dict[str, float] | None:
    return {"smallest": min(values), "mean": float(np.mean(values))} if values else None
