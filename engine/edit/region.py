"""Parts of a voxel grid, what may be painted there, and proposals of new labels. A tool never writes into the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

#: Three slices with start and stop inside the grid.
Box = tuple[slice, slice, slice]


@dataclass(frozen=True, eq=False)
class Region:
    """Some voxels of ``box``: ``inside`` is a bool array of the box's shape."""

    box: Box
    inside: np.ndarray


@dataclass(frozen=True, eq=False)
class Patch:
    """New labels for every voxel of ``box``: ``data`` is a uint16 array of the box's shape. ``details``: what else the
    record of the step says."""

    box: Box
    data: np.ndarray
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class PaintOver:
    """Where paint sticks: on ``labels`` only (None: on all), and only where ``image`` (I, J, K) lies within
    ``intensity`` (low, high), both ends included (None: everywhere)."""

    labels: frozenset[int] | None = None
    intensity: tuple[float, float] | None = None
    image: np.ndarray | None = None

    def allows(self, labels: np.ndarray, box: Box) -> np.ndarray:
        """Bool array of the box's shape, for the map ``labels`` (I, J, K)."""
        there = labels[box]
        allowed = np.ones(there.shape, dtype=bool)
        if self.labels is not None:
            allowed &= np.isin(there, list(self.labels))
        if self.intensity is not None and self.image is not None:
            low, high = self.intensity
            allowed &= (self.image[box] >= low) & (self.image[box] <= high)
        return allowed


#: Paint sticks everywhere.
EVERYWHERE = PaintOver()


def paint(labels: np.ndarray, region: Region, label: int, over: PaintOver = EVERYWHERE) -> Patch:
    """Give the voxels of a region of the map ``labels`` (I, J, K) one label, where paint sticks."""
    painted = region.inside & over.allows(labels, region.box)
    return Patch(region.box, np.where(painted, label, labels[region.box]).astype(np.uint16))


def make_box(start: Sequence[int], stop: Sequence[int], shape: tuple[int, ...]) -> Box | None:
    """The part of start (3,) to stop (3,), past the last voxel, that lies in the grid; None if nothing does."""
    ends = [(max(int(a), 0), min(int(b), n)) for a, b, n in zip(start, stop, shape, strict=True)]
    if any(a >= b for a, b in ends):
        return None
    i, j, k = (slice(a, b) for a, b in ends)
    return i, j, k


def union(one: Box | None, other: Box) -> Box:
    """The smallest box that holds both."""
    if one is None:
        return other
    i, j, k = (slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, other, strict=True))
    return i, j, k


def slice_box(shape: tuple[int, ...], axis: int, index: int) -> Box:
    """One whole slice."""
    i, j, k = (slice(index, index + 1) if a == axis else slice(0, n) for a, n in enumerate(shape))
    return i, j, k


def box_around(inside: np.ndarray, margin: Sequence[int] = (0, 0, 0)) -> Box | None:
    """The box of the true voxels of ``inside`` (I, J, K), wider by ``margin`` voxels where the grid allows."""
    start, stop = [], []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        found = np.flatnonzero(inside.any(axis=others))
        if not len(found):
            return None
        start.append(int(found[0]) - margin[axis])
        stop.append(int(found[-1]) + 1 + margin[axis])
    return make_box(start, stop, inside.shape)


def margin_voxels(spacing: tuple[float, float, float], mm: float) -> tuple[int, int, int]:
    """How many voxels along each axis cover ``mm``, and one more."""
    i, j, k = (int(np.ceil(mm / s)) + 1 for s in spacing)
    return i, j, k
