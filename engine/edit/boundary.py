"""Moving the boundary of a structure: growing, shrinking, and smoothing it jointly with its neighbours."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import scipy.ndimage as ndi

from engine.edit.islands import taken_over
from engine.edit.region import EVERYWHERE, PaintOver, Patch, Region, box_around, margin_voxels, paint
from engine.grid import Grid
from engine.progress import result_of
from engine.volume import count_values

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
    """`smoothing` in one go."""
    return result_of(smoothing(labels, label, mm, grid=grid))


def smoothing(
    labels: np.ndarray, label: int, mm: float, *, grid: Grid
) -> Generator[tuple[int, int], None, Patch | None]:
    """Smooth the boundary between a label and all its neighbours in ``labels`` (I, J, K), jointly; yields the step that
    is done and how many there are.

    Each label's indicator is blurred by a Gaussian of standard deviation ``mm``, and a voxel goes to the label with the
    largest value, so no gap and no new label can arise. A constant per label is added to its values so that every label
    keeps its number of voxels, exactly or nearly so. Only the boundary of this label moves: its neighbours give to it
    and take from it, not from each other, and a label comes only to where it was within ``mm``, or a voxel, before.
    """
    box = box_around(labels == label, margin_voxels(grid.spacing, REACH * mm))
    if box is None:
        return None
    there = labels[box]
    values = np.flatnonzero(count_values(there, int(there.max()) + 1))
    steps = len(values) + SWEEPS
    sigma = [mm / s for s in grid.spacing]
    own = _blurred(there == label, sigma)
    band = (own > LEAST_SHARE) & (own < 1 - LEAST_SHARE)
    chosen = int(np.searchsorted(values, label))
    now = np.searchsorted(values, there[band])
    scores = np.full((len(values), len(now)), -np.inf, dtype=np.float32)
    for number, value in enumerate(values.tolist()):
        yield number, steps
        blurred, near = _around_band(there == value, band, sigma)
        # Neighbours give to the label and take from it, not from each other.
        may = near if number == chosen else near & (now == chosen)
        may |= now == number
        scores[number, may] = blurred[may]
    offsets = np.zeros((len(values), 1), dtype=np.float32)
    counts = np.bincount(now, minlength=len(values))
    for sweep in range(SWEEPS):
        yield len(values) + sweep, steps
        if not _rebalanced(offsets, scores, counts):
            break
    smoothed = there.copy()
    smoothed[band] = values[(scores + offsets).argmax(axis=0)]
    return Patch(box, smoothed)


def _around_band(inside: np.ndarray, band: np.ndarray, sigma: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """For each voxel of a band, (N,): the blurred indicator of a label, and whether the label is within one standard
    deviation, or a voxel, of it. Nothing is looked at that is too far from the label to count."""
    blurred, near = np.zeros(band.shape, np.float32), np.zeros(band.shape, bool)
    margin = [int(np.ceil(REACH * s)) + 1 for s in sigma]
    box = box_around(inside, margin)
    assert box is not None
    blurred[box] = _blurred(inside[box], sigma)
    near[box] = ndi.maximum_filter(inside[box], [2 * max(1, round(s)) + 1 for s in sigma])
    return blurred[band], near[band]


def _blurred(inside: np.ndarray, sigma: list[float]) -> np.ndarray:
    return np.asarray(ndi.gaussian_filter(inside.astype(np.float32), sigma, truncate=REACH, mode="nearest"))


def _rebalanced(offsets: np.ndarray, scores: np.ndarray, counts: np.ndarray) -> bool:
    """Change the constants ``offsets`` (L, 1) one label after the other, such that label l is the best of ``counts[l]``
    voxels with ``scores`` (L, N); whether any of them had to change."""
    before = offsets.copy()
    for number in np.flatnonzero(counts).tolist():
        possible = np.isfinite(scores[number])
        rivals = np.delete(scores[:, possible] + offsets, number, axis=0)
        lead = rivals.max(axis=0, initial=-np.inf) - scores[number, possible]
        wanted = int(counts[number])
        if wanted < len(lead):
            between = np.partition(lead, (wanted - 1, wanted))[wanted - 1 : wanted + 1]
            if np.isfinite(between).all():
                offsets[number] = between.mean()
    return not np.array_equal(before, offsets)
