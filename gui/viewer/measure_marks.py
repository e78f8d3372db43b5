"""Measurements over the slices: drawn where a slice cuts them, and taken hold of at their ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen

from gui.viewer import marks
from gui.viewer.measure_figures import BOX, OVAL, Figure, Label, moved_points
from gui.viewer.slice_view import SliceView

AUTOMATIC, BY_HAND = QColor("#ffd23f"), QColor("#7fe0ff")
OUTLINE, BEHIND = QColor(0, 0, 0, 210), QColor(8, 11, 14, 205)
#: Half the size of a handle, and how near the pointer has to come to take hold of one, in pixels.
HANDLE, NEAR = 4.0, 9.0
#: How far words stand from the point that they belong to.
AWAY = 10.0
PROJECTED = "projected"


class MeasureMarks(QObject):
    """Draws `Figure`s over every slice view that it is the overlay of. While the tool in hand is not for painting, the
    ends of what is drawn can be moved."""

    moved = Signal(object, int, object)  # item, number of the point, (3,) world RAS mm: once, when it is let go
    picked = Signal(object)  # item that was taken hold of

    def __init__(self) -> None:
        super().__init__()
        self.figures: tuple[Figure, ...] = ()
        self.selected: object = None
        self._grabs = True
        self._held: tuple[Figure, int] | None = None

    def set_figures(self, figures: tuple[Figure, ...], selected: object) -> None:
        """Draw these; the ``selected`` one (its item) with its ends."""
        self.figures, self.selected = figures, selected
        self._held = None

    def set_grabbing(self, allowed: bool) -> None:
        """Whether ends can be taken hold of."""
        self._grabs = allowed

    # The overlay

    def press(self, view: SliceView, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton or event.modifiers() != Qt.KeyboardModifier.NoModifier:
            return False
        self._held = self.end_at(view, event.position())
        if self._held is not None:
            self.picked.emit(self._held[0].item)
        return self._held is not None

    def move(self, view: SliceView, event: QMouseEvent) -> bool:
        if self._held is None:
            over = not event.buttons() and self.end_at(view, event.position()) is not None
            view.setCursor(Qt.CursorShape.SizeAllCursor if over else view.tool.cursor)
            return False
        figure, number = self._held
        self._held = replace(figure, points=moved_points(figure.points, number, self._to(view, event))), number
        view.update()
        return True

    def release(self, view: SliceView, event: QMouseEvent) -> bool:
        if self._held is None:
            return False
        self.move(view, event)
        (figure, number), self._held = self._held, None
        original = next((one for one in self.figures if one.item == figure.item), None)
        if original is not None and original.points != figure.points:
            self.moved.emit(figure.item, number, np.array(figure.points[number]))
        view.update()
        return True

    def paint(self, view: SliceView, painter: QPainter) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        taken: list[QRectF] = []
        for figure in self._seen(view):
            self._draw(view, painter, figure, taken)
        painter.restore()

    # Parts

    def end_at(self, view: SliceView, at: QPointF) -> tuple[Figure, int] | None:
        """The figure and the number of its point under the pointer; the selected figure comes first."""
        if not self._grabs or view.plane is None:
            return None
        near = []
        for figure in self._seen(view):
            if figure.faces(view.plane):
                for number, point in enumerate(figure.points):
                    away = at - view.to_screen(np.array(point))
                    distance = float(np.hypot(away.x(), away.y()))
                    if distance <= NEAR:
                        near.append((figure.item != self.selected, distance, figure, number))
        if not near:
            return None
        _, _, figure, number = min(near, key=lambda one: one[:2])
        return figure, number

    def _seen(self, view: SliceView) -> list[Figure]:
        plane = view.plane
        if plane is None:
            return []
        held = None if self._held is None else self._held[0]
        figures = [held if held is not None and held.item == one.item else one for one in self.figures]
        return [one for one in figures if one is held or one.is_seen(plane, view.crosshair)]

    def _to(self, view: SliceView, event: QMouseEvent) -> np.ndarray:
        assert self._held is not None
        assert view.plane is not None
        figure, number = self._held
        return figure.onto_plane(number, view.to_world(event.position()), view.plane)

    def _draw(self, view: SliceView, painter: QPainter, figure: Figure, taken: list[QRectF]) -> None:
        assert view.plane is not None
        at = [view.to_screen(np.array(point)) for point in figure.points]
        chosen = figure.item == self.selected
        colour = BY_HAND if figure.by_hand else AUTOMATIC
        held = self._held is not None and self._held[0].item == figure.item
        projected = not held and figure.is_projected(view.plane, view.crosshair)
        style = Qt.PenStyle.DashLine if projected else Qt.PenStyle.SolidLine
        outline(painter, figure, at, (colour, 2.2 if chosen else 1.5, style))
        if chosen or figure.by_hand:
            for point in at:
                handle(painter, point, colour, filled=chosen)
        if figure.faces(view.plane):
            for label in [] if held else figure.labels:
                words = f"{label.words} ({PROJECTED})" if projected else label.words
                taken.append(write(view, painter, Label(words, label.between), at, (colour, taken)))


def outline(painter: QPainter, figure: Figure, at: list[QPointF], ink: tuple[QColor, float, Qt.PenStyle]) -> None:
    """A figure's lines with a dark rim, its points at widget pixels ``at``; ``ink``: colour, width, style."""
    colour, width, style = ink
    painter.setBrush(Qt.BrushStyle.NoBrush)
    rim = QPen(OUTLINE, width + 2.4)
    for pen in (rim, QPen(colour, width, style)):
        painter.setPen(pen)
        for one, other in figure.joins:
            painter.drawLine(at[one], at[other])
        if figure.shape == BOX:
            painter.drawRect(QRectF(at[0], at[1]).normalized())
        elif figure.shape == OVAL:
            painter.drawEllipse(QRectF(at[0], at[1]).normalized())


def handle(painter: QPainter, at: QPointF, colour: QColor, *, filled: bool) -> None:
    """A ring that can be taken hold of."""
    painter.setPen(QPen(OUTLINE, 3.2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(at, HANDLE, HANDLE)
    painter.setPen(QPen(colour, 1.6))
    painter.setBrush(BEHIND if filled else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(at, HANDLE, HANDLE)


def write(
    view: SliceView, painter: QPainter, label: Label, at: list[QPointF], ink: tuple[QColor, Sequence[QRectF]]
) -> QRectF:
    """Words on a dark plate, beside the middle of their points and within the view; where the plate came to lie.
    ``ink``: their colour, and where other plates lie."""
    middle = sum((at[n] for n in label.between), QPointF()) / len(label.between)
    return plate(painter, QRectF(view.rect()), middle + QPointF(AWAY, AWAY), label.words, ink)


def plate(painter: QPainter, area: QRectF, corner: QPointF, words: str, ink: tuple[QColor, Sequence[QRectF]]) -> QRectF:
    """Words on a dark plate with its upper left ``corner`` there, or as near as ``area`` and other plates allow."""
    colour, taken = ink
    if not words:
        return QRectF()
    painter.setFont(marks.font(9.5, bold=True))
    flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    bounds = painter.fontMetrics().boundingRect(area.toRect(), flags, words)
    box = QRectF(corner.x(), corner.y(), bounds.width() + 10, bounds.height() + 4)
    box.moveLeft(min(max(box.left(), area.left() + 2), max(area.left() + 2, area.right() - box.width() - 2)))
    box.moveTop(min(max(box.top(), area.top() + 2), max(area.top() + 2, area.bottom() - box.height() - 2)))
    for other in sorted(taken, key=QRectF.top):
        if box.intersects(other) and other.bottom() + box.height() < area.bottom():
            box.moveTop(other.bottom() + 1)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(BEHIND)
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(colour)
    painter.drawText(box.adjusted(5, 2, -5, -2), flags, words)
    return box
