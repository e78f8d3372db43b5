"""Taking structures away: what is left behind gets the label nearest to it, so that a brain gets no holes."""

from __future__ import annotations

import numpy as np
import scipy.ndimage as ndi

from engine.edit.region import Patch, Region, box_around, make_box
from engine.labels import BACKGROUND


def remove(labels: np.ndarray, region: Region, spacing: tuple[float, float, float]) -> Patch:
    """Give each voxel of a region of ``labels`` (I, J, K) the label of the nearest voxel outside of it; background
    where there is none."""
    box = make_box([part.start - 1 for part in region.box], [part.stop + 1 for part in region.box], labels.shape)
    assert box is not None
    gone = np.zeros([part.stop - part.start for part in box], dtype=bool)
    i, j, k = (slice(a.start - b.start, a.stop - b.start) for a, b in zip(region.box, box, strict=True))
    gone[i, j, k] = region.inside
    if gone.all():
        return Patch(box, np.full(gone.shape, BACKGROUND, dtype=np.uint16))
    return Patch(box, taken_over(labels[box], gone, ~gone, spacing))


def taken_over(labels: np.ndarray, gone: np.ndarray, by: np.ndarray, spacing: tuple[float, float, float]) -> np.ndarray:
    """The map ``labels`` (I, J, K) in which each voxel of ``gone`` has the label of the nearest voxel of ``by``, which
    must not be empty."""
    nearest = ndi.distance_transform_edt(~by, sampling=spacing, return_distances=False, return_indices=True)
    return np.where(gone, labels[tuple(nearest)], labels).astype(np.uint16)


def keep_largest(labels: np.ndarray, label: int, spacing: tuple[float, float, float]) -> Patch | None:
    """Remove all of a label's connected components in ``labels`` (I, J, K) but the largest; None if there is one."""
    there = labels == label
    box = box_around(there)
    if box is None:
        return None
    numbers, count = ndi.label(there[box])
    if count < 2:
        return None
    sizes = np.bincount(numbers.ravel())
    sizes[0] = 0
    return remove(labels, Region(box, there[box] & (numbers != sizes.argmax())), spacing)
