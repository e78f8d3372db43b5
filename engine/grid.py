"""Grids: where voxels lie in the world.

The only room that knows millimetres, axes and affines. World space is RAS+ mm as in NIfTI: x grows to the
patient's right, y to the front, z to the top. Voxel indices are written ``(i, j, k)`` and a voxel's centre lies at
its integer index.
"""

from __future__ import annotations

from dataclasses import dataclass

import nibabel.orientations as orientations
import numpy as np

from engine.errors import BadHeaderError

SMALLEST_SPACING_MM = 0.05
LARGEST_SPACING_MM = 20.0


@dataclass(frozen=True, eq=False)
class Grid:
    """A voxel grid: ``shape`` (I, J, K) and ``affine`` (4, 4) float64, voxel index -> world RAS mm.

    Raises `BadHeaderError` if the affine is singular, not finite, or its spacing is absurd.
    """

    shape: tuple[int, int, int]
    affine: np.ndarray

    def __post_init__(self) -> None:
        shape = tuple(int(n) for n in self.shape)
        if len(shape) != 3 or min(shape) < 1:
            raise BadHeaderError(f"A grid needs three sizes of at least one voxel, not {self.shape}.")
        affine = np.array(self.affine, dtype=np.float64)
        if affine.shape != (4, 4) or not np.isfinite(affine).all():
            raise BadHeaderError("The affine is not a finite 4 x 4 matrix; re-export the image from its source.")
        spacing = np.linalg.norm(affine[:3, :3], axis=0)
        if spacing.min() < SMALLEST_SPACING_MM or spacing.max() > LARGEST_SPACING_MM:
            sizes = " x ".join(f"{s:g}" for s in spacing)
            raise BadHeaderError(
                f"The voxel size {sizes} mm cannot be right for a head scan; re-export the image from its source."
            )
        if abs(np.linalg.det(affine[:3, :3] / spacing)) < 1e-3:
            raise BadHeaderError("The affine is singular: two axes coincide; re-export the image from its source.")
        affine.setflags(write=False)
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "affine", affine)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Grid):
            return NotImplemented
        return self.shape == other.shape and np.allclose(self.affine, other.affine, atol=1e-4)

    def __hash__(self) -> int:
        return hash(self.shape)

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Voxel size along i, j, k in mm."""
        si, sj, sk = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(si), float(sj), float(sk)

    @property
    def direction(self) -> np.ndarray:
        """(3, 3) unit columns: the world direction of each voxel axis."""
        return self.affine[:3, :3] / np.array(self.spacing)

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in mL."""
        return float(abs(np.linalg.det(self.affine[:3, :3])) / 1000.0)

    @property
    def codes(self) -> str:
        """Orientation letters, e.g. ``"RAS"``: where each voxel axis points to."""
        return "".join(orientations.aff2axcodes(self.affine))

    @property
    def centre(self) -> np.ndarray:
        """(3,) world position of the middle of the grid."""
        return self.voxel_to_world((np.array(self.shape) - 1) / 2)

    def voxel_to_world(self, index: np.ndarray | tuple[float, ...]) -> np.ndarray:
        """(..., 3) voxel indices -> (..., 3) world RAS mm."""
        return np.asarray(index, dtype=np.float64) @ self.affine[:3, :3].T + self.affine[:3, 3]

    def world_to_voxel(self, point: np.ndarray | tuple[float, ...]) -> np.ndarray:
        """(..., 3) world RAS mm -> (..., 3) fractional voxel indices."""
        return (np.asarray(point, dtype=np.float64) - self.affine[:3, 3]) @ np.linalg.inv(self.affine[:3, :3]).T

    def to_grid(self, target: Grid) -> np.ndarray:
        """(4, 4) affine from voxels of ``target`` to voxels of this grid, as resampling needs it."""
        return np.linalg.inv(self.affine) @ target.affine


def centred_grid(shape: tuple[int, int, int], spacing_mm: float, centre: np.ndarray) -> Grid:
    """An axis-aligned RAS grid whose middle lies at world point ``centre`` (3,)."""
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    affine[:3, 3] = np.asarray(centre, dtype=np.float64) - spacing_mm * (np.array(shape) - 1) / 2
    return Grid(shape, affine)


def bounding_grid(grid: Grid, spacing_mm: float, multiple: int = 1) -> Grid:
    """The smallest RAS grid of isotropic ``spacing_mm`` that covers ``grid``, its sizes multiples of ``multiple``."""
    ends = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) * (np.array(grid.shape) - 1)
    corners = grid.voxel_to_world(ends)
    low, high = corners.min(axis=0), corners.max(axis=0)
    shape = np.ceil((high - low) / spacing_mm + 1 - 1e-6).astype(int)
    i, j, k = (-(-shape // multiple) * multiple).tolist()
    return centred_grid((i, j, k), spacing_mm, (low + high) / 2)


def crop_grid(grid: Grid, start: np.ndarray, shape: tuple[int, int, int]) -> Grid:
    """The part of ``grid`` that begins at voxel ``start`` (3,); it may reach outside."""
    affine = np.array(grid.affine)
    affine[:3, 3] = grid.voxel_to_world(start)
    return Grid(shape, affine)
