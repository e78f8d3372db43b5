"""Tools that draw a measurement: drag, or click from point to point. All other buttons stay navigation."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter

from engine.measuring.by_hand import ANGLE, DISTANCE, ELLIPSE, POINTS, RECTANGLE, REGIONS, Drawn
from engine.measuring.record import point
from gui.viewer.measure_figures import figure_of_drawn
from gui.viewer.measure_marks import AWAY, BY_HAND, outline, plate, write
from gui.viewer.slice_view import SliceView
from gui.viewer.tools import CLICK_PIXELS, Gesture, Navigate

#: What to do, by kind and by how many points there are already.
HINTS = {
    DISTANCE: ("Drag from one end to the other", "Click at the other end"),
    ANGLE: (
        "Drag along the first arm to the corner",
        "Click at the corner",
        "Click at the end of the second arm",
    ),
    RECTANGLE: ("Drag from corner to corner", "Click at the opposite corner"),
    ELLIPSE: ("Drag from corner to corner", "Click at the opposite corner"),
}


class Drawing(QObject):
    """What the tools say."""

    drawn = Signal(object)  # Drawn


class DrawTool(Navigate):
    """Left drag or clicks: the points of one measurement. Then the tool is put down."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, kind: str, drawing: Drawing) -> None:
        super().__init__()
        self.kind, self._drawing = kind, drawing
        self._points: list[np.ndarray] = []
        self._at = QPointF()
        self._on: SliceView | None = None

    def gesture(self, button: Qt.MouseButton, keys: Qt.KeyboardModifier) -> Gesture | None:
        if button == Qt.MouseButton.LeftButton and not keys & Qt.KeyboardModifier.ShiftModifier:
            return self._aim
        return super().gesture(button, keys)

    def press(self, view: SliceView, event: QMouseEvent) -> None:
        super().press(view, event)
        if self._gesture == self._aim and (not self._points or view is not self._on):
            self._points, self._on = [view.to_world(event.position())], view

    def move(self, view: SliceView, event: QMouseEvent) -> None:
        super().move(view, event)
        self._at = event.position()
        view.update()

    def release(self, view: SliceView, event: QMouseEvent) -> None:
        aimed = self._gesture == self._aim
        super().release(view, event)
        if not aimed or view is not self._on:
            return
        self._at = event.position()
        away = self._at - view.to_screen(self._points[-1])
        if abs(away.x()) + abs(away.y()) >= CLICK_PIXELS:
            self._points.append(view.to_world(self._at))
        view.update()
        if len(self._points) == POINTS[self.kind]:
            done, self._points = self._drawn(view, self._points), []
            self._drawing.drawn.emit(done)
            view.tool_done.emit()

    def paint(self, view: SliceView, painter: QPainter) -> None:
        if not view.underMouse() and view is not self._on:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._points and view is self._on:
            self._sketch(view, painter)
        area = QRectF(view.rect())
        hint = f"{HINTS[self.kind][len(self._points)]} · Esc: stop"
        plate(painter, area, QPointF(area.left() + AWAY, area.bottom() - 6 * AWAY), hint, (BY_HAND, ()))
        painter.restore()

    def _sketch(self, view: SliceView, painter: QPainter) -> None:
        points = [*self._points, view.to_world(self._at)]
        half = self.kind == ANGLE and len(points) < POINTS[ANGLE]
        drawn = self._drawn(view, points, DISTANCE if half else self.kind)
        figure = figure_of_drawn(None, drawn, None)
        at = [view.to_screen(np.array(one)) for one in drawn.points]
        outline(painter, figure, at, (BY_HAND, 2.0, Qt.PenStyle.SolidLine))
        if drawn.kind not in REGIONS and not half:
            write(view, painter, figure.labels[0], at, (BY_HAND, ()))

    def _drawn(self, view: SliceView, points: list[np.ndarray], kind: str = "") -> Drawn:
        """The points on the slice that is shown now, which may have been turned meanwhile."""
        plane = view.plane
        assert plane is not None
        onto = (plane.world(*plane.project(at), view.slice_index) for at in points)
        return Drawn(kind or self.kind, tuple(point(at) for at in onto), point(plane.forward))

    def _aim(self, view: SliceView, _moved: QPointF, at: QPointF) -> None:
        self._at = at
        view.update()
