"""Voxels as DICOM stacks them: frames from the feet to the head or nearest to it, rows to the back, columns to the
left. Axes are only exchanged and turned round; no value is interpolated.

DICOM's patient coordinates are LPS+ mm: x and y have the other sign than in NIfTI's world.
"""

from __future__ import annotations

from dataclasses import dataclass

import nibabel.orientations as orientations
import numpy as np

from engine.errors import OutputError
from engine.grid import Grid

LPS = np.diag([-1.0, -1.0, 1.0])
#: The largest cosine between two voxel axes that still counts as a right angle; DICOM has no word for shear.
MOST_SHEAR = 2e-3


@dataclass(frozen=True, eq=False)
class Stack:
    """How a grid lies in DICOM. ``row``, ``column``, ``normal`` (3,): unit LPS directions in which the column index,
    the row index and the frame number grow; ``first`` (3,): LPS mm of the first pixel; ``spacing``: mm between rows,
    columns and frames."""

    order: np.ndarray
    row: np.ndarray
    column: np.ndarray
    normal: np.ndarray
    first: np.ndarray
    spacing: tuple[float, float, float]

    def frames(self, data: np.ndarray) -> np.ndarray:
        """(I, J, K) -> (frames, rows, columns)."""
        turned = orientations.apply_orientation(data, self.order)
        return np.ascontiguousarray(turned.T)

    def position(self, frame: int) -> np.ndarray:
        """(3,) LPS mm of the first pixel of a frame."""
        return self.first + frame * self.spacing[2] * self.normal


def stack_of(grid: Grid) -> Stack:
    """Raises `OutputError` for axes that are not at right angles."""
    cosines = grid.direction.T @ grid.direction - np.eye(3)
    if np.abs(cosines).max() > MOST_SHEAR:
        raise OutputError(
            "The voxel axes of this image are not at right angles, which DICOM cannot say; resample it to a straight "
            "grid first."
        )
    wanted = orientations.axcodes2ornt(("L", "P", "S"))
    order = orientations.ornt_transform(orientations.io_orientation(grid.affine), wanted)
    affine = grid.affine @ orientations.inv_ornt_aff(order, grid.shape)
    steps = LPS @ affine[:3, :3]
    across, down, apart = np.linalg.norm(steps, axis=0).tolist()
    row, column = steps[:, 0] / across, steps[:, 1] / down
    # What is left of shear is taken out, so that the two are at right angles to the last digit.
    column = column - (column @ row) * row
    column /= np.linalg.norm(column)
    return Stack(order, row, column, np.cross(row, column), LPS @ affine[:3, 3], (down, across, apart))
