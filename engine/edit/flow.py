"""Ventricular flow as a tool of correction: chosen ventricles pushed larger or smaller, to a volume in mL.

The motion is the one of `engine.morph` with the chosen ventricles alone as its sources; their neighbours' labels move
with it. The image stays as it is: a scan's labels are brought to its image, not the other way round.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Generator

import numpy as np

from engine.edit.region import Patch
from engine.errors import BadLabelsError, BadRecipeError
from engine.events import Event
from engine.labels import VENTRICLES
from engine.measures import measure_volumes
from engine.morph import STAGES, check_fits, covered, notice_lost, notice_missed, warp_to_volume, warped
from engine.progress import Progress
from engine.volume import LabelMap

__all__ = ["STAGES", "push_ventricles", "volume_of"]


def volume_of(labels: LabelMap, structures: Collection[int]) -> float:
    """mL of some structures together."""
    return sum(ml for value, ml in measure_volumes(labels).structures if value in structures)


def push_ventricles(
    labels: LabelMap, structures: tuple[int, ...], target_ml: float, progress: Progress
) -> Generator[Event, None, Patch | None]:
    """Labels in which the ventricles ``structures`` have ``target_ml`` mL together. Yields Progressed in `STAGES`, and
    Noticed where voxels are too coarse for it; the patch's details hold the volumes and a lower bound of the Jacobian
    determinant, which is positive. Raises `BadLabelsError` where there is nothing to push, and `BadRecipeError` for a
    volume that makes no sense or cannot be reached without folding tissue."""
    start_ml = _check(labels, structures, target_ml)
    warp = yield from warp_to_volume(labels, target_ml, progress, structures=structures)
    after, _ = yield from warped(warp, labels, None, progress)
    achieved_ml = volume_of(after, structures)
    yield from notice_missed(achieved_ml, target_ml, progress.job_id)
    yield from notice_lost(labels, after, progress.job_id)
    details = {
        "structures": list(structures),
        "start_ml": round(start_ml, 3),
        "target_ml": round(target_ml, 3),
        "achieved_ml": round(achieved_ml, 3),
        "smallest_jacobian": round(warp.smallest_jacobian(), 4),
    }
    box = covered(labels.grid, warp.lattice)
    return Patch(box, np.asarray(after.data)[box].copy(order="F"), details)


def _check(labels: LabelMap, structures: Collection[int], target_ml: float) -> float:
    """The volume there is, in mL."""
    others = [value for value in structures if value not in VENTRICLES or value not in labels.table]
    if others:
        raise BadLabelsError("Only ventricles can be pushed larger or smaller; choose one of them, or all.")
    if not (math.isfinite(target_ml) and target_ml > 0):
        raise BadRecipeError(f"A volume of {target_ml:g} mL makes no sense; choose one above 0 mL.")
    volumes = measure_volumes(labels)
    start_ml = sum(ml for value, ml in volumes.structures if value in structures)
    if not start_ml:
        names = ", ".join(labels.table[value].name.lower() for value in structures)
        raise BadLabelsError(f"There is no voxel of {names} yet to push from; paint some of it first.")
    check_fits(target_ml, volumes.icv_ml or 0.0, start_ml)
    return start_ml
