"""What slice views and the surface view have in common: a widget that paints a picture and marks on top of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from gui.display import Display
from gui.session import Shown
from gui.viewer import marks
from gui.viewer.canvas import BACKGROUND

PREPARING = "Preparing to draw …"
UNAVAILABLE = (
    "This computer cannot draw with OpenGL, so neither slices nor 3D can be shown. "
    "Install its OpenGL libraries (libgl1 and libegl1 on Debian and Ubuntu) and start again."
)
BORDER = QColor("#2a323b")
ACTIVE_BORDER = QColor("#3d8f87")


class PictureView(QWidget):
    """Asks `_draw` for a picture when it has none of the right size, and paints `_mark` over it."""

    enlarge_clicked = Signal()
    fit_clicked = Signal()
    picture_clicked = Signal()
    activated = Signal()
    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.shown: Shown | None = None
        self.display = Display()
        self.picture: QImage | None = None
        #: Asks for `draw_now` in a turn of the event loop of its own; a view that stands alone has no need of one.
        self.ask_turn: Callable[[PictureView], None] | None = None
        self._before: QImage | None = None
        self._late = False
        self._drawing: bool | None = None
        self._active = False
        self.setMinimumSize(120, 120)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    @property
    def drawing(self) -> bool | None:
        """Whether VTK can draw here; None while that is not known."""
        return self._drawing

    def set_drawing(self, available: bool) -> None:
        """Whether VTK can draw here; until this is known nothing is drawn."""
        self._drawing = available
        if available:
            self.refresh_later()
        else:
            self.refresh()

    def set_active(self, active: bool) -> None:
        """Frame this view as the one that the keyboard acts on."""
        if active != self._active:
            self._active = active
            self.update()

    def refresh(self) -> None:
        """Draw anew at the next paint."""
        self.picture = None
        self.update()

    def refresh_later(self) -> None:
        """Draw anew soon; until then the picture of before stays, so that no view has to wait for another."""
        self._before = self.picture or self._before
        self._late = self.ask_turn is not None
        self.refresh()
        if self.ask_turn is not None:
            self.ask_turn(self)

    def draw_now(self) -> None:
        """Draw anew if that is due."""
        if self._late:
            if self._drawing:
                self._warm_up()
            self.repaint()

    def repaint(self, *area: Any) -> None:
        """Paint at once what is to be shown, nothing of before."""
        self._late, self._before = False, None
        super().repaint(*area)

    def grab(self, *area: QRect) -> QPixmap:
        """What the view shows, nothing of before."""
        self._late, self._before = False, None
        return super().grab(*area)

    def close_scene(self) -> None:
        """Give the graphics memory back; nothing is drawn after this."""
        self._drawing = None

    # For subclasses

    def _warm_up(self) -> None:
        """Make ready what the first picture needs."""
        raise NotImplementedError

    def reset_view(self) -> None:
        """Show everything again."""
        raise NotImplementedError

    def zoom_by(self, factor: float) -> None:
        """Magnify by ``factor``."""
        raise NotImplementedError

    def _draw(self, width: int, height: int) -> QImage:
        raise NotImplementedError

    def _mark(self, painter: QPainter, area: QRectF) -> None:
        raise NotImplementedError

    # Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(self.rect())
        painter.fillRect(self.rect(), QColor.fromRgbF(*BACKGROUND))
        sentence = self._why_empty()
        if sentence:
            marks.notice(painter, area, sentence)
        elif self.shown is not None:
            picture = self._before if self._late else self._current_picture()
            if picture is not None:
                painter.drawImage(0, 0, picture)
            self._mark(painter, area)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ACTIVE_BORDER if self._active else BORDER, 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.refresh()
        self.resized.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.activated.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.enlarge_clicked.emit()

    def _why_empty(self) -> str:
        if self._drawing is None:
            return PREPARING
        if not self._drawing:
            return UNAVAILABLE
        return ""

    def _current_picture(self) -> QImage:
        if self.picture is None:
            ratio = self.devicePixelRatioF()
            self.picture = self._draw(max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))
            self.picture.setDevicePixelRatio(ratio)
        return self.picture
