"""Masks sampled along the head's own axes, and where lines across them begin and end, finer than a voxel.

A mask is 1 inside and 0 outside, and linear in between; its edge is where it passes one half. That lies half-way
between two voxel centres, where the border of the voxels is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from engine.measuring.frame import HeadFrame
from engine.measuring.record import Line, Plane, point
from engine.measuring.structures import Mask

EDGE = 0.5
#: Sampling along a line that is measured, and between lines.
FINE_MM, COARSE_MM = 0.5, 1.0


@dataclass(frozen=True, eq=False)
class Sampled:
    """A mask along the axes of a `HeadFrame`: ``values`` (X, Y, Z) 0-1; sample (0, 0, 0) lies ``start`` (3,) mm from
    the frame's origin and its neighbours ``step`` (3,) mm further right, to the front and up. ``voxel_mm``: the largest
    voxel size of the label map."""

    values: np.ndarray
    start: np.ndarray
    step: np.ndarray
    voxel_mm: float

    def position(self, axis: int) -> np.ndarray:
        """Where the samples of one axis lie, in mm of the frame."""
        return self.start[axis] + self.step[axis] * np.arange(self.values.shape[axis])

    def part(self, axis: int, low: float, high: float) -> Sampled:
        """Only the samples from ``low`` to ``high`` mm along one axis."""
        inside = np.flatnonzero((self.position(axis) >= low) & (self.position(axis) <= high))
        first, behind = (inside[0], inside[-1] + 1) if len(inside) else (0, 0)
        start = self.start.copy()
        start[axis] += self.step[axis] * first
        keep = [slice(None)] * 3
        keep[axis] = slice(first, behind)
        return Sampled(self.values[tuple(keep)], start, self.step, self.voxel_mm)


def sample(mask: Mask, frame: HeadFrame, step: tuple[float, float, float]) -> Sampled:
    """The whole mask along the frame's axes, its samples at multiples of ``step`` mm."""
    return sample_box(mask, frame, step, *extent(mask, frame))


def extent(mask: Mask, frame: HeadFrame) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest (3,) mm of the frame that any voxel of the mask's box reaches."""
    ends = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) * (np.array(mask.inside.shape) - 1)
    corners = frame.to_frame(mask.grid.voxel_to_world(ends))
    return corners.min(axis=0), corners.max(axis=0)


def sample_box(
    mask: Mask, frame: HeadFrame, step: tuple[float, float, float], low: np.ndarray, high: np.ndarray
) -> Sampled:
    """The mask from ``low`` to ``high`` (3,) mm of the frame, its samples at multiples of ``step`` mm."""
    steps = np.array(step)
    first = np.floor(low / steps + 1e-6).astype(int)
    count = np.ceil(high / steps - 1e-6).astype(int) - first + 1
    start = first * steps
    to_voxel = np.linalg.inv(mask.grid.affine[:3, :3])
    matrix = to_voxel @ frame.axes @ np.diag(steps)
    offset = mask.grid.world_to_voxel(frame.to_world(start))
    values = ndimage.affine_transform(mask.inside, matrix, offset, output_shape=tuple(count.tolist()), order=1)
    return Sampled(values, start.astype(np.float64), steps, max(mask.grid.spacing))


def runs(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every uninterrupted stretch inside: its row, and where it begins and ends in samples, from ``rows`` (N, X)."""
    padded = np.pad(rows, ((0, 0), (1, 1)))
    inside = padded >= EDGE
    row, before = np.nonzero(~inside[:, :-1] & inside[:, 1:])
    _, last = np.nonzero(inside[:, :-1] & ~inside[:, 1:])
    begin = before + _share(padded[row, before], padded[row, before + 1])
    end = last + _share(padded[row, last], padded[row, last + 1])
    return row, begin - 1, end - 1


def _share(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Where between two neighbouring samples the edge lies, 0 to 1."""
    share: np.ndarray = (EDGE - here) / (there - here)
    return share


@dataclass(frozen=True)
class Widest:
    """The longest left-right line: its ends and its place along the front and up axes, in mm of the frame."""

    left: float
    right: float
    front: float
    up: float

    @property
    def width_mm(self) -> float:
        """Its length."""
        return self.right - self.left


def widest(sampled: Sampled) -> Widest | None:
    """The longest left-right line from the outermost edge on one side to the one on the other, whatever lies between;
    None where nothing is inside. Each edge is steadied by its neighbours: no single voxel's corner decides."""
    across, deep, high = sampled.values.shape
    row, begin, end = runs(sampled.values.reshape(across, deep * high).T)
    if not len(row):
        return None
    firsts = np.flatnonzero(np.append(True, row[1:] != row[:-1]))
    edges = np.full((2, deep * high), np.nan)
    edges[:, row[firsts]] = begin[firsts], np.maximum.reduceat(end, firsts)
    edges = steadied(edges.reshape(2, deep, high), sampled.voxel_mm / float(sampled.step[0]))
    y, z = np.unravel_index(int(np.nanargmax(edges[1] - edges[0])), (deep, high))
    left, right = (sampled.start[0] + sampled.step[0] * float(edge[y, z]) for edge in edges)
    return Widest(left, right, float(sampled.position(1)[y]), float(sampled.position(2)[z]))


def steadied(edges: np.ndarray, near: float) -> np.ndarray:
    """``edges`` (2, Y, Z), NaN where a line meets nothing: each the mean of those up to two lines away that differ from
    it by less than ``near``. An oblique border is a staircase of voxels; its mean is the border, its top is not."""
    _, deep, high = edges.shape
    padded = np.pad(edges, ((0, 0), (2, 2), (2, 2)), constant_values=np.nan)
    sums, counts = np.zeros_like(edges), np.zeros_like(edges)
    for y in range(5):
        for z in range(5):
            beside = padded[:, y : y + deep, z : z + high]
            alike = np.abs(beside - edges) < near
            sums += np.where(alike, beside, 0)
            counts += alike
    steadied: np.ndarray = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return steadied


def axial_plane(frame: HeadFrame, up: float) -> Plane:
    """The axial slice ``up`` mm above the commissures."""
    return Plane(point(frame.to_world(np.array([0.0, 0.0, up]))), point(frame.axes[:, 2]))


def axial_line(name: str, found: Widest, frame: HeadFrame) -> Line:
    """The line in world mm, with its slice."""
    left, right = (frame.to_world(np.array([x, found.front, found.up])) for x in (found.left, found.right))
    return Line(name, point(left), point(right), axial_plane(frame, found.up))
