"""A head of smooth blobs that can be laid on any grid, moved by any rigid movement."""

import numpy as np
from scipy.spatial.transform import Rotation

from engine.case import Case
from engine.comparing.rigid import IDENTITY, Rigid
from engine.grid import Grid
from engine.volume import LabelMap, Volume

#: (label, intensity, middle, radii): later ones lie over earlier ones. Nothing is symmetric, so every turn is seen.
PARTS = (
    (24, 30.0, (0, 0, 0), (44, 54, 38)),
    (3, 60.0, (-0.5, 0, 0), (40, 50, 34)),
    (42, 60.0, (16, 0, 0), (24, 44, 30)),
    (2, 90.0, (-6, 4, 2), (24, 34, 22)),
    (41, 90.0, (14, -4, 2), (18, 30, 20)),
    (4, 25.0, (-8, 4, 6), (6, 22, 8)),
    (43, 25.0, (10, 2, 6), (5, 18, 7)),
    (10, 55.0, (-6, -6, -8), (7, 9, 6)),
)


def turned(degrees, shift=(0.0, 0.0, 0.0), about=(0.0, 0.0, 0.0)) -> Rigid:
    """A turn about x, y and z through ``about``, then a shift in mm."""
    rotation, about = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix(), np.array(about)
    return Rigid(rotation, about - rotation @ about + shift)


def grid_around(shape, spacing, degrees=(0, 0, 0), middle=(0, 0, 0)) -> Grid:
    """A grid with its middle at a world point, its axes turned."""
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix() @ np.diag(spacing)
    affine[:3, 3] = np.array(middle) - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return Grid(shape, affine)


def head(grid: Grid, movement: Rigid = IDENTITY, *, larger=1.0, name="head", noise=0.0):
    """The head moved by ``movement``; ``larger``: its left ventricle's radii times this."""
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij"), axis=-1)
    at = movement.inverse(grid.voxel_to_world(index))
    data, grey = np.zeros(grid.shape, np.uint16), np.zeros(grid.shape)
    for value, intensity, middle, radii in PARTS:
        size = np.array(radii) * (larger if value == 4 else 1.0)
        distance = np.sqrt((((at - middle) / size) ** 2).sum(axis=-1))
        data[distance <= 1] = value
        inside = 1 / (1 + np.exp((distance - 1) * size.min() / 1.0))
        grey = (1 - inside) * grey + inside * intensity
    grey += np.random.default_rng(3).normal(0, noise, grid.shape) if noise else 0
    return Case(name, Volume(grey, grid), LabelMap(data, grid))
