"""What is painted over a picture: letters, captions, the crosshair, and SYNTHETIC."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

TEXT = QColor("#c9d3dc")
DIM = QColor("#8594a3")
LETTER = QColor("#ffd479")
CROSSHAIR = QColor(94, 214, 200, 190)
SYNTHETIC = QColor("#ffb02e")
SHADOW = QColor(0, 0, 0, 200)
MARGIN = 10.0
#: Half the gap of the crosshair around its centre, in pixels, so that the voxel under it can be seen.
GAP = 7.0


def font(points: float, *, bold: bool = False) -> QFont:
    """The application's font in another size."""
    chosen = QFont()
    chosen.setPointSizeF(points)
    chosen.setBold(bold)
    return chosen


def text(painter: QPainter, rect: QRectF, where: Qt.AlignmentFlag, words: str, colour: QColor = TEXT) -> None:
    """Words that can be read on any grey."""
    painter.setPen(SHADOW)
    painter.drawText(rect.translated(1, 1), where, words)
    painter.setPen(colour)
    painter.drawText(rect, where, words)


def orientation(painter: QPainter, area: QRectF, letters: tuple[str, str, str, str]) -> None:
    """Letters at the left, right, top and bottom."""
    painter.setFont(font(11, bold=True))
    inner = area.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
    centre = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignHCenter
    sides = (
        Qt.AlignmentFlag.AlignLeft | centre[0],
        Qt.AlignmentFlag.AlignRight | centre[0],
        Qt.AlignmentFlag.AlignTop | centre[1],
        Qt.AlignmentFlag.AlignBottom | centre[1],
    )
    for side, letter in zip(sides, letters, strict=True):
        text(painter, inner, side, letter, LETTER)


def captions(painter: QPainter, area: QRectF, *, title: str, detail: str = "", below: str = "") -> None:
    """The view's name and slice at the upper left, one more line at the lower left."""
    inner = area.adjusted(MARGIN, MARGIN - 2, -MARGIN, -MARGIN + 2)
    painter.setFont(font(10, bold=True))
    text(painter, inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, title)
    painter.setFont(font(9))
    line = inner.adjusted(0, 19, 0, 0)
    text(painter, line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, detail, DIM)
    text(painter, inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, below, DIM)


def synthetic(painter: QPainter, area: QRectF, *, draft: bool) -> None:
    """The mark that nobody can mistake a made brain for somebody's, at the upper right."""
    words = "SYNTHETIC"
    painter.setFont(font(10.5, bold=True))
    size = painter.fontMetrics().size(0, words)
    box = QRectF(0, 0, size.width() + 16, size.height() + 6)
    box.moveTopRight(area.topRight() + QPointF(-MARGIN, MARGIN))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(SYNTHETIC, 1.4))
    painter.setBrush(QColor(20, 14, 2, 200))
    painter.drawRoundedRect(box, 4, 4)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    if draft:
        painter.setFont(font(9, bold=True))
        below = box.translated(-2, box.height() + 1)
        text(painter, below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, "draft", SYNTHETIC)


def crosshair(painter: QPainter, area: QRectF, at: QPointF) -> None:
    """Two lines through ``at``, open around it."""
    painter.setPen(QPen(CROSSHAIR, 1))
    painter.drawLine(QPointF(area.left(), at.y()), QPointF(at.x() - GAP, at.y()))
    painter.drawLine(QPointF(at.x() + GAP, at.y()), QPointF(area.right(), at.y()))
    painter.drawLine(QPointF(at.x(), area.top()), QPointF(at.x(), at.y() - GAP))
    painter.drawLine(QPointF(at.x(), at.y() + GAP), QPointF(at.x(), area.bottom()))


def notice(painter: QPainter, area: QRectF, words: str) -> None:
    """A sentence in the middle of an empty view."""
    painter.setFont(font(10))
    painter.setPen(DIM)
    inner = area.adjusted(30, 30, -30, -30)
    painter.drawText(inner, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
