"""Volumes and label maps as VTK sees them, without copying a voxel."""

from __future__ import annotations

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData

from engine.grid import Grid


def vtk_image(data: np.ndarray, grid: Grid) -> vtkImageData:
    """``data`` (I, J, K) as an image in world RAS mm, oblique axes included. A Fortran-ordered array shares its memory
    with the image, which keeps it alive; any other order is copied."""
    image = vtkImageData()
    image.SetDimensions(grid.shape)
    image.SetSpacing(grid.spacing)
    image.SetOrigin(grid.affine[:3, 3].tolist())
    image.SetDirectionMatrix(grid.direction.ravel().tolist())
    image.GetPointData().SetScalars(numpy_to_vtk(data.ravel(order="F"), deep=False))
    return image
