"""Moving the boundary of a structure: growing, shrinking, and smoothing it jointly with its neighbours."""

from __future__ import annotations

import numpy as np
import scipy.ndimage as ndi

from engine.edit.islands import taken_over
from engine.edit.region import EVERYWHERE, PaintOver, Patch, Region, box_around, margin_voxels, paint
from engine.grid import Grid

#: The boundary may move to where at least this share of the blurred label lies, and this share of its surroundings.
LEAST_SHARE = 1e-3
#: Sweeps over all labels that bring their numbers of voxels back.
SWEEPS = 10
#: A Gaussian reaches this many standard deviations.
REACH = 3.0
#: What a shrinking label leaves is given to an allowed label at most this far away.
FARTHEST_MM = 10.0


def grow(labels: np.ndarray, label: int, mm: float, *, grid: Grid, over: PaintOver = EVERYWHERE) -> Patch | None:
    """Give a label the voxels of ``labels`` (I, J, K) that lie within ``mm`` of it, where paint sticks."""
    box = box_around(labels == label, margin_voxels(grid.spacing, mm))
    if box is None:
        return None
    distance = ndi.distance_transform_edt(labels[box] != label, sampling=grid.spacing)
    return paint(labels, Region(box, (distance > 0) & (distance <= mm)), label, over)


def shrink(
    labels: np.ndarray, label: int, mm: float, *, grid: Grid, allowed: frozenset[int] | None = None
) -> Patch | None:
    """Take from a label the voxels of ``labels`` (I, J, K) within ``mm`` of another one; each gets the nearest other
    label, of those that are ``allowed`` (None: any). None if there is no label to give them to."""
    box = box_around(labels == label, margin_voxels(grid.spacing, 0.0 if allowed is None else FARTHEST_MM))
    if box is None:
        return None
    there = labels[box]
    others = there != label
    by = others if allowed is None else others & np.isin(there, list(allowed))
    if not by.any():
        return None
    distance = ndi.distance_transform_edt(there == label, sampling=grid.spacing)
    return Patch(box, taken_over(there, (distance > 0) & (distance <= mm), by, grid.spacing))


def smooth(labels: np.ndarray, label: int, mm: float, *, grid: Grid) -> Patch | None:
    """Smooth the boundary between a label and all its neighbours in ``labels`` (I, J, K), jointly.

    Each label's indicator is blurred by a Gaussian of standard deviation ``mm``, and a voxel goes to the label with the
    largest value, so no gap and no new label can arise. A constant per label is added to its values so that every label
    keeps its number of voxels, exactly or nearly so. Only the boundary of this label moves: its neighbours give to it
    and take from it, not from each other, and a label comes only to where it was within ``mm``, or a voxel, before.
    """
    box = box_around(labels == label, margin_voxels(grid.spacing, REACH * mm))
    if box is None:
        return None
    there = labels[box]
    values = np.flatnonzero(np.bincount(there.ravel()))
    sigma = [mm / s for s in grid.spacing]
    own = _blurred(there == label, sigma)
    band = (own > LEAST_SHARE) & (own < 1 - LEAST_SHARE)
    scores = np.stack([_blurred(there == value, sigma)[band] for value in values])
    near = np.stack(
        [ndi.maximum_filter(there == value, [2 * max(1, round(s)) + 1 for s in sigma])[band] for value in values]
    )
    now, chosen = np.searchsorted(values, there[band]), int(np.searchsorted(values, label))
    may = near & (now == chosen)
    may[chosen] = near[chosen]
    may[now, np.arange(len(now))] = True
    scores[~may] = -np.inf
    smoothed = there.copy()
    smoothed[band] = values[_assigned(scores, np.bincount(now, minlength=len(values)))]
    return Patch(box, smoothed)


def _blurred(inside: np.ndarray, sigma: list[float]) -> np.ndarray:
    return np.asarray(ndi.gaussian_filter(inside.astype(np.float32), sigma, truncate=REACH, mode="nearest"))


def _assigned(scores: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(N,) which of L labels each voxel gets: the best of ``scores`` (L, N) plus a constant per label. The constants
    are searched for one label after the other, such that label l is the best of ``counts[l]`` voxels."""
    offsets = np.where(counts == 0, -np.inf, 0.0).astype(np.float32)[:, None]
    for _ in range(SWEEPS):
        for number in np.flatnonzero(counts).tolist():
            possible = np.isfinite(scores[number])
            rivals = np.delete(scores[:, possible] + offsets, number, axis=0)
            lead = np.sort(rivals.max(axis=0, initial=-np.inf) - scores[number, possible])
            wanted = int(counts[number])
            between = lead[wanted - 1 : wanted + 1]
            if len(between) == 2 and np.isfinite(between).all():
                offsets[number] = between.mean()
    return np.asarray((scores + offsets).argmax(axis=0))
