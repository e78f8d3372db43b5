"""One slice of a case as a picture: grey, with the ventricles in their labels' colours, as it is looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
from nibabel import orientations

from engine.case import Case
from engine.labels import BACKGROUND, VENTRICLES

#: World axis that a view's slices are stacked along.
VIEWS = {"axial": 2, "coronal": 1, "sagittal": 0}
OPACITY = 0.5
#: Grey of what is labelled where there is no image.
UNSEEN = 120.0


def slice_picture(
    case: Case, view: str, at: np.ndarray, *, contrast: tuple[float, float], radiological: bool
) -> tuple[np.ndarray, tuple[float, float]]:
    """The slice of ``view`` (one of `VIEWS`) through world point ``at`` (3,): (H, W, 3) uint8, and its height and width
    in mm. ``contrast``: darkest and brightest intensity. ``radiological``: the patient's right is on the left, and the
    nose points left. Oblique grids are shown along the voxel axes nearest to the world's.
    """
    stacked = VIEWS[view]
    ornt = orientations.io_orientation(case.grid.affine)
    voxel_axis = [int(np.flatnonzero(ornt[:, 0] == axis)[0]) for axis in range(3)]
    index = np.clip(np.round(case.grid.world_to_voxel(at)).astype(int), 0, np.array(case.grid.shape) - 1)
    part: list[Any] = [slice(None)] * 3
    part[voxel_axis[stacked]] = slice(int(index[voxel_axis[stacked]]), int(index[voxel_axis[stacked]]) + 1)
    ras = orientations.apply_orientation(_coloured(case, tuple(part), contrast), ornt)
    # Rows from top to bottom, columns from left to right.
    plane = np.moveaxis(np.take(ras, 0, axis=stacked), 0, 1)[::-1]
    across, up = (axis for axis in range(3) if axis != stacked)
    spacing = case.grid.spacing
    size = plane.shape[0] * spacing[voxel_axis[up]], plane.shape[1] * spacing[voxel_axis[across]]
    return np.ascontiguousarray(plane[:, ::-1] if radiological else plane), size


def _coloured(case: Case, part: tuple[Any, ...], contrast: tuple[float, float]) -> np.ndarray:
    """The voxels of a slice (I, J, K) as colours (I, J, K, 3) uint8."""
    low, high = contrast
    labels = case.labels.data[part] if case.labels is not None else None
    if case.image is not None:
        grey = np.clip((case.image.data[part] - low) / max(high - low, 1e-9), 0, 1) * 255
    else:
        assert labels is not None
        grey = np.where(labels != BACKGROUND, UNSEEN, 0.0)
    colours = np.repeat(grey[..., None], 3, axis=-1)
    if case.labels is not None and labels is not None:
        for value in VENTRICLES:
            here = labels == value
            colours[here] = (1 - OPACITY) * colours[here] + OPACITY * np.array(case.labels.table[value].colour)
    return colours.astype(np.uint8)
