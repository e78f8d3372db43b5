"""One smooth surface between several labels, without gaps where they touch (surface nets)."""

from __future__ import annotations

from collections.abc import Sequence

from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersCore import vtkSurfaceNets3D

from engine.labels import BACKGROUND


def surface_nets(image: vtkImageData, values: Sequence[int], smoothing: int) -> vtkSurfaceNets3D:
    """The filter that gives triangles around ``values`` of a label image, smoothed in so many iterations; the cell
    array BoundaryLabels holds the labels on both sides of each. It has not run yet."""
    nets = vtkSurfaceNets3D()
    nets.SetInputData(image)
    for number, value in enumerate(values):
        nets.SetValue(number, value)
    nets.SetBackgroundLabel(BACKGROUND)
    nets.SetSmoothing(smoothing > 0)
    nets.SetNumberOfIterations(smoothing)
    nets.SetOutputMeshTypeToTriangles()
    return nets
