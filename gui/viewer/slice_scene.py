"""What VTK draws in one slice view: the image's slice, and the labels' slice or their borders on top of it."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage
from vtkmodules.vtkRenderingCore import vtkActor, vtkImageSlice, vtkImageSliceMapper, vtkPolyDataMapper
from vtkmodules.vtkRenderingImage import vtkImageStack

from engine.case import Case
from engine.labels import BACKGROUND
from gui.display import Display, contrast
from gui.viewer.canvas import Canvas
from gui.viewer.colours import lookup_table
from gui.viewer.outline import border_lines, poly_lines
from gui.viewer.planes import Plane
from gui.viewer.vtk_image import vtk_image

#: The camera stands this far in front of the slice, mm; with parallel projection it only has to be in front.
DISTANCE_MM = 1000.0
#: Borders lie this much in front of their slice, mm.
LIFT_MM = 5.0
LINE_PIXELS = 1.6


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
        self._borders = vtkActor()
        self._borders.SetMapper(vtkPolyDataMapper())
        self._borders.GetProperty().LightingOff()
        self._borders.VisibilityOff()
        self._canvas.renderer.AddActor(self._borders)
        self._case: Case | None = None
        self._hidden: frozenset[int] = frozenset()
        self._drawn: np.ndarray | None = None

    def set_case(self, case: Case) -> None:
        """Show this case."""
        self._case = case
        for layer, part in ((self._image, case.image), (self._labels, case.labels)):
            layer.SetVisibility(part is not None)
            if part is not None:
                layer.GetMapper().SetInputData(vtk_image(part.data, part.grid))
        self._drawn = case.labels.data if case.labels is not None else None

    def show_painted(self, data: np.ndarray) -> None:
        """Draw labels ``data`` (I, J, K) uint16 that are being painted, until the next case. The array is shared: call
        again whenever it changed."""
        if self._case is None:
            return
        if data is not self._drawn:
            self._drawn = data
            self._labels.GetMapper().SetInputData(vtk_image(data, self._case.grid))
        image = self._labels.GetMapper().GetInput()
        image.GetPointData().GetScalars().Modified()
        image.Modified()

    def set_display(self, display: Display, usual: tuple[float, float] | None) -> None:
        """Contrast and overlay. ``usual``: the image's usual range, None without an image."""
        image = self._image.GetProperty()
        if display.smooth:
            image.SetInterpolationTypeToLinear()
        else:
            image.SetInterpolationTypeToNearest()
        if usual is not None:
            window, level = contrast(display, usual)
            image.SetColorWindow(window)
            image.SetColorLevel(level)
        self._borders.VisibilityOff()
        if self._case is None or self._case.labels is None:
            return
        alone = self._case.image is None
        lined = display.outline and not alone
        self._hidden = display.hidden
        self._labels.SetVisibility((display.overlay or alone) and not lined)
        self._labels.GetProperty().SetOpacity(1.0 if alone else display.opacity)
        self._labels.GetProperty().SetLookupTable(lookup_table(self._case.labels.table, display.hidden))
        self._borders.SetVisibility(display.overlay and lined)
        # A thin line needs more ink than an area to be as visible.
        self._borders.GetProperty().SetOpacity(display.opacity**0.5)

    def picture(
        self,
        plane: Plane,
        index: int,
        *,
        size: tuple[int, int],
        focus: np.ndarray,
        mm_per_pixel: float,
        line_pixels: float = LINE_PIXELS,
    ) -> QImage:
        """Draw slice ``index`` in ``size`` (width, height) device pixels, world point ``focus`` (3,) in the middle."""
        for layer in (self._image, self._labels):
            layer.GetMapper().SetOrientation(plane.axis)
            layer.GetMapper().SetSliceNumber(index)
        if self._borders.GetVisibility():
            self._borders.GetProperty().SetLineWidth(line_pixels)
            self._draw_borders(plane, index, line_pixels * mm_per_pixel / 2)
        camera = self._canvas.camera
        camera.SetFocalPoint(focus.tolist())
        camera.SetPosition((focus - DISTANCE_MM * plane.forward).tolist())
        camera.SetViewUp(plane.up.tolist())
        camera.SetParallelScale(size[1] * mm_per_pixel / 2)
        camera.SetClippingRange(1.0, 2 * DISTANCE_MM)
        return self._canvas.picture(*size)

    def warm_up(self) -> None:
        """Make ready what the first picture needs."""
        self._canvas.warm_up()

    def close(self) -> None:
        """Give the graphics memory back."""
        self._canvas.close()

    def _draw_borders(self, plane: Plane, index: int, inset_mm: float) -> None:
        assert self._case is not None
        labels = self._case.labels
        assert labels is not None
        assert self._drawn is not None
        shown = np.zeros(len(labels.table.class_of_value), dtype=bool)
        colours = np.zeros((len(shown), 3), dtype=np.uint8)
        for label in labels.table.labels:
            shown[label.value] = label.value != BACKGROUND and label.value not in self._hidden
            colours[label.value] = label.colour
        a, b = (axis for axis in range(3) if axis != plane.axis)
        spacing = labels.grid.spacing
        # Half a line inside, and never beyond the middle of a voxel.
        inset = min(inset_mm / spacing[a], 0.4), min(inset_mm / spacing[b], 0.4)
        flat, values = border_lines(np.moveaxis(self._drawn, plane.axis, 0)[index], shown, inset)
        ends = np.full((*flat.shape[:2], 3), float(index))
        ends[..., (a, b)] = flat
        world = labels.grid.voxel_to_world(ends) - LIFT_MM * plane.forward
        self._borders.GetMapper().SetInputData(poly_lines(world, colours[values]))


def _layer(stack: vtkImageStack, number: int) -> vtkImageSlice:
    layer = vtkImageSlice()
    layer.SetMapper(vtkImageSliceMapper())
    layer.GetProperty().SetLayerNumber(number)
    layer.VisibilityOff()
    stack.AddImage(layer)
    return layer
