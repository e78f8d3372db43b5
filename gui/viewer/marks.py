"""What is painted over a picture: letters, captions, the crosshair, and SYNTHETIC."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

CROSSHAIR = QColor(94, 214, 200, 190)
SYNTHETIC = QColor("#ffb02e")
RECTANGLE = QColor("#ffffff")
MARGIN = 10.0
#: Lengths in mm that a scale bar may have; the longest that fits is taken.
BAR_LENGTHS = (1, 2, 5, 10, 20, 50, 100, 200)
BAR_SHARE = 0.24
BAR_TICK = 4.0
#: Half the gap of the crosshair around its centre, in pixels, so that the voxel under it can be seen.
GAP = 7.0


@dataclass(frozen=True)
class Ink:
    """Colours of words on a picture."""

    text: QColor
    dim: QColor
    letter: QColor
    shadow: QColor


ON_DARK = Ink(QColor("#d3dce4"), QColor("#a3b0bc"), QColor("#ffd479"), QColor(0, 0, 0, 200))
ON_LIGHT = Ink(QColor("#1d242b"), QColor("#3f4b56"), QColor("#7a4b00"), QColor(255, 255, 255, 200))


def font(points: float, *, bold: bool = False) -> QFont:
    """The application's font in another size."""
    chosen = QFont()
    chosen.setPointSizeF(points)
    chosen.setBold(bold)
    return chosen


def text(painter: QPainter, rect: QRectF, where: Qt.AlignmentFlag, words: str, pen: tuple[QColor, QColor]) -> None:
    """Words that can be read on any grey; ``pen``: their colour and their shadow's."""
    colour, shadow = pen
    painter.setPen(shadow)
    painter.drawText(rect.translated(1, 1), where, words)
    painter.setPen(colour)
    painter.drawText(rect, where, words)


def doubted(letters: tuple[str, str, str, str], *, known: bool) -> tuple[str, str, str, str]:
    """Letters with a question mark at left and right, unless these are ``known``."""
    left, right, top, bottom = (word if known or not {"L", "R"} & set(word) else f"{word}?" for word in letters)
    return left, right, top, bottom


def orientation(painter: QPainter, area: QRectF, letters: tuple[str, str, str, str], ink: Ink = ON_DARK) -> None:
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
        text(painter, inner, side, letter, (ink.letter, ink.shadow))


def captions(
    painter: QPainter, area: QRectF, *, title: str, detail: str = "", below: str = "", ink: Ink = ON_DARK
) -> None:
    """The view's name and slice at the upper left, one more line at the lower left."""
    inner = area.adjusted(MARGIN, MARGIN - 2, -MARGIN, -MARGIN + 2)
    painter.setFont(font(10, bold=True))
    first = painter.fontMetrics().height() + 2
    text(painter, inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, title, (ink.text, ink.shadow))
    painter.setFont(font(9))
    line = inner.adjusted(0, first, 0, 0)
    dim = ink.dim, ink.shadow
    text(painter, line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, detail, dim)
    text(painter, inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, below, dim)


def bar_length(mm_per_pixel: float, width: float) -> int | None:
    """The scale bar's length in mm for a view ``width`` pixels wide; None if even the shortest is too long."""
    return max((mm for mm in BAR_LENGTHS if mm / mm_per_pixel <= BAR_SHARE * width), default=None)


def scale_bar(painter: QPainter, area: QRectF, mm_per_pixel: float, ink: Ink = ON_DARK) -> None:
    """A bar of a round length with its length in mm, at the lower right."""
    length = bar_length(mm_per_pixel, area.width())
    if length is None:
        return
    right, low = area.right() - MARGIN, area.bottom() - MARGIN
    left = right - length / mm_per_pixel
    for colour, shift in ((ink.shadow, 1.0), (ink.text, 0.0)):
        painter.setPen(QPen(colour, 2))
        painter.drawLine(QPointF(left + shift, low + shift), QPointF(right + shift, low + shift))
        for x in (left, right):
            painter.drawLine(QPointF(x + shift, low - BAR_TICK + shift), QPointF(x + shift, low + shift))
    painter.setFont(font(9))
    above = QRectF(area.left(), low - 2 * BAR_TICK - painter.fontMetrics().height(), right - area.left(), 0)
    above.setHeight(painter.fontMetrics().height() + BAR_TICK)
    text(painter, above, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, f"{length} mm",
         (ink.text, ink.shadow))  # fmt: skip


def rectangle(painter: QPainter, box: QRectF) -> None:
    """A region that is being chosen."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, style in ((QColor("#000000"), Qt.PenStyle.SolidLine), (RECTANGLE, Qt.PenStyle.DashLine)):
        painter.setPen(QPen(colour, 1, style))
        painter.drawRect(box)


def made(painter: QPainter, area: QRectF, words: str, *, below: str = "") -> None:
    """The mark that nobody can mistake a made brain for somebody's as it was scanned, at the upper right; ``below``: a
    word or two under it."""
    painter.setFont(font(10.5, bold=True))
    size = painter.fontMetrics().size(0, words)
    box = QRectF(0, 0, size.width() + 16, size.height() + 6)
    box.moveTopRight(area.topRight() + QPointF(-MARGIN, MARGIN))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(SYNTHETIC, 1.4))
    painter.setBrush(QColor(20, 14, 2, 235))
    painter.drawRoundedRect(box, 4, 4)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    if below:
        painter.setFont(font(9, bold=True))
        line = QRectF(area.left(), box.bottom() + 1, box.right() - area.left() - 2, box.height())
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        text(painter, line, side, below, (SYNTHETIC, ON_DARK.shadow))


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
    painter.setPen(ON_DARK.dim)
    inner = area.adjusted(30, 30, -30, -30)
    painter.drawText(inner, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
