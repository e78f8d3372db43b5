"""A deformation of the world, applied to voxels however they lie."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from engine.grid import Grid, crop_grid
from engine.jacobian import smallest_determinant

Box = tuple[slice, slice, slice]


@dataclass(frozen=True)
class WorldWarp:
    """Where each point x of the new brain comes from: new(x) = old(x + displacement(x)).

    ``displacement`` (3, i, j, k) float32, world RAS mm, on the nodes of an isotropic ``lattice``; trilinear between the
    nodes, 0 outside the lattice.
    """

    displacement: np.ndarray
    lattice: Grid

    def sources(self, grid: Grid, box: Box) -> np.ndarray:
        """(3, a, b, c) float32 voxel coordinates in ``grid`` from which the voxels of a part of it come."""
        start = np.array([part.start for part in box])
        shape = tuple(part.stop - part.start for part in box)
        part = crop_grid(grid, start, (shape[0], shape[1], shape[2]))
        matrix = self.lattice.to_grid(part)
        moved = np.stack(
            [
                ndimage.affine_transform(u, matrix[:3, :3], matrix[:3, 3], output_shape=shape, order=1)
                for u in self.displacement
            ]
        )
        to_voxels = np.linalg.inv(grid.affine[:3, :3]).astype(np.float32)
        at = np.einsum("xy,y...->x...", to_voxels, moved)
        for axis, (begin, size) in enumerate(zip(start, shape, strict=True)):
            along = [1, 1, 1]
            along[axis] = size
            at[axis] += np.arange(begin, begin + size, dtype=np.float32).reshape(along)
        return at

    def labels(self, data: np.ndarray, grid: Grid, box: Box) -> np.ndarray:
        """Part of a label array (I, J, K) on ``grid``, warped, nearest neighbour."""
        index = np.rint(self.sources(grid, box)).astype(np.int32)
        for axis, size in enumerate(grid.shape):
            np.clip(index[axis], 0, size - 1, out=index[axis])
        return data[tuple(index)]

    def image(self, data: np.ndarray, grid: Grid, box: Box) -> np.ndarray:
        """Part of an image array (I, J, K) on ``grid``, warped, trilinear."""
        return ndimage.map_coordinates(data, self.sources(grid, box), order=1, mode="nearest")

    def largest_mm(self) -> float:
        """Length of the longest displacement in mm."""
        return float(np.linalg.norm(self.displacement, axis=0).max())

    def smallest_jacobian(self) -> float:
        """A number that the Jacobian determinant of the map is nowhere smaller than; positive means nothing folds."""
        return smallest_determinant(self.displacement / np.float32(self.lattice.spacing[0]))


def box_of(mask: np.ndarray) -> Box:
    """The bounding box of the true voxels (I, J, K), of which there must be one."""
    found = ndimage.find_objects(mask.view(np.uint8))[0]
    assert found is not None
    i, j, k = found
    return i, j, k


def widened(box: Box, grid: Grid, margin_mm: float) -> Box:
    """The part of ``grid`` that holds everything within ``margin_mm`` of a part of it."""
    # Where a grid is sheared, planes of voxels lie nearer to each other than a step along the axis.
    planes_per_mm = np.linalg.norm(np.linalg.inv(grid.affine[:3, :3]), axis=1)
    more = [math.ceil(margin_mm * per_mm) + 1 for per_mm in planes_per_mm]
    i, j, k = (
        slice(max(0, part.start - wide), min(size, part.stop + wide))
        for part, wide, size in zip(box, more, grid.shape, strict=True)
    )
    return i, j, k
