"""Tools that paint: what the left button does in a slice while one of them is in hand. All else stays navigation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QPolygonF

from gui.painting import BRUSH, ERASE, LASSO, NAVIGATE, Painting
from gui.viewer.slice_view import SliceView
from gui.viewer.tools import Gesture, Navigate

OUTLINE = QColor("#ffffff")
SHADOW = QColor(0, 0, 0, 170)
#: Points of a lasso lie at least this far apart.
LASSO_PIXELS = 2.0
#: A click this near to the first corner of a polygon closes it.
CORNER_PIXELS = 8.0


class Strokes(QObject):
    """The painting tools, and their wishes, whichever of them is in hand."""

    began = Signal(object, object)  # Plane, (3,) world RAS mm
    went_on = Signal(object)  # (3,) world RAS mm
    ended = Signal()
    drawn = Signal(object, object)  # Plane, (N, 3) world RAS mm of a closed line
    tool_changed = Signal(object)  # Tool

    def __init__(self) -> None:
        super().__init__()
        self._painting = Painting()
        self._tool: PaintTool | None = None

    def set_painting(self, painting: Painting) -> None:
        """Take what the user chose in hand; a tool that stays goes on with its stroke."""
        another = painting.tool != self._painting.tool
        self._painting = painting
        if another:
            kind = LassoTool if painting.tool == LASSO else PaintTool
            self._tool = None if painting.tool == NAVIGATE else kind(painting, self)
            self.tool_changed.emit(self._tool or Navigate())
        elif self._tool is not None:
            self._tool.set_painting(painting)


@dataclass(frozen=True)
class Hover:
    """Where the pointer is."""

    view: SliceView
    at: QPointF


class PaintTool(Navigate):
    """Left drag: a stroke. The outline of the brush follows the pointer."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, painting: Painting, strokes: Strokes) -> None:
        super().__init__()
        self._painting, self._strokes = painting, strokes
        self._hover: Hover | None = None
        self._stroking = False

    def set_painting(self, painting: Painting) -> None:
        """Go on with another brush."""
        self._painting = painting
        if self._hover is not None:
            self._hover.view.update()

    def gesture(self, button: Qt.MouseButton, keys: Qt.KeyboardModifier) -> Gesture | None:
        if button == Qt.MouseButton.LeftButton and not keys & Qt.KeyboardModifier.ShiftModifier:
            return self._paint
        return super().gesture(button, keys)

    def move(self, view: SliceView, event: QMouseEvent) -> None:
        self._follow(view, event.position())
        super().move(view, event)

    def release(self, view: SliceView, event: QMouseEvent) -> None:
        super().release(view, event)
        if self._stroking and event.button() == Qt.MouseButton.LeftButton:
            self._stroking = False
            self._end(view)

    def double_click(self, view: SliceView, event: QMouseEvent) -> bool:
        # Two quick dabs are two dabs.
        self.press(view, event)
        return True

    def paint(self, view: SliceView, painter: QPainter) -> None:
        if self._hover is None or self._hover.view is not view or not view.underMouse() or view.framing is None:
            return
        if self._painting.tool not in (BRUSH, ERASE):
            return
        radius = self._painting.radius_mm / view.framing.mm_per_pixel
        box = QRectF(-radius, -radius, 2 * radius, 2 * radius).translated(self._hover.at)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((SHADOW, 3.0), (OUTLINE, 1.2)):
            painter.setPen(QPen(colour, width))
            (painter.drawEllipse if self._painting.round else painter.drawRect)(box)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def _follow(self, view: SliceView, at: QPointF) -> None:
        before, self._hover = self._hover, Hover(view, at)
        if before is not None and before.view is not view:
            before.view.update()
        view.update()

    def _paint(self, view: SliceView, _moved: QPointF, at: QPointF) -> None:
        world = view.to_world(at)
        if self._stroking:
            self._strokes.went_on.emit(world)
        else:
            self._stroking = True
            self._strokes.began.emit(view.plane, world)

    def _end(self, view: SliceView) -> None:
        self._strokes.ended.emit()


class LassoTool(PaintTool):
    """Left drag: a line around what is to be painted. Clicks: the corners of a polygon, which a double click, or a
    click on the first corner, closes."""

    def __init__(self, painting: Painting, strokes: Strokes) -> None:
        super().__init__(painting, strokes)
        self._line: list[np.ndarray] = []
        self._slice = 0
        self._polygon = False

    def double_click(self, view: SliceView, event: QMouseEvent) -> bool:
        if self._on_same_slice(view) and self._polygon:
            self._close(view)
            return True
        return super().double_click(view, event)

    def paint(self, view: SliceView, painter: QPainter) -> None:
        if not self._on_same_slice(view):
            return
        line = QPolygonF([view.to_screen(point) for point in self._line])
        if self._polygon and self._hover is not None:
            line.append(self._hover.at)
        for colour, width in ((SHADOW, 3.0), (OUTLINE, 1.2)):
            painter.setPen(QPen(colour, width))
            painter.drawPolyline(line)
        painter.setPen(QPen(OUTLINE, 1.0, Qt.PenStyle.DotLine))
        painter.drawLine(line.last(), line.first())
        if self._polygon:
            painter.setPen(QPen(OUTLINE, 1.2))
            painter.drawEllipse(line.first(), CORNER_PIXELS / 2, CORNER_PIXELS / 2)

    def _on_same_slice(self, view: SliceView) -> bool:
        return bool(self._line) and view is self._view and view.slice_index == self._slice

    def _paint(self, view: SliceView, _moved: QPointF, at: QPointF) -> None:
        world = view.to_world(at)
        if not self._stroking:
            self._stroking = True
            if not (self._polygon and self._on_same_slice(view)):
                self._line, self._slice, self._polygon = [], view.slice_index, False
            self._line.append(world)
        elif self._polygon:
            self._line[-1] = world
        elif (at - view.to_screen(self._line[-1])).manhattanLength() >= LASSO_PIXELS:
            self._line.append(world)

    def _end(self, view: SliceView) -> None:
        ends = [view.to_screen(self._line[number]) for number in (0, -1)]
        met = len(self._line) > 3 and (ends[0] - ends[1]).manhattanLength() < CORNER_PIXELS
        if met if self._polygon else len(self._line) > 2:
            self._close(view)
        else:
            self._polygon = True
        view.update()

    def _close(self, view: SliceView) -> None:
        line, self._line, self._polygon = self._line, [], False
        view.update()
        if len(line) > 2:
            self._strokes.drawn.emit(view.plane, np.array(line))
