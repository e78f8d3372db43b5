"""From painted slices to the slices between and beside them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import scipy.ndimage as ndi

from engine.edit.region import EVERYWHERE, PaintOver, Patch, Region, box_around, paint, slice_box


def interpolate_slices(
    labels: np.ndarray,
    label: int,
    axis: int,
    *,
    spacing: tuple[float, float, float],
    over: PaintOver = EVERYWHERE,
) -> Patch | None:
    """Paint a label on the empty slices of ``labels`` (I, J, K) between slices across ``axis`` that carry it.

    Shape-based interpolation: signed distances to the outlines, in mm within the slice, change linearly from one
    painted slice to the next, and the label is where they are not positive (Raya and Udupa 1990,
    doi:10.1109/42.52980). Outlines that do not overlap fade out in between. None if there is no slice to fill.
    """
    box = box_around(labels == label)
    if box is None:
        return None
    there = np.moveaxis(labels[box] == label, axis, 0)
    painted = np.flatnonzero(there.any(axis=(1, 2))).tolist()
    gaps = [(a, b) for a, b in pairwise(painted) if b - a > 1]
    if not gaps:
        return None
    across = tuple(s for a, s in enumerate(spacing) if a != axis)
    filled = np.zeros_like(there)
    for low, high in gaps:
        below, above = _signed_distance(there[low], across), _signed_distance(there[high], across)
        for index in range(low + 1, high):
            share = (index - low) / (high - low)
            filled[index] = (1 - share) * below + share * above <= 0
    return paint(labels, Region(box, np.moveaxis(filled, 0, axis)), label, over)


def copy_slice(
    labels: np.ndarray, label: int, axis: int, *, start: int, end: int, over: PaintOver = EVERYWHERE
) -> Patch | None:
    """Paint a label of slice ``start`` across ``axis`` on slice ``end`` as well; None if one of them is not there."""
    if not (0 <= start < labels.shape[axis] and 0 <= end < labels.shape[axis]):
        return None
    inside = labels[slice_box(labels.shape, axis, start)] == label
    return paint(labels, Region(slice_box(labels.shape, axis, end), inside), label, over)


def _signed_distance(inside: np.ndarray, spacing: tuple[float, ...]) -> np.ndarray:
    """mm to the outline of ``inside`` (U, V), half-way between voxel centres; negative within."""
    # A rim of outside all round: an outline that fills the box has an outside too.
    padded = np.pad(inside, 1)
    outside = ndi.distance_transform_edt(~padded, sampling=spacing)
    within = ndi.distance_transform_edt(padded, sampling=spacing)
    half = min(spacing) / 2
    return np.asarray(np.where(padded, half - within, outside - half)[1:-1, 1:-1])
