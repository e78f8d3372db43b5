"""How far a structure's surface moved from one label map to another."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from engine.comparing.itk import itk_image
from engine.grid import Grid, crop_grid
from engine.io.itk import simpleitk
from engine.labels import BACKGROUND
from engine.volume import LabelMap, Volume

#: The distances reach so far around the structure, for a surface that is smoothed.
MARGIN_VOXELS = 3


def surface_change(first: LabelMap, second: LabelMap, values: Collection[int]) -> Volume | None:
    """mm between the surfaces of ``values`` taken together, around the structure only; None where one lacks it.

    The signed distance (inside negative) to the first's surface minus that to the second's: on the second's surface it
    says how far outside (positive) or inside the first's it lies, and it is 0 everywhere for equal maps.
    """
    sitk = simpleitk()

    chosen = np.zeros(len(first.table.class_of_value), dtype=bool)
    chosen[[value for value in values if value in first.table and value != BACKGROUND]] = True
    box = _box(first, second, chosen)
    if box is None:
        return None
    masks = [chosen[labels.data[box]] for labels in (first, second)]
    if not all(mask.any() for mask in masks):
        return None
    start = np.array([side.start for side in box])
    i, j, k = masks[0].shape
    grid: Grid = crop_grid(first.grid, start, (i, j, k))
    one, other = (
        sitk.GetArrayFromImage(
            sitk.SignedMaurerDistanceMap(
                itk_image(mask.astype(np.uint8), grid), squaredDistance=False, useImageSpacing=True
            )
        ).T
        for mask in masks
    )
    return Volume(one - other, grid, "mm")


def _box(first: LabelMap, second: LabelMap, chosen: np.ndarray) -> tuple[slice, slice, slice] | None:
    shape = first.grid.shape
    there = [np.zeros(n, dtype=bool) for n in shape]
    for k in range(shape[2]):
        wanted = chosen[first.data[:, :, k]] | chosen[second.data[:, :, k]]
        there[0] |= wanted.any(axis=1)
        there[1] |= wanted.any(axis=0)
        there[2][k] = wanted.any()
    if not there[2].any():
        return None
    found = [np.flatnonzero(side) for side in there]
    i, j, k_range = (
        slice(max(0, int(side[0]) - MARGIN_VOXELS), min(n, int(side[-1]) + 1 + MARGIN_VOXELS))
        for side, n in zip(found, shape, strict=True)
    )
    return i, j, k_range
