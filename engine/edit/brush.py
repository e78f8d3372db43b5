"""The brush: which voxels a dab or a stroke covers. Radii are mm, also where voxels are not cubes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.edit.region import Box, Region, make_box, union
from engine.grid import Grid

#: A voxel right on the rim belongs to the brush, whatever rounding says.
ROUNDING_MM = 1e-6


@dataclass(frozen=True)
class Brush:
    """``radius_mm``: of the disc or ball, or half the side of the square or cube if not ``round``. ``axis``: the voxel
    axis across which it is one slice thin, None for a brush in 3D."""

    radius_mm: float
    round: bool = True
    axis: int | None = None


def dab(grid: Grid, centre: np.ndarray, brush: Brush) -> Region | None:
    """The voxels under a brush at ``centre`` (3,), in voxel coordinates; at least the voxel there. None outside."""
    nearest = np.round(centre).astype(int)
    reach = np.ceil(brush.radius_mm * _voxels_per_mm(grid)).astype(int) + 1
    if brush.axis is not None:
        reach[brush.axis] = 0
    box = make_box((nearest - reach).tolist(), (nearest + reach + 1).tolist(), grid.shape)
    if box is None:
        return None
    index = [np.arange(part.start, part.stop) for part in box]
    offsets = [i - c for i, c in zip(index, centre, strict=True)]
    if brush.axis is not None:
        offsets[brush.axis] = np.zeros(1)
    i, j, k = np.meshgrid(*offsets, indexing="ij", sparse=True)
    inside = _within(grid, (i, j, k), brush)
    at = nearest - [part.start for part in box]
    if ((at >= 0) & (at < inside.shape)).all():
        inside[tuple(at)] = True
    return Region(box, inside)


def stroke(grid: Grid, start: np.ndarray, end: np.ndarray, brush: Brush) -> Region | None:
    """The voxels a brush covers on its way from ``start`` to ``end`` (3,), in voxel coordinates, without gaps."""
    length = float(np.linalg.norm(grid.affine[:3, :3] @ (end - start)))
    steps = max(1, int(np.ceil(length / min(grid.spacing))))
    dabs = [dab(grid, start + share * (end - start), brush) for share in np.linspace(0.0, 1.0, steps + 1)]
    regions = [region for region in dabs if region is not None]
    box: Box | None = None
    for region in regions:
        box = union(box, region.box)
    if box is None:
        return None
    inside = np.zeros([part.stop - part.start for part in box], dtype=bool)
    for region in regions:
        i, j, k = (slice(a.start - b.start, a.stop - b.start) for a, b in zip(region.box, box, strict=True))
        inside[i, j, k] |= region.inside
    return Region(box, inside)


def _within(grid: Grid, offsets: tuple[np.ndarray, np.ndarray, np.ndarray], brush: Brush) -> np.ndarray:
    """Whether voxels at these offsets from the centre lie under the brush; the axes of a grid may be sheared."""
    if not brush.round:
        return np.logical_and.reduce(
            np.broadcast_arrays(
                *(np.abs(o) * s <= brush.radius_mm + ROUNDING_MM for o, s in zip(offsets, grid.spacing, strict=True))
            )
        )
    metric = grid.affine[:3, :3].T @ grid.affine[:3, :3]
    squared = sum(metric[a, b] * offsets[a] * offsets[b] for a in range(3) for b in range(3))
    return np.asarray(squared <= (brush.radius_mm + ROUNDING_MM) ** 2)


def _voxels_per_mm(grid: Grid) -> np.ndarray:
    """(3,) the most voxels that 1 mm in any direction spans along each axis."""
    return np.linalg.norm(np.linalg.inv(grid.affine[:3, :3]), axis=1)
