"""Numbers read off a label map, in mL."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.labels import BACKGROUND, LATERAL_VENTRICLES, VENTRICLES, LabelTable
from engine.volume import LabelMap, count_values


@dataclass(frozen=True)
class Volumes:
    """Volumes of a label map in mL.

    ``structures``: (value, mL) of every label of the table but background, 0.0 for an absent one. ``ventricular_ml``
    and ``lateral_ml`` are None where not one voxel carries such a label: nothing was measured then, and ``notes`` says
    so. ``icv_ml``: every label except background.
    """

    structures: tuple[tuple[int, float], ...]
    ventricular_ml: float | None
    lateral_ml: float | None
    icv_ml: float | None
    notes: tuple[str, ...] = ()

    @property
    def ratio(self) -> float | None:
        """Ventricular volume as a share of the intracranial volume."""
        if self.ventricular_ml is None or self.icv_ml is None:
            return None
        return self.ventricular_ml / self.icv_ml


def measure_volumes(labels: LabelMap) -> Volumes:
    """Volumes by counting voxels. Which labels are ventricles is defined in `engine.labels`."""
    counts = count_values(labels.data, len(labels.table.class_of_value))
    ml = counts * labels.grid.voxel_ml

    def total(values: tuple[int, ...]) -> float | None:
        known = [v for v in values if v in labels.table]
        return float(ml[known].sum()) or None

    notes = []
    ventricular = total(VENTRICLES)
    if ventricular is None:
        notes.append(
            "No voxel is labelled as ventricle, so there is no ventricular volume: check that this is a brain and that "
            "its labels are SynthSeg's."
        )
    missing = [labels.table[v].name for v in VENTRICLES if v in labels.table and counts[v] == 0]
    if ventricular is not None and missing:
        notes.append(f"Not found: {', '.join(missing).lower()}; the total leaves them out.")
    structures = tuple((label.value, float(ml[label.value])) for label in labels.table.labels if label.value)
    icv = float(ml.sum() - ml[BACKGROUND]) or None
    return Volumes(structures, ventricular, total(LATERAL_VENTRICLES), icv, tuple(notes))


def group_volumes(volumes: Volumes, table: LabelTable) -> tuple[tuple[str, float | None], ...]:
    """(group, mL) of every group of the table but background, in the table's order; None where no voxel has it."""
    groups: dict[str, float] = {}
    for value, ml in volumes.structures:
        group = table[value].group
        groups[group] = groups.get(group, 0.0) + ml
    return tuple((group, ml or None) for group, ml in groups.items())


def label_position(labels: LabelMap, value: int) -> np.ndarray | None:
    """(3,) world RAS mm of the voxel of a structure that is nearest to its centre of mass; None if it has no voxel."""
    # Every second voxel is enough to find the middle of all but the smallest structures.
    for stride in (2, 1):
        voxels = stride * np.argwhere(labels.data[::stride, ::stride, ::stride] == value)
        if len(voxels):
            break
    else:
        return None
    nearest = np.square(voxels - voxels.mean(axis=0)).sum(axis=1).argmin()
    return labels.grid.voxel_to_world(voxels[nearest])
