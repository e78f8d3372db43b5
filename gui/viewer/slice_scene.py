"""What VTK draws in one slice view: the image's slice, and the labels' slice on top of it."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage
from vtkmodules.vtkRenderingCore import vtkImageSlice, vtkImageSliceMapper
from vtkmodules.vtkRenderingImage import vtkImageStack

from engine.case import Case
from gui.display import Display, contrast
from gui.viewer.canvas import Canvas
from gui.viewer.colours import lookup_table
from gui.viewer.planes import Plane
from gui.viewer.vtk_image import vtk_image

#: The camera stands this far in front of the slice, mm; with parallel projection it only has to be in front.
DISTANCE_MM = 1000.0


class SliceScene:
    """Image and labels of one case, cut along one plane."""

    def __init__(self) -> None:
        self._canvas = Canvas()
        self._canvas.camera.ParallelProjectionOn()
        stack = vtkImageStack()
        self._image = _layer(stack, 0)
        self._labels = _layer(stack, 1)
        self._labels.GetProperty().SetInterpolationTypeToNearest()
        self._labels.GetProperty().UseLookupTableScalarRangeOn()
        self._canvas.renderer.AddViewProp(stack)
        self._case: Case | None = None

    def set_case(self, case: Case) -> None:
        """Show this case."""
        self._case = case
        for layer, part in ((self._image, case.image), (self._labels, case.labels)):
            layer.SetVisibility(part is not None)
            if part is not None:
                layer.GetMapper().SetInputData(vtk_image(part.data, part.grid))

    def set_display(self, display: Display, usual: tuple[float, float] | None) -> None:
        """Contrast and overlay. ``usual``: the image's usual range, None without an image."""
        if usual is not None:
            window, level = contrast(display, usual)
            self._image.GetProperty().SetColorWindow(window)
            self._image.GetProperty().SetColorLevel(level)
        if self._case is None or self._case.labels is None:
            return
        alone = self._case.image is None
        self._labels.SetVisibility(display.overlay or alone)
        self._labels.GetProperty().SetOpacity(1.0 if alone else display.opacity)
        self._labels.GetProperty().SetLookupTable(lookup_table(self._case.labels.table, display.hidden))

    def picture(
        self, plane: Plane, index: int, *, size: tuple[int, int], focus: np.ndarray, mm_per_pixel: float
    ) -> QImage:
        """Draw slice ``index`` in ``size`` (width, height) device pixels, world point ``focus`` (3,) in the middle."""
        for layer in (self._image, self._labels):
            layer.GetMapper().SetOrientation(plane.axis)
            layer.GetMapper().SetSliceNumber(index)
        camera = self._canvas.camera
        camera.SetFocalPoint(focus.tolist())
        camera.SetPosition((focus - DISTANCE_MM * plane.forward).tolist())
        camera.SetViewUp(plane.up.tolist())
        camera.SetParallelScale(size[1] * mm_per_pixel / 2)
        camera.SetClippingRange(1.0, 2 * DISTANCE_MM)
        return self._canvas.picture(*size)

    def close(self) -> None:
        """Give the graphics memory back."""
        self._canvas.close()


def _layer(stack: vtkImageStack, number: int) -> vtkImageSlice:
    layer = vtkImageSlice()
    layer.SetMapper(vtkImageSliceMapper())
    layer.GetProperty().SetLayerNumber(number)
    layer.VisibilityOff()
    stack.AddImage(layer)
    return layer
