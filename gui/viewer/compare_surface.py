"""The second case's ventricles in 3D, coloured by how far their surface lies from the first's."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkLookupTable

from engine.volume import LabelMap, Volume
from gui.viewer import marks
from gui.viewer.surface_scene import SurfaceScene
from gui.viewer.surface_view import SurfaceView

#: From shrunk over unmoved to grown.
SHRUNK, UNMOVED, GROWN = (60, 120, 216), (222, 222, 222), (230, 75, 53)
STEPS = 129
#: The colours reach at least so far, mm, and in whole millimetres.
LEAST_RANGE_MM = 1.0
BAR_WIDTH, BAR_HEIGHT = 12.0, 96.0


class DistanceScene(SurfaceScene):
    """A surface whose points carry a signed distance in mm."""

    def __init__(self) -> None:
        super().__init__()
        self.distance: Volume | None = None
        self.range_mm = LEAST_RANGE_MM

    def set_labels(self, labels: LabelMap, hidden: frozenset[int], smoothing: int) -> bool:
        found = super().set_labels(labels, hidden, smoothing)
        if found and self.distance is not None:
            self._colour(self.distance)
        return found

    def _colour(self, distance: Volume) -> None:
        from scipy import ndimage

        mapper = self._ventricles.GetMapper()
        surface = mapper.GetInput()
        points = distance.grid.world_to_voxel(vtk_to_numpy(surface.GetPoints().GetData()))
        far = ndimage.map_coordinates(distance.data, points.T, order=1, mode="nearest")
        self.range_mm = max(LEAST_RANGE_MM, float(np.ceil(np.percentile(np.abs(far), 95))))
        surface.GetPointData().SetScalars(numpy_to_vtk(far.astype(np.float32), deep=True))
        mapper.SetScalarModeToUsePointData()
        mapper.SetLookupTable(_colours(self.range_mm))
        mapper.UseLookupTableScalarRangeOn()
        mapper.InterpolateScalarsBeforeMappingOn()


class DistanceView(SurfaceView):
    """Red where the second's surface lies outside the first's, blue where it lies inside."""

    def __init__(self) -> None:
        super().__init__()
        self._scene: DistanceScene = DistanceScene()
        self.setAccessibleName(self.tr("Surface distance in 3D"))

    def set_distance(self, distance: Volume | None) -> None:
        """mm around the ventricles, as `engine.comparing.surfaces.surface_change` gives them; None: not known yet."""
        self._scene.distance = distance
        if self.shown is not None and self.shown.case.labels is not None:
            self._plan([self._make_ventricles, *(part for part in self._due if part != self._make_ventricles)])

    def _mark(self, painter: QPainter, area: QRectF) -> None:
        super()._mark(painter, area)
        if self._scene.distance is not None and area.height() > 2 * BAR_HEIGHT + 80:
            self._legend(painter, area)

    def _legend(self, painter: QPainter, area: QRectF) -> None:
        ink = marks.ON_LIGHT if self.display.light_surface else marks.ON_DARK
        bar = QRectF(area.left() + 14, area.bottom() - BAR_HEIGHT - 20, BAR_WIDTH, BAR_HEIGHT)
        ramp = QLinearGradient(bar.topLeft(), bar.bottomLeft())
        for place, colour in ((0.0, GROWN), (0.5, UNMOVED), (1.0, SHRUNK)):
            ramp.setColorAt(place, QColor(*colour))
        painter.fillRect(bar, ramp)
        painter.setFont(marks.font(9))
        height, left = painter.fontMetrics().height(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        reach = self._scene.range_mm
        words = (
            (bar.top(), self.tr("+{0:g} mm grown").format(reach)),
            (bar.center().y(), self.tr("0 mm")),
            (bar.bottom(), self.tr("−{0:g} mm shrunk").format(reach)),
        )
        for y, text in words:
            line = QRectF(QPointF(bar.right() + 6, y - height / 2), QPointF(area.right(), y + height / 2))
            marks.text(painter, line, left, text, (ink.text, ink.shadow))


def _colours(range_mm: float) -> vtkLookupTable:
    table = vtkLookupTable()
    table.SetNumberOfTableValues(STEPS)
    table.SetTableRange(-range_mm, range_mm)
    for number in range(STEPS):
        share = 2 * number / (STEPS - 1) - 1
        end = np.array(GROWN if share > 0 else SHRUNK)
        red, green, blue = (np.array(UNMOVED) + abs(share) * (end - UNMOVED)) / 255
        table.SetTableValue(number, red, green, blue, 1.0)
    return table
