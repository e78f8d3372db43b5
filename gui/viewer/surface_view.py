"""The 3D view: drag turns, the wheel comes closer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QWheelEvent

from engine.volume import LabelMap
from gui.display import Display
from gui.session import Shown
from gui.viewer import marks
from gui.viewer.picture_view import PREPARING, PictureView
from gui.viewer.planes import letters
from gui.viewer.surface_scene import SurfaceScene

DEGREES_PER_PIXEL = 0.5
ZOOM_STEP = 1.1


class SurfaceView(PictureView):
    """Shows the ventricles of the case's label map.

    Surfaces are made in turns of the event loop of their own, the ventricles in one and the brain around them in the
    next, so that the slices come first and the window answers in between; the old picture stays until then.
    """

    def __init__(self) -> None:
        super().__init__()
        self._scene = SurfaceScene()
        self._found: bool | None = None
        self._framed = False
        self._last = QPointF()
        self._due: list[Callable[[LabelMap], None]] = []
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._on_turn)

    @property
    def making(self) -> bool:
        """Whether a surface is still to be made."""
        return bool(self._due)

    def set_shown(self, shown: Shown | None) -> None:
        """Show a case."""
        labels = shown.case.labels if shown is not None else None
        before = self.shown.case.grid if self.shown is not None else None
        if labels is None or labels.grid != before or self._found is None:
            self._framed, self._found = False, None
        self.shown = shown
        self._plan([] if labels is None else [self._make_ventricles, self._make_brain])
        self.update()

    def set_display(self, display: Display) -> None:
        """Hidden labels are hidden here too."""
        changed = display.hidden != self.display.hidden
        self.display = display
        if changed and self._make_ventricles not in self._due:
            self._plan([self._make_ventricles, *self._due])

    def reset_view(self) -> None:
        """The start position again."""
        self._framed = False
        self.refresh()

    def close_scene(self) -> None:
        super().close_scene()
        self._plan([])
        self._scene.close()

    def _plan(self, due: list[Callable[[LabelMap], None]]) -> None:
        self._due = due
        self._turn.stop()
        if due:
            self._turn.start()

    def _on_turn(self) -> None:
        labels = self.shown.case.labels if self.shown is not None else None
        if labels is None:
            return
        self._due.pop(0)(labels)
        self.refresh()
        if self._due:
            self._turn.start()

    def _make_ventricles(self, labels: LabelMap) -> None:
        self._found = self._scene.set_labels(labels, self.display.hidden)

    def _make_brain(self, labels: LabelMap) -> None:
        self._scene.set_brain(labels)

    def _why_empty(self) -> str:
        sentence = super()._why_empty()
        if sentence or self.shown is None:
            return sentence
        if self.shown.case.labels is None:
            return "The ventricles appear here in 3D\nonce the scan is segmented."
        if self._found is None:
            return PREPARING
        return "" if self._found else "No ventricle is shown:\nnone is labelled, or all are hidden."

    def _draw(self, width: int, height: int) -> QImage:
        if not self._framed:
            self._scene.look_at_start()
            # The brain that comes a moment later belongs in the frame too.
            self._framed = not self._due
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
