"""The 3D view: drag turns, the wheel comes closer."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QWheelEvent

from gui.display import Display
from gui.session import Shown
from gui.viewer import marks
from gui.viewer.picture_view import PictureView
from gui.viewer.planes import letters
from gui.viewer.surface_scene import SurfaceScene

DEGREES_PER_PIXEL = 0.5
ZOOM_STEP = 1.1


class SurfaceView(PictureView):
    """Shows the ventricles of the case's label map."""

    def __init__(self) -> None:
        super().__init__()
        self._scene = SurfaceScene()
        self._stale = True
        self._bare = True
        self._found = False
        self._framed = False
        self._last = QPointF()

    def set_shown(self, shown: Shown | None) -> None:
        """Show a case; the surface is made at the next paint, so that slices come first."""
        if shown is None or self.shown is None or shown.case.grid != self.shown.case.grid:
            self._framed = False
        self.shown = shown
        self._stale = self._bare = True
        self.refresh()

    def set_display(self, display: Display) -> None:
        """Hidden labels are hidden here too."""
        changed = display.hidden != self.display.hidden
        self.display = display
        if changed:
            self._stale = True
            self.refresh()

    def reset_view(self) -> None:
        """The start position again."""
        self._framed = False
        self.refresh()

    def close_scene(self) -> None:
        super().close_scene()
        self._scene.close()

    def _why_empty(self) -> str:
        sentence = super()._why_empty()
        if sentence or self.shown is None:
            return sentence
        labels = self.shown.case.labels
        if labels is None:
            return "The ventricles appear here in 3D\nonce the scan is segmented."
        if self._stale:
            self._found = self._scene.set_labels(labels, self.display.hidden)
            self._stale = False
            if self._bare:
                # In a turn of its own, so that the window answers in between.
                QTimer.singleShot(0, self, self._add_brain)
        return "" if self._found else "No ventricle is shown:\nnone is labelled, or all are hidden."

    def _add_brain(self) -> None:
        labels = self.shown.case.labels if self.shown is not None else None
        if labels is not None and self._bare and self._drawing:
            self._bare = False
            self._scene.set_brain(labels)
            self.refresh()

    def _draw(self, width: int, height: int) -> QImage:
        if not self._framed:
            self._scene.look_at_start()
            # The brain that comes a moment later belongs in the frame too.
            self._framed = not self._bare
        return self._scene.picture(width, height)

    def _mark(self, painter: QPainter, area: QRectF) -> None:
        assert self.shown is not None
        right, up = self._scene.axes()
        marks.orientation(painter, area, (letters(-right), letters(right), letters(up), letters(-up)))
        marks.captions(painter, area, title="Ventricles", detail="drag to turn")
        if self.shown.synthetic:
            marks.synthetic(painter, area, draft=self.shown.draft)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._last = event.position()
        self.activated.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.shown is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        moved, self._last = event.position() - self._last, event.position()
        self._scene.turn(DEGREES_PER_PIXEL * moved.x(), DEGREES_PER_PIXEL * moved.y())
        self.refresh()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.shown is not None and event.angleDelta().y():
            self._scene.zoom(ZOOM_STEP ** (event.angleDelta().y() / 120))
            self.refresh()
        event.accept()
