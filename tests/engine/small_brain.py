"""A brain the size of a plum: two lateral ventricles in white matter, cortex around it, CSF around that."""

import numpy as np

from engine.grid import Grid, centred_grid
from engine.volume import LabelMap

SHAPE = (60, 64, 56)


def ellipsoid(at, radii, middle=(0.0, 0.0, 0.0)):
    """Which of the points (..., 3) lie inside."""
    return (((at - np.array(middle)) / radii) ** 2).sum(axis=-1) <= 1


def small_brain_on(grid: Grid, size=1.0) -> LabelMap:
    """The brain in the middle of the world, on any grid. It is 50 mm wide, times ``size``."""
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij"), axis=-1)
    at = grid.voxel_to_world(index)
    left = at[..., 0] < 0
    data = np.zeros(grid.shape, np.uint16)
    radii = size * np.array([25.0, 27.0, 24.0])
    data[ellipsoid(at, radii + 2)] = 24
    for thinner, pair in [(0, (3, 42)), (4, (2, 41))]:
        part = ellipsoid(at, radii - thinner)
        data[part] = np.where(left, *pair)[part]
    for middle, value in [(-7 * size, 4), (7 * size, 43)]:
        data[ellipsoid(at, size * np.array([5.0, 11.0, 6.0]), (middle, 0, 0))] = value
    return LabelMap(data, grid)


def small_brain(shape=SHAPE, size=1.0) -> LabelMap:
    """The brain on a RAS grid of 1 mm."""
    return small_brain_on(centred_grid(shape, 1.0, np.zeros(3)), size)
