"""Regions found by a click or drawn around: connected components, fills and lassos."""

from __future__ import annotations

import numpy as np
import scipy.ndimage as ndi

from engine.edit.region import Region, box_around, make_box, slice_box


def component(labels: np.ndarray, seed: tuple[int, int, int], axis: int | None = None) -> Region:
    """The connected voxels around ``seed`` that carry its label in the map ``labels`` (I, J, K).

    ``axis``: only within the seed's slice across this voxel axis; None: in 3D. Voxels connect through their faces.
    """
    part = labels if axis is None else labels[slice_box(labels.shape, axis, seed[axis])]
    same = part == labels[seed]
    around = box_around(same)
    assert around is not None
    numbers, _ = ndi.label(same[around])
    at = list(seed) if axis is None else [0 if a == axis else s for a, s in enumerate(seed)]
    inside = numbers == numbers[tuple(s - r.start for s, r in zip(at, around, strict=True))]
    found = box_around(inside)
    assert found is not None
    start = [r.start + f.start + s - a for r, f, s, a in zip(around, found, seed, at, strict=True)]
    i, j, k = (slice(a, a + f.stop - f.start) for a, f in zip(start, found, strict=True))
    return Region((i, j, k), inside[found])


def polygon(shape: tuple[int, int, int], corners: np.ndarray, axis: int) -> Region | None:
    """The voxels whose centres lie within a closed polygon on one slice.

    ``corners`` (N, 3): voxel coordinates; their mean along ``axis`` names the slice. None if no voxel lies within.
    """
    # Worth a fifth of a second only once somebody draws a lasso.
    from matplotlib.path import Path

    index = round(float(corners[:, axis].mean()))
    start, stop = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int) + 1
    start[axis], stop[axis] = index, index + 1
    box = make_box(start.tolist(), stop.tolist(), shape)
    if box is None or len(corners) < 3:
        return None
    across = [a for a in range(3) if a != axis]
    u, v = np.meshgrid(*(np.arange(box[a].start, box[a].stop) for a in across), indexing="ij")
    inside = Path(corners[:, across], closed=False).contains_points(np.stack((u.ravel(), v.ravel()), axis=1))
    if not inside.any():
        return None
    return Region(box, np.expand_dims(inside.reshape(u.shape), axis))
