"""What VTK draws in the 3D view: the ventricles in their colours, inside a glass brain."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPolyData
from vtkmodules.vtkFiltersCore import (
    vtkFlyingEdges3D,
    vtkPolyDataNormals,
    vtkSurfaceNets3D,
    vtkWindowedSincPolyDataFilter,
)
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from engine.grid import Grid, crop_grid
from engine.labels import BACKGROUND, CSF, VENTRICLES
from engine.volume import LabelMap
from gui.display import Display
from gui.viewer.canvas import BACKGROUND as DARK
from gui.viewer.canvas import Canvas
from gui.viewer.colours import lookup_table
from gui.viewer.surface_nets import surface_nets
from gui.viewer.vtk_image import vtk_image

LIGHT = (0.93, 0.94, 0.95)
GLASS_SMOOTHING = 12
#: Most faces across one axis that a surface is made of; a brain's ventricles have about 20 000 at 1 mm.
MOST_FACES = 100_000
#: Every n-th voxel is looked at to find out where the ventricles are.
SEARCH_STRIDE = 3
#: The glass brain is made from every n-th voxel so that it has about this many along its longest side.
GLASS_VOXELS = 64
GLASS_COLOUR = (0.62, 0.70, 0.78)
GLASS_ON_LIGHT = (0.30, 0.36, 0.42)
GLASS_OPACITY = 0.13
#: The camera starts in front of the patient, a little from the side and above.
START_AZIMUTH, START_ELEVATION = 35.0, 15.0
VIEW_ANGLE = 25.0
CLOSER = 1.25
#: Side of the patient the camera stands at -> its direction from the middle, and its up; world RAS.
SIDES = {
    "left": ((-1, 0, 0), (0, 0, 1)),
    "right": ((1, 0, 0), (0, 0, 1)),
    "front": ((0, 1, 0), (0, 0, 1)),
    "back": ((0, -1, 0), (0, 0, 1)),
    "top": ((0, 0, 1), (0, 1, 0)),
    "bottom": ((0, 0, -1), (0, 1, 0)),
}


class SurfaceScene:
    """Surfaces of one label map, and a camera that turns around them."""

    def __init__(self) -> None:
        self._canvas = Canvas()
        self._ventricles = vtkActor()
        self._ventricles.GetProperty().SetSpecular(0.25)
        self._ventricles.GetProperty().SetSpecularPower(20)
        self._glass = vtkActor()
        self._glass.GetProperty().SetOpacity(GLASS_OPACITY)
        # Without its far side a glass brain needs no sorting of triangles.
        self._glass.GetProperty().BackfaceCullingOn()
        for actor in (self._ventricles, self._glass):
            actor.SetMapper(vtkPolyDataMapper())
            self._canvas.renderer.AddActor(actor)
        self._shown_as: tuple[object, ...] = ()
        self.set_display(Display())

    def set_labels(self, labels: LabelMap, hidden: frozenset[int], smoothing: int) -> bool:
        """Make the ventricles; whether there is a ventricle to see."""
        surface = ventricle_surface(labels, hidden, smoothing)
        mapper = self._ventricles.GetMapper()
        mapper.SetInputData(surface)
        mapper.SetScalarModeToUseCellData()
        mapper.SetLookupTable(lookup_table(labels.table, hidden))
        mapper.UseLookupTableScalarRangeOn()
        return surface.GetNumberOfCells() > 0

    def set_brain(self, labels: LabelMap) -> None:
        """Make the glass brain around them."""
        self._glass.GetMapper().SetInputData(glass_surface(labels))

    def set_display(self, display: Display) -> bool:
        """Opacity of the ventricles, glass brain, background; whether any of them changed."""
        wanted = display.surface_opacity, display.brain, display.light_surface
        if wanted == self._shown_as:
            return False
        self._shown_as = wanted
        solid = display.surface_opacity >= 1
        self._ventricles.GetProperty().SetOpacity(display.surface_opacity)
        # The lookup table has transparent entries, but no face has their labels.
        self._ventricles.SetForceOpaque(solid)
        self._ventricles.SetForceTranslucent(not solid)
        # Without far sides translucent triangles need no sorting.
        self._ventricles.GetProperty().SetBackfaceCulling(not solid)
        self._glass.SetVisibility(display.brain)
        self._glass.GetProperty().SetColor(*(GLASS_ON_LIGHT if display.light_surface else GLASS_COLOUR))
        self._canvas.renderer.SetBackground(*(LIGHT if display.light_surface else DARK))
        return True

    def look_at_start(self) -> None:
        """Everything in view, from the front."""
        self._look(*SIDES["front"])
        self._canvas.camera.Azimuth(START_AZIMUTH)
        self._canvas.camera.Elevation(START_ELEVATION)
        self._frame()

    def look_from(self, side: str) -> None:
        """Everything in view, from one of `SIDES`."""
        self._look(*SIDES[side])
        self._frame()

    def pan(self, right: float, up: float) -> None:
        """Move what is seen, in shares of the picture's height."""
        camera = self._canvas.camera
        height = 2 * camera.GetDistance() * np.tan(np.radians(camera.GetViewAngle() / 2))
        screen_right, screen_up = self.axes()
        shift = -height * (right * screen_right + up * screen_up)
        camera.SetFocalPoint((np.array(camera.GetFocalPoint()) + shift).tolist())
        camera.SetPosition((np.array(camera.GetPosition()) + shift).tolist())

    def turn(self, degrees_right: float, degrees_up: float) -> None:
        """Turn the camera around what it looks at."""
        camera = self._canvas.camera
        camera.Azimuth(-degrees_right)
        camera.Elevation(degrees_up)
        camera.OrthogonalizeViewUp()

    def zoom(self, factor: float) -> None:
        """Larger than 1 comes closer."""
        self._canvas.camera.Zoom(factor)

    def axes(self) -> tuple[np.ndarray, np.ndarray]:
        """World unit vectors (3,) of the screen's right and up."""
        up = np.array(self._canvas.camera.GetViewUp())
        return np.cross(np.array(self._canvas.camera.GetDirectionOfProjection()), up), up

    def picture(self, width: int, height: int) -> QImage:
        """Draw in device pixels."""
        self._canvas.renderer.ResetCameraClippingRange()
        return self._canvas.picture(width, height)

    def warm_up(self) -> None:
        """Make ready what the first picture needs."""
        self._canvas.warm_up()

    def close(self) -> None:
        """Give the graphics memory back."""
        self._canvas.close()

    def _look(self, towards: tuple[int, int, int], up: tuple[int, int, int]) -> None:
        self._canvas.camera.SetFocalPoint(0, 0, 0)
        self._canvas.camera.SetPosition(*towards)
        self._canvas.camera.SetViewUp(*up)

    def _frame(self) -> None:
        camera = self._canvas.camera
        camera.OrthogonalizeViewUp()
        camera.SetViewAngle(VIEW_ANGLE)
        self._canvas.renderer.ResetCamera()
        camera.Zoom(CLOSER)


def ventricle_surface(labels: LabelMap, hidden: frozenset[int], smoothing: int) -> vtkPolyData:
    """Surface of every ventricle that is not hidden, smoothed in so many iterations; cell scalars are label values."""
    values = [v for v in VENTRICLES if v in labels.table and v not in hidden]
    wanted = np.zeros(len(labels.table.class_of_value), dtype=bool)
    wanted[values] = True
    box = _bounding_box(labels.data, wanted)
    if box is None:
        return vtkPolyData()
    start, stop = box
    crop = labels.data[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]
    crop = np.where(wanted[crop], crop, BACKGROUND).astype(np.uint16)
    image = _image(crop, crop_grid(labels.grid, start, crop.shape))
    surface = _with_normals(surface_nets(image, values, smoothing))
    if surface.GetNumberOfCells():
        # Each face knows the labels on its two sides; the ventricle is the one that is not background.
        sides = vtk_to_numpy(surface.GetCellData().GetArray("BoundaryLabels"))
        surface.GetCellData().SetScalars(numpy_to_vtk(sides.max(axis=1).astype(np.uint16), deep=True))
    return surface


def glass_surface(labels: LabelMap) -> vtkPolyData:
    """A coarse, smooth outline of the brain: every label but background and extracerebral CSF."""
    stride = max(1, max(labels.grid.shape) // GLASS_VOXELS)
    coarse = labels.data[::stride, ::stride, ::stride]
    inside = (coarse != BACKGROUND) & (coarse != CSF)
    if not inside.any():
        return vtkPolyData()
    # One empty voxel all round closes the surface where the brain reaches the rim.
    brain = np.pad(np.float32(inside), 1)
    first = np.array([-stride, -stride, -stride])
    edges = vtkFlyingEdges3D()
    edges.SetInputData(_image(brain, _strided(crop_grid(labels.grid, first, brain.shape), brain.shape, stride)))
    edges.SetValue(0, 0.5)
    edges.ComputeNormalsOff()
    edges.ComputeScalarsOff()
    smooth = vtkWindowedSincPolyDataFilter()
    smooth.SetInputConnection(edges.GetOutputPort())
    smooth.SetNumberOfIterations(GLASS_SMOOTHING)
    smooth.SetPassBand(0.05)
    return _with_normals(smooth)


def _image(data: np.ndarray, grid: Grid) -> vtkImageData:
    """``data`` (I, J, K) for a surface; coarser where it is as full of faces as noise is, which would take seconds."""
    while np.count_nonzero(data[1:] != data[:-1]) > MOST_FACES:
        data = data[::2, ::2, ::2]
        grid = _strided(grid, data.shape, 2)
    return vtk_image(np.asfortranarray(data), grid)


def _strided(grid: Grid, shape: tuple[int, ...], stride: int) -> Grid:
    """Every ``stride``-th voxel of a grid, ``shape`` of them."""
    affine = np.array(grid.affine)
    affine[:3, :3] *= stride
    i, j, k = shape
    return Grid((i, j, k), affine)


def _with_normals(source: vtkSurfaceNets3D | vtkWindowedSincPolyDataFilter) -> vtkPolyData:
    normals = vtkPolyDataNormals()
    normals.SetInputConnection(source.GetOutputPort())
    normals.SplittingOff()
    # The filters before wind their triangles alike; going over them again would take longer than making them.
    normals.ConsistencyOff()
    normals.Update()
    return normals.GetOutput()


def _bounding_box(data: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """First and past-the-last voxel (3,) of the wanted labels, with a rim for what lies between those looked at."""
    stride = SEARCH_STRIDE
    coarse = wanted[data[::stride, ::stride, ::stride]]
    start, stop = [], []
    for axis in range(3):
        found = np.flatnonzero(coarse.any(axis=tuple(a for a in range(3) if a != axis)))
        if not len(found):
            return None
        start.append(max(stride * (int(found[0]) - 1), 0))
        stop.append(min(stride * (int(found[-1]) + 2), data.shape[axis]))
    return np.array(start), np.array(stop)
