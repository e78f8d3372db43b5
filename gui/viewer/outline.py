"""The borders of the labels in one slice, as lines: sharp at every zoom, and only of the slice that is shown."""

from __future__ import annotations

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData


def border_lines(labels: np.ndarray, shown: np.ndarray, inset: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Borders of the shown labels of a slice ``labels`` (A, B), drawn just inside each label's pixels.

    ``shown`` (V,) says for each label value whether it is drawn; ``inset``: how far inside, in voxels along a and b.
    Gives the lines' ends (N, 2, 2) in voxels along a and b, and the label value (N,) of each line.
    """
    inside = np.pad(labels, 1)
    visible = shown[labels]
    lines, values = [], []
    for axis in (0, 1):
        for side in (-1, 1):
            beyond = np.roll(inside, -side, axis=axis)[1:-1, 1:-1]
            pixels = np.argwhere(visible & (labels != beyond))
            ends = np.repeat(pixels[:, None, :].astype(np.float64), 2, axis=1)
            ends[:, :, axis] += side * (0.5 - inset[axis])
            ends[:, :, 1 - axis] += (-0.5, 0.5)
            lines.append(ends)
            values.append(labels[pixels[:, 0], pixels[:, 1]])
    return np.concatenate(lines), np.concatenate(values)


def poly_lines(ends: np.ndarray, colours: np.ndarray) -> vtkPolyData:
    """Lines between world points ``ends`` (N, 2, 3) in ``colours`` (N, 3) uint8."""
    count = len(ends)
    points = vtkPoints()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(ends.reshape(-1, 3), dtype=np.float32), deep=True))
    cells = vtkCellArray()
    cells.SetData(
        numpy_to_vtkIdTypeArray(np.arange(0, 2 * count + 1, 2, dtype=np.int64), deep=True),
        numpy_to_vtkIdTypeArray(np.arange(2 * count, dtype=np.int64), deep=True),
    )
    lines = vtkPolyData()
    lines.SetPoints(points)
    lines.SetLines(cells)
    lines.GetPointData().SetScalars(numpy_to_vtk(np.repeat(colours, 2, axis=0), deep=True))
    return lines
