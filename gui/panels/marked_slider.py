"""A slider that shows what its values mean: the trained range, the default, what came out, and a scale below it."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from gui import theme

#: Width of the handle, as the style sheet has it.
HANDLE = 14
#: Half the height of the band behind the trained range, and of the notch at the default.
BAND, NOTCH = 6, 9
#: At most so many steps between two ends of a scale.
MOST_STEPS = 4
#: Empty pixels between two numbers of a scale.
GAP = 8
TICK = 4


class MarkedSlider(QSlider):
    """A horizontal slider in whole steps. A band lies behind the trained range, a notch at the default, and a triangle
    above what came out."""

    def __init__(self, trained: tuple[int, int], mark: int | None) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(*trained)
        self._trained, self._mark = trained, mark
        self._achieved: float | None = None
        self.setMinimumHeight(24)

    @property
    def achieved(self) -> float | None:
        """The step, or between which steps, the triangle stands; None for no triangle."""
        return self._achieved

    def set_mark(self, step: int | None) -> None:
        """Put the notch at a step, or nowhere."""
        self._mark = step
        self.update()

    def set_achieved(self, step: float | None) -> None:
        """Put the triangle at a step, or nowhere."""
        self._achieved = step
        self.update()

    def along(self, step: float) -> float:
        """Where a step lies, in pixels from the left."""
        room, span = self.width() - HANDLE, max(1, self.maximum() - self.minimum())
        return room * (step - self.minimum()) / span + HANDLE / 2

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, middle = QPainter(self), self.height() / 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        low, high = (self.along(step) for step in self._trained)
        band = self.palette().color(QPalette.ColorRole.Accent)
        band.setAlphaF(0.22 if self.isEnabled() else 0.08)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(band)
        painter.drawRoundedRect(QRectF(low, middle - BAND, high - low, 2 * BAND), 3, 3)
        if self._mark is not None:
            painter.setPen(QPen(QColor(theme.DIM), 2))
            mark = self.along(self._mark)
            painter.drawLine(QPointF(mark, middle - NOTCH), QPointF(mark, middle + NOTCH))
        painter.end()
        super().paintEvent(event)
        if self._achieved is not None and self.minimum() <= self._achieved <= self.maximum():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            at = self.along(self._achieved)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.ACHIEVED))
            painter.drawPolygon(QPolygonF([QPointF(at - 5, 0), QPointF(at + 5, 0), QPointF(at, 7)]))
            painter.end()


class Scale(QWidget):
    """Ticks and numbers below a slider: its two ends, and round values between them where there is room."""

    def __init__(self, slider: MarkedSlider) -> None:
        super().__init__()
        self._slider = slider
        self._low, self._high, self._of_step, self._first = 0.0, 1.0, 1.0, 0.0
        self.setObjectName("scale")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_range(self, low: float, high: float, *, step: float, first: float) -> None:
        """From ``low`` to ``high`` in the control's unit; the slider's step 0 is ``first``, each step ``step`` more."""
        self._low, self._high, self._of_step, self._first = low, high, step, first
        self.update()

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest number."""
        return self._low, self._high

    def numbers(self) -> list[tuple[float, str]]:
        """The numbers that are written, with where their middles lie in pixels from the left."""
        metrics = QFontMetrics(self.font())
        taken: list[tuple[float, float]] = []
        written: list[tuple[float, str]] = []
        between = [value for value in round_values(self._low, self._high) if self._low < value < self._high]
        for value in (self._low, self._high, *between):
            words = f"{value:g}"
            half = metrics.horizontalAdvance(words) / 2
            at = min(max(self._at(value), half), self.width() - half)
            if all(abs(at - other) >= half + room + GAP for other, room in taken):
                taken.append((at, half))
                written.append((at, words))
        return sorted(written)

    def sizeHint(self) -> QSize:
        return QSize(80, TICK + QFontMetrics(self.font()).height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(QColor(theme.DIM), 1))
        for value in (self._low, self._high, *round_values(self._low, self._high)):
            at = round(self._at(value))
            painter.drawLine(at, 0, at, TICK - 1)
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        for middle, words in self.numbers():
            painter.drawText(QRectF(middle - 40, TICK, 80, self.height() - TICK), Qt.AlignmentFlag.AlignHCenter, words)
        painter.end()

    def _at(self, value: float) -> float:
        return self._slider.along((value - self._first) / self._of_step)


def round_values(low: float, high: float) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten from ``low`` to ``high``, at most `MOST_STEPS` + 1 of them.

    >>> round_values(8, 180)
    [50.0, 100.0, 150.0]
    """
    least = (high - low) / MOST_STEPS
    power = 10.0 ** math.floor(math.log10(least))
    step: float = next(power * digit for digit in (1.0, 2.0, 5.0, 10.0) if power * digit >= least * (1 - 1e-9))
    return [step * n for n in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
