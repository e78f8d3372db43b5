"""One slice view: shows a slice, and turns the mouse into wishes."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QWheelEvent

from engine.grid import Grid
from gui.display import Display, contrast
from gui.session import Shown
from gui.viewer import marks
from gui.viewer.picture_view import PictureView
from gui.viewer.planes import AXES, Plane, plane_of
from gui.viewer.slice_scene import SliceScene

#: Share of the view that the whole grid fills at zoom 1.
FILL = 0.96
#: A drag across this many pixels changes window or level by the image's whole usual range.
CONTRAST_PIXELS = 300.0
ZOOM_STEP = 1.15
LARGEST_ZOOM, SMALLEST_ZOOM = 20.0, 0.3
NARROWEST_WINDOW = 0.02


class SliceView(PictureView):
    """Left drag moves the crosshair, right drag the contrast, middle drag the picture; the wheel turns slices, with
    Ctrl it zooms."""

    crosshair_picked = Signal(object)  # (3,) world RAS mm
    contrast_edited = Signal(float, float)  # window and level as shares of the usual range
    hovered = Signal(object)  # (3,) world RAS mm, None when the pointer leaves

    def __init__(self, view: str) -> None:
        super().__init__()
        self.view = view
        self.crosshair = np.zeros(3)
        self.plane: Plane | None = None
        self._usual: tuple[float, float] | None = None
        self._scene = SliceScene()
        self._pan = np.zeros(2)
        self._zoom = 1.0
        self._last = QPointF()

    @property
    def slice_index(self) -> int:
        """Index of the slice under the crosshair along the plane's voxel axis."""
        return self.plane.slice_at(self.crosshair) if self.plane is not None else 0

    # Slots

    def set_shown(self, shown: Shown | None, usual: tuple[float, float] | None) -> None:
        """Show a case; ``usual``: its image's usual range. Zoom and pan stay if the grid does."""
        self.shown, self._usual = shown, usual
        if shown is not None:
            if self.plane is None or self.plane.grid != shown.case.grid:
                self._pan, self._zoom = np.zeros(2), 1.0
            self._aim(shown.case.grid)
            self._scene.set_case(shown.case)
            self._scene.set_display(self.display, usual)
        self.refresh()

    def set_display(self, display: Display) -> None:
        """Contrast, overlay, convention."""
        self.display = display
        if self.plane is not None:
            self._aim(self.plane.grid)
        self._scene.set_display(display, self._usual)
        self.refresh()

    def set_crosshair(self, point: np.ndarray) -> None:
        """Move the crosshair; only another slice needs another picture."""
        before = self.slice_index
        self.crosshair = point
        if self.slice_index != before:
            self.picture = None
        self.update()

    def step(self, slices: int) -> None:
        """Wish for a slice further to the patient's right, front or top."""
        if self.shown is None or self.plane is None:
            return
        plane = self.plane
        index = min(max(self.slice_index + plane.sign * slices, 0), plane.slices - 1)
        self.crosshair_picked.emit(plane.world(*plane.project(self.crosshair), index))

    def reset_view(self) -> None:
        """The whole grid again."""
        self._pan, self._zoom = np.zeros(2), 1.0
        self.refresh()

    def close_scene(self) -> None:
        super().close_scene()
        self._scene.close()

    # Geometry

    def to_screen(self, world: np.ndarray) -> QPointF:
        """World point (3,) -> widget pixels."""
        assert self.plane is not None
        u, v = self.plane.project(world)
        (u0, v0), scale = self._focus(), self._mm_per_pixel()
        return QPointF(self.width() / 2 + (u - u0) / scale, self.height() / 2 - (v - v0) / scale)

    def to_world(self, at: QPointF) -> np.ndarray:
        """Widget pixels -> world point (3,) on the slice that is shown."""
        assert self.plane is not None
        (u0, v0), scale = self._focus(), self._mm_per_pixel()
        u, v = u0 + (at.x() - self.width() / 2) * scale, v0 - (at.y() - self.height() / 2) * scale
        return self.plane.world(u, v, self.slice_index)

    def _aim(self, grid: Grid) -> None:
        self.plane = plane_of(grid, self.view, radiological=self.display.radiological)

    def _focus(self) -> tuple[float, float]:
        assert self.plane is not None
        u_low, u_high, v_low, v_high = self.plane.extent()
        return (u_low + u_high) / 2 + self._pan[0], (v_low + v_high) / 2 + self._pan[1]

    def _mm_per_pixel(self) -> float:
        assert self.plane is not None
        u_low, u_high, v_low, v_high = self.plane.extent()
        fit = max((u_high - u_low) / max(1, self.width()), (v_high - v_low) / max(1, self.height()))
        return fit / FILL / self._zoom

    # Painting

    def _draw(self, width: int, height: int) -> QImage:
        assert self.plane is not None
        index = self.slice_index
        focus = self.plane.world(*self._focus(), index)
        scale = self._mm_per_pixel() / self.devicePixelRatioF()
        return self._scene.picture(self.plane, index, size=(width, height), focus=focus, mm_per_pixel=scale)

    def _mark(self, painter: QPainter, area: QRectF) -> None:
        assert self.plane is not None
        assert self.shown is not None
        if self.display.crosshair:
            marks.crosshair(painter, area, self.to_screen(self.crosshair))
        marks.orientation(painter, area, self.plane.letters())
        along = "xyz"[AXES[self.view][0]]
        position = self.crosshair[AXES[self.view][0]]
        detail = f"{self.slice_index + 1} / {self.plane.slices}   {along} {position:.1f} mm"
        below = ""
        if self._usual is not None:
            window, level = contrast(self.display, self._usual)
            below = f"W {window:.4g}  L {level:.4g}"
        marks.captions(painter, area, title=self.view.capitalize(), detail=detail, below=below)
        if self.shown.synthetic:
            marks.synthetic(painter, area, draft=self.shown.draft)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._last = event.position()
        self.activated.emit()
        if event.button() == Qt.MouseButton.LeftButton and self.shown is not None:
            self.crosshair_picked.emit(self.to_world(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.shown is None:
            return
        moved, self._last = event.position() - self._last, event.position()
        buttons = event.buttons()
        if buttons & Qt.MouseButton.LeftButton:
            self.crosshair_picked.emit(self.to_world(event.position()))
        elif buttons & Qt.MouseButton.RightButton:
            self._drag_contrast(moved)
        elif buttons & Qt.MouseButton.MiddleButton:
            self._pan += np.array([-moved.x(), moved.y()]) * self._mm_per_pixel()
            self.refresh()
        self.hovered.emit(self.to_world(event.position()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / 120
        if self.shown is None or not notches:
            return
        self.activated.emit()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._zoom_about(event.position(), ZOOM_STEP**notches)
        else:
            # A touch pad sends fractions of a notch; each is worth one slice.
            self.step(round(notches) or (1 if notches > 0 else -1))
        event.accept()

    def enterEvent(self, event: QEvent) -> None:
        self.activated.emit()

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered.emit(None)

    def _drag_contrast(self, moved: QPointF) -> None:
        if self._usual is None:
            return
        window = max(NARROWEST_WINDOW, self.display.window + moved.x() / CONTRAST_PIXELS)
        self.contrast_edited.emit(window, self.display.level - moved.y() / CONTRAST_PIXELS)

    def _zoom_about(self, at: QPointF, factor: float) -> None:
        """Zoom so that what lies under ``at`` stays there."""
        before = self._mm_per_pixel()
        self._zoom = min(max(self._zoom * factor, SMALLEST_ZOOM), LARGEST_ZOOM)
        gained = before - self._mm_per_pixel()
        self._pan += np.array([at.x() - self.width() / 2, self.height() / 2 - at.y()]) * gained
        self.refresh()
