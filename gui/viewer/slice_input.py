"""What mouse, wheel and keys do in a slice view: marks that lie under the pointer come first, then the tool in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QWheelEvent

if TYPE_CHECKING:
    from gui.viewer.slice_view import SliceView

ZOOM_STEP = 1.15
_KEYPAD = Qt.KeyboardModifier.KeypadModifier
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
#: Arrow key -> steps to the right and up on the screen.
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class Overlay(Protocol):
    """Marks over the picture that can be taken hold of. One serves all slice views."""

    def press(self, view: SliceView, event: QMouseEvent) -> bool:
        """A button went down; whether a mark was taken hold of, so that the tool does nothing."""

    def move(self, view: SliceView, event: QMouseEvent) -> bool:
        """The pointer moved; whether a mark is held."""

    def release(self, view: SliceView, event: QMouseEvent) -> bool:
        """A button went up; whether a mark was held."""

    def paint(self, view: SliceView, painter: QPainter) -> None:
        """Draw over the picture, in widget pixels."""


class SliceInput:
    """The mouse does what the `Tool` in hand says; the wheel turns slices, with Ctrl it zooms; the arrow keys move the
    crosshair by a voxel, Enter picks what lies under it, and Esc puts the tool down."""

    def __init__(self, view: SliceView) -> None:
        self._view = view
        self._turned = 0.0

    def press(self, event: QMouseEvent) -> None:
        """A button went down."""
        view = self._view
        view.activated.emit()
        if view.shown is None or (view.overlay is not None and view.overlay.press(view, event)):
            return
        view.tool.press(view, event)

    def move(self, event: QMouseEvent) -> None:
        """The pointer moved, with or without a button."""
        view = self._view
        if view.shown is None:
            return
        if view.overlay is None or not view.overlay.move(view, event):
            view.tool.move(view, event)
        view.hovered.emit(view.to_world(event.position()))

    def release(self, event: QMouseEvent) -> None:
        """A button went up."""
        view = self._view
        if view.shown is None or (view.overlay is not None and view.overlay.release(view, event)):
            return
        view.tool.release(view, event)

    def wheel(self, event: QWheelEvent) -> None:
        """Turn slices, or zoom."""
        view, notches = self._view, event.angleDelta().y() / 120
        if view.shown is None or not notches:
            return
        view.activated.emit()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            view.zoom_about(event.position(), ZOOM_STEP**notches)
        else:
            # A touch pad sends many small fractions of a notch.
            self._turned += notches
            whole = int(self._turned)
            self._turned -= whole
            if whole:
                view.step(whole)
        event.accept()

    def key(self, event: QKeyEvent) -> bool:
        """Whether the key means something here."""
        view, way = self._view, ARROWS.get(Qt.Key(event.key()))
        if view.shown is None or view.plane is None or event.modifiers() & ~_KEYPAD:
            return False
        if event.key() in ENTER:
            view.clicked.emit(view.crosshair)
        elif event.key() == Qt.Key.Key_Escape:
            view.tool_done.emit()
        elif way is not None:
            view.crosshair_picked.emit(view.plane.neighbour(view.crosshair, *way))
            view.hovered.emit(view.crosshair)
        else:
            return False
        return True
