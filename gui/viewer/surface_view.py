"""The 3D view: drag turns, the wheel comes closer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QWheelEvent

from engine.io.header import sides_known
from engine.volume import LabelMap
from gui.display import Display
from gui.session import Shown
from gui.viewer import marks
from gui.viewer.picture_view import PREPARING, PictureView
from gui.viewer.planes import letters
from gui.viewer.surface_scene import SurfaceScene

DEGREES_PER_PIXEL = 0.5
ZOOM_STEP = 1.1
ZOOM_PER_PIXEL = 1.01


class SurfaceView(PictureView):
    """Shows the ventricles of the case's label map. Left drag turns, middle or Shift+left drag pans, right drag zooms.

    Surfaces are made in turns of the event loop of their own, the ventricles in one and the brain around them in the
    next, so that the slices come first and the window answers in between; the old picture stays until then.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Ventricles in 3D"))
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
        """Hidden labels are hidden here too; smoothing, opacity, brain and background."""
        before, self.display = self.display, display
        made_anew = (display.hidden, display.surface_smoothing) != (before.hidden, before.surface_smoothing)
        if made_anew and self._make_ventricles not in self._due:
            self._plan([self._make_ventricles, *self._due])
        if self._scene.set_display(display):
            self.refresh()

    def reset_view(self) -> None:
        """The start position again."""
        self._framed = False
        self.refresh()

    def zoom_by(self, factor: float) -> None:
        """Larger than 1 comes closer."""
        if self.shown is not None:
            self._scene.zoom(factor)
            self.refresh()

    def look_from(self, side: str) -> None:
        """Look from the patient's left, right, front, back, top or bottom."""
        self._scene.look_from(side)
        self._framed = True
        self.refresh()

    def turn(self, degrees_right: float, degrees_up: float) -> None:
        """Turn what is seen."""
        self._scene.turn(degrees_right, degrees_up)
        self.refresh()

    def close_scene(self) -> None:
        super().close_scene()
        self._plan([])
        self._scene.close()

    def draw_now(self) -> None:
        if self._due:
            self._on_turn()
        else:
            super().draw_now()

    def _plan(self, due: list[Callable[[LabelMap], None]]) -> None:
        self._due = due
        self._turn.stop()
        self._ask()

    def _ask(self) -> None:
        if not self._due:
            return
        if self.ask_turn is not None:
            self.ask_turn(self)
        else:
            self._turn.start()

    def _on_turn(self) -> None:
        labels = self.shown.case.labels if self.shown is not None else None
        if labels is None or not self._due:
            return
        self._due.pop(0)(labels)
        if self._due:
            self._ask()
        else:
            self.refresh_later()

    def _make_ventricles(self, labels: LabelMap) -> None:
        self._found = self._scene.set_labels(labels, self.display.hidden, self.display.surface_smoothing)

    def _make_brain(self, labels: LabelMap) -> None:
        self._scene.set_brain(labels)

    def _why_empty(self) -> str:
        sentence = super()._why_empty()
        if sentence or self.shown is None:
            return sentence
        if self.shown.case.labels is None:
            return self.tr("The ventricles appear here in 3D\nonce the scan is segmented.")
        if self._found is None:
            return PREPARING
        return "" if self._found else self.tr("No ventricle is shown:\nnone is labelled, or all are hidden.")

    def _warm_up(self) -> None:
        self._scene.warm_up()

    def _draw(self, width: int, height: int) -> QImage:
        if not self._framed:
            self._scene.look_at_start()
            # The brain that comes a moment later belongs in the frame too.
            self._framed = not self._due
        return self._scene.picture(width, height)

    def _mark(self, painter: QPainter, area: QRectF) -> None:
        assert self.shown is not None
        right, up = self._scene.axes()
        ink = marks.ON_LIGHT if self.display.light_surface else marks.ON_DARK
        sides = letters(-right), letters(right), letters(up), letters(-up)
        marks.orientation(painter, area, marks.doubted(sides, known=sides_known(self.shown.case)), ink)
        marks.captions(painter, area, title=self.tr("Ventricles"), detail=self.tr("drag to turn"), ink=ink)
        if self.shown.mark:
            marks.made(painter, area, self.shown.mark, below=self.shown.note)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._last = event.position()
        self.activated.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        buttons = event.buttons()
        if self.shown is None or buttons == Qt.MouseButton.NoButton:
            return
        moved, self._last = event.position() - self._last, event.position()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if buttons & Qt.MouseButton.RightButton:
            self.zoom_by(ZOOM_PER_PIXEL ** -moved.y())
        elif buttons & Qt.MouseButton.MiddleButton or shift:
            self._scene.pan(moved.x() / max(1, self.height()), -moved.y() / max(1, self.height()))
            self.refresh()
        else:
            self.turn(DEGREES_PER_PIXEL * moved.x(), DEGREES_PER_PIXEL * moved.y())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().y():
            self.zoom_by(ZOOM_STEP ** (event.angleDelta().y() / 120))
        event.accept()

    def enterEvent(self, event: QEvent) -> None:
        self.activated.emit()
