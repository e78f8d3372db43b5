"""What the mouse does in a slice view. A tool turns presses and drags into the view's wishes.

`Navigate` is in hand unless another tool is; a tool that uses the left button only derives from it, and keeps panning,
zooming and contrast that way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter

from gui.viewer import marks

if TYPE_CHECKING:
    from gui.viewer.slice_view import SliceView

#: A press that moves less than this is a click.
CLICK_PIXELS = 4.0
#: Ctrl+right drag: each pixel upwards magnifies by this.
ZOOM_PER_PIXEL = 1.01
SMALLEST_RECTANGLE = 3.0

_Button, _Key = Qt.MouseButton, Qt.KeyboardModifier
#: Takes the view, the way since the last event (none at the press), and where the pointer is.
Gesture = Callable[["SliceView", QPointF, QPointF], None]


class Tool:
    """Does nothing. One tool serves all slice views, since only one of them is dragged in at a time."""

    cursor = Qt.CursorShape.ArrowCursor

    def press(self, view: SliceView, event: QMouseEvent) -> None:
        """A button went down."""

    def move(self, view: SliceView, event: QMouseEvent) -> None:
        """The pointer moved, with or without a button."""

    def release(self, view: SliceView, event: QMouseEvent) -> None:
        """A button went up."""

    def double_click(self, view: SliceView, event: QMouseEvent) -> bool:
        """A button went down twice; whether the tool makes something of it, and the view nothing."""
        return False

    def paint(self, view: SliceView, painter: QPainter) -> None:
        """Draw over the picture, in widget pixels."""


class Navigate(Tool):
    """Left drag: crosshair; with Shift: pan; with Ctrl: contrast of a rectangle. Middle drag: pan. Right drag:
    contrast; with Ctrl: zoom. A left click picks what lies under it."""

    def __init__(self) -> None:
        self._gesture: Gesture | None = None
        self._start = self._last = QPointF()
        self._view: SliceView | None = None

    def gesture(self, button: Qt.MouseButton, keys: Qt.KeyboardModifier) -> Gesture | None:
        """What a drag with this button and these keys does."""
        if button == _Button.MiddleButton or (button == _Button.LeftButton and keys & _Key.ShiftModifier):
            return _pan
        if button == _Button.LeftButton:
            return self._stretch if keys & _Key.ControlModifier else _point
        if button == _Button.RightButton:
            return self._zoom if keys & _Key.ControlModifier else _contrast
        return None

    def press(self, view: SliceView, event: QMouseEvent) -> None:
        self._view = view
        self._start = self._last = event.position()
        self._gesture = self.gesture(event.button(), event.modifiers())
        if self._gesture is not None:
            self._gesture(view, QPointF(), event.position())

    def move(self, view: SliceView, event: QMouseEvent) -> None:
        if event.buttons() == _Button.NoButton:
            self._gesture = None
        if self._gesture is None or view is not self._view:
            return
        moved, self._last = event.position() - self._last, event.position()
        self._gesture(view, moved, event.position())

    def release(self, view: SliceView, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        way = event.position() - self._start
        if gesture is _point and abs(way.x()) + abs(way.y()) < CLICK_PIXELS:
            view.clicked.emit(view.to_world(event.position()))
        if gesture == self._stretch:
            rectangle = self._rectangle()
            if min(rectangle.width(), rectangle.height()) >= SMALLEST_RECTANGLE:
                view.contrast_of(rectangle)
            view.update()

    def paint(self, view: SliceView, painter: QPainter) -> None:
        if self._gesture == self._stretch and view is self._view:
            marks.rectangle(painter, self._rectangle())

    def _rectangle(self) -> QRectF:
        return QRectF(self._start, self._last).normalized()

    def _stretch(self, view: SliceView, _moved: QPointF, at: QPointF) -> None:
        self._last = at
        view.update()

    def _zoom(self, view: SliceView, moved: QPointF, _at: QPointF) -> None:
        view.zoom_about(self._start, ZOOM_PER_PIXEL ** -moved.y())


class ContrastRectangle(Navigate):
    """The next left drag takes the contrast of a rectangle; then the tool is put down."""

    cursor = Qt.CursorShape.CrossCursor

    def gesture(self, button: Qt.MouseButton, keys: Qt.KeyboardModifier) -> Gesture | None:
        if button == _Button.LeftButton and not keys & _Key.ShiftModifier:
            return self._stretch
        return super().gesture(button, keys)

    def release(self, view: SliceView, event: QMouseEvent) -> None:
        done = self._gesture == self._stretch
        super().release(view, event)
        if done:
            view.tool_done.emit()


def _point(view: SliceView, _moved: QPointF, at: QPointF) -> None:
    view.crosshair_picked.emit(view.to_world(at))


def _pan(view: SliceView, moved: QPointF, _at: QPointF) -> None:
    view.pan_by(moved)


def _contrast(view: SliceView, moved: QPointF, _at: QPointF) -> None:
    if not moved.isNull():
        view.contrast_by(moved)
