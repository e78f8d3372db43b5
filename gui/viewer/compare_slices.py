"""Slice views for two cases on one grid: one that tells its partner how it is framed, and one that lays both over each
other."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Signal
from PySide6.QtGui import QImage, QPainter

from engine.case import Case
from gui.display import Display
from gui.session import Shown
from gui.viewer import marks
from gui.viewer.slice_scene import SliceScene
from gui.viewer.slice_view import SliceView

SIDE, BLEND, CHECKER, DIFFERENCE = "side", "blend", "checker", "difference"
MODES = (SIDE, BLEND, CHECKER, DIFFERENCE)


class LinkedSliceView(SliceView):
    """Tells how it is panned and zoomed, so that a view beside it can follow."""

    panned = Signal(object)  # QPointF, pixels
    zoomed_about = Signal(object, float)  # the QPointF that stayed where it was, the factor

    def pan_by(self, moved: QPointF) -> None:
        super().pan_by(moved)
        self.panned.emit(moved)

    def zoom_about(self, at: QPointF, factor: float) -> None:
        super().zoom_about(at, factor)
        self.zoomed_about.emit(at, factor)

    def follow_pan(self, moved: QPointF) -> None:
        """Pan as the partner did; tells nobody."""
        super().pan_by(moved)

    def follow_zoom(self, at: QPointF, factor: float) -> None:
        """Zoom as the partner did; tells nobody."""
        if self.framing is not None:
            self.framing.zoom_about(at, self.framing.zoom * factor)
            self.refresh()


class LayeredSliceView(LinkedSliceView):
    """The first case with the second laid over it, blended or as a checkerboard, or with their difference.

    Both pictures are kept, so that the blending slider draws nothing anew.
    """

    def __init__(self, view: str) -> None:
        super().__init__(view)
        self.mode, self.share, self.tile_mm = BLEND, 0.5, 20.0
        self._second, self._difference = SliceScene(), SliceScene()
        self._second_shown: Shown | None = None
        self._second_usual: tuple[float, float] | None = None
        self._kept: tuple[object, tuple[QImage, QImage]] | None = None

    def set_second(self, shown: Shown | None, usual: tuple[float, float] | None) -> None:
        """The case on top; it lies on the first one's grid. ``usual``: its image's usual range."""
        self._second_shown, self._second_usual = shown, usual
        if shown is not None:
            self._second.set_case(shown.case)
            self._second.set_display(self.display, usual)
        self.refresh()

    def set_difference(self, case: Case | None) -> None:
        """The first's image with the difference as its labels; None: there is none yet."""
        if case is not None:
            self._difference.set_case(case)
            self._difference.set_display(self._plain(), self._usual)
        self.refresh()

    def set_way(self, mode: str, share: float, tile_mm: float) -> None:
        """One of `MODES`; ``share`` (0-1) of the second when blended; size of the checkerboard's tiles in mm."""
        if (mode, share, tile_mm) != (self.mode, self.share, self.tile_mm):
            self.mode, self.share, self.tile_mm = mode, share, tile_mm
            self.picture = None
            self.update()

    def set_display(self, display: Display) -> None:
        super().set_display(display)
        self._second.set_display(display, self._second_usual)
        self._difference.set_display(self._plain(), self._usual)

    def refresh(self) -> None:
        self._kept = None
        super().refresh()

    def close_scene(self) -> None:
        super().close_scene()
        self._second.close()
        self._difference.close()

    def _plain(self) -> Display:
        """Differences are shown whatever structures are hidden."""
        return replace(self.display, hidden=frozenset(), overlay=True, opacity=max(self.display.opacity, 0.6))

    def _draw(self, width: int, height: int) -> QImage:
        if self.mode == DIFFERENCE:
            return self._picture_of(self._difference, width, height)
        assert self.framing is not None
        key = width, height, self.slice_index, self.framing.middle(), self.framing.mm_per_pixel
        if self._kept is None or self._kept[0] != key:
            below = super()._draw(width, height)
            self._kept = key, (below, self._picture_of(self._second, width, height))
        below, above = self._kept[1]
        picture = below.copy()
        painter = QPainter(picture)
        if self.mode == BLEND:
            painter.setOpacity(self.share)
            painter.drawImage(0, 0, above)
        else:
            for tile in self._tiles(width, height):
                painter.drawImage(tile, above, tile)
        painter.end()
        return picture

    def _tiles(self, width: int, height: int) -> list[QRect]:
        """Every second tile of a checkerboard that is fixed to the head, in device pixels."""
        assert self.framing is not None
        scale = self.framing.mm_per_pixel / self.devicePixelRatioF()
        u, v = self.framing.middle()
        across = _edges(u - width / 2 * scale, self.tile_mm, scale, width)
        down = _edges(-v - height / 2 * scale, self.tile_mm, scale, height)
        return [
            QRect(x, y, x_end - x, y_end - y)
            for column, (x, x_end) in across
            for row, (y, y_end) in down
            if (column + row) % 2
        ]

    def _mark(self, painter: QPainter, area: QRectF) -> None:
        super()._mark(painter, area)
        other = self._second_shown
        if other is not None and other.mark and self.shown is not None and not self.shown.mark:
            marks.made(painter, area, other.mark, below=other.note)


def _edges(start_mm: float, tile_mm: float, mm_per_pixel: float, pixels: int) -> list[tuple[int, tuple[int, int]]]:
    """Number of each tile that is seen along one side, and its first and past-the-last pixel."""
    first = int(np.floor(start_mm / tile_mm))
    last = int(np.floor((start_mm + pixels * mm_per_pixel) / tile_mm))
    ends = [round((number * tile_mm - start_mm) / mm_per_pixel) for number in range(first, last + 2)]
    ends = [min(max(end, 0), pixels) for end in ends]
    return [(first + n, (a, b)) for n, (a, b) in enumerate(pairwise(ends)) if b > a]
