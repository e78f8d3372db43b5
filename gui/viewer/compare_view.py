"""Two cases on one grid: side by side with everything linked, or one on the other with the distance in 3D."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QGridLayout, QStackedLayout, QWidget

from engine.case import Case
from engine.comparing.comparison import Comparison
from engine.comparing.pair import Pair
from engine.volume import LabelMap, Volume
from gui.display import Display, usual_range
from gui.panels.cards import label
from gui.session import Shown, nearest_voxel_centre
from gui.viewer.canvas import BACKGROUND
from gui.viewer.compare_slices import SIDE, LayeredSliceView, LinkedSliceView
from gui.viewer.compare_surface import DistanceView
from gui.viewer.picture_view import PictureView
from gui.viewer.planes import VIEWS
from gui.viewer.slice_view import SliceView
from gui.viewer.turns import Turns

#: Left to right.
ORDER = ("axial", "sagittal", "coronal")


class CompareView(QWidget):
    """Passes a pair down to its views and their wishes up."""

    crosshair_changed = Signal(object)  # (3,) world RAS mm
    contrast_edited = Signal(float, float)
    hovered = Signal(object)  # (3,) world RAS mm, or None

    def __init__(self) -> None:
        super().__init__()
        self.pair: Pair | None = None
        self.mode = SIDE
        self.crosshair = np.zeros(3)
        self._display = Display()
        self.rows = tuple({view: LinkedSliceView(view) for view in VIEWS} for _ in range(2))
        self.layered = {view: LayeredSliceView(view) for view in VIEWS}
        self.surface = DistanceView()
        self.titles = (label("", "heading"), label("", "heading"))
        self.active: PictureView = self.rows[0]["axial"]
        self.enlarged: str | None = None
        # A child, so that no turn comes when the views are gone.
        self._turns = Turns(self.views)
        self._turns.setParent(self)
        self._lay_out()
        for view in self.slices:
            self._link(view)
        for row, words in zip(self.rows, (self.tr("First"), self.tr("Second")), strict=True):
            for view in row.values():
                view.setAccessibleName(f"{words}: {view.title()}")
        for one in self.views:
            one.activated.connect(partial(self._activate, one))
        self.surface.enlarge_clicked.connect(partial(self._enlarge, "surface"))
        self.surface.fit_clicked.connect(self.surface.reset_view)

    @property
    def slices(self) -> tuple[LinkedSliceView, ...]:
        """Every slice view, of all modes."""
        beside = [view for row in self.rows for view in row.values()]
        return (*beside, *self.layered.values())

    @property
    def views(self) -> tuple[PictureView, ...]:
        """Every view, of all modes."""
        return (*self.slices, self.surface)

    # State

    def set_drawing(self, available: bool) -> None:
        """Whether VTK can draw on this machine."""
        for view in self.views:
            view.set_drawing(available)

    def set_pair(self, pair: Pair) -> None:
        """Show two cases; the difference and the distance of the pair before are gone."""
        fresh = self.pair is None or self.pair.grid != pair.grid
        self.pair = pair
        shown = Shown(pair.first), Shown(pair.second)
        usual = tuple(None if one.case.image is None else usual_range(one.case.image) for one in shown)
        for row, one, reach, title, words in zip(
            self.rows, shown, usual, self.titles, (self.tr("First"), self.tr("Second")), strict=True
        ):
            title.setText(f"{words}: {one.case.name}")
            for view in row.values():
                view.set_shown(one, reach)
        for view in self.layered.values():
            view.set_shown(shown[0], usual[0])
            view.set_second(shown[1], usual[1])
            view.set_difference(None)
        self.surface.set_distance(None)
        self.surface.set_shown(shown[1])
        self._share_fit()
        self.set_crosshair(pair.grid.centre if fresh else self.crosshair)

    def set_difference(self, difference: LabelMap) -> None:
        """Show where the labels differ, over the first case's image."""
        if self.pair is not None:
            case = Case("difference", self.pair.first.image, difference)
            for view in self.layered.values():
                view.set_difference(case)

    def set_comparison(self, found: Comparison | None) -> None:
        """Colour the surface by the distance that was measured."""
        distance: Volume | None = None if found is None else found.surface
        self.surface.set_distance(distance)

    def set_way(self, mode: str, share: float, tile_mm: float) -> None:
        """One of the modes of `gui.viewer.compare_slices`, share of the second, size of tiles."""
        self.mode = mode
        self._pages.setCurrentIndex(0 if mode == SIDE else 1)
        for view in self.layered.values():
            view.set_way(mode, share, tile_mm)
        if not self.active.isVisible():
            self._activate(self.rows[0]["axial"] if mode == SIDE else self.layered["axial"])
        self._share_fit()

    def set_display(self, display: Display) -> None:
        """Contrast, overlay, convention."""
        self._display = display
        for view in self.slices:
            view.set_display(display)
        self.surface.set_display(replace(display, hidden=frozenset()))
        self._share_fit()

    def set_crosshair(self, point: np.ndarray) -> None:
        """Move all crosshairs to the voxel nearest to a world point (3,) of the pair's grid."""
        if self.pair is None:
            return
        point = nearest_voxel_centre(self.pair.grid, point)
        self.crosshair = point
        for view in self.slices:
            view.set_crosshair(point)
        self.crosshair_changed.emit(point)

    # Wishes

    def step(self, slices: int) -> None:
        """Turn the slices of the view that the keyboard acts on."""
        if isinstance(self.active, SliceView):
            self.active.step(slices)

    def fit(self) -> None:
        """Whole heads again."""
        for view in self.views:
            view.reset_view()

    def take_picture(self) -> QPixmap:
        """What is on screen, with every mark on it."""
        page = self._beside if self.mode == SIDE else self._over
        ratio = self.devicePixelRatioF()
        picture = QPixmap(page.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(QColor.fromRgbF(*BACKGROUND))
        painter = QPainter(picture)
        parts: tuple[QWidget, ...] = (*self.titles, *self.views) if self.mode == SIDE else self.views
        for part in parts:
            if part.isVisible():
                painter.drawPixmap(part.mapTo(page, QPoint(0, 0)), part.grab())
        painter.end()
        return picture

    def close_scenes(self) -> None:
        """Give the graphics memory back."""
        for view in self.views:
            view.close_scene()

    # Parts

    def _lay_out(self) -> None:
        self._beside, self._over = QWidget(), QWidget()
        grid = QGridLayout(self._beside)
        for number, (row, title) in enumerate(zip(self.rows, self.titles, strict=True)):
            title.setTextFormat(Qt.TextFormat.PlainText)
            grid.addWidget(title, 2 * number, 0, 1, 3)
            grid.setRowStretch(2 * number + 1, 1)
            for column, name in enumerate(ORDER):
                grid.addWidget(row[name], 2 * number + 1, column)
                grid.setColumnStretch(column, 1)
        four = QGridLayout(self._over)
        places: tuple[PictureView, ...] = (*(self.layered[name] for name in ORDER), self.surface)
        for number, view in enumerate((places[0], places[1], places[3], places[2])):
            four.addWidget(view, number // 2, number % 2)
        for layout in (grid, four):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(4)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._beside)
        self._pages.addWidget(self._over)

    def _link(self, view: LinkedSliceView) -> None:
        view.crosshair_picked.connect(self.set_crosshair)
        view.contrast_edited.connect(self.contrast_edited)
        view.hovered.connect(self.hovered)
        view.enlarge_clicked.connect(partial(self._enlarge, view.view))
        view.fit_clicked.connect(self.fit)
        view.resized.connect(self._share_fit)
        view.panned.connect(partial(self._on_panned, view))
        view.zoomed_about.connect(partial(self._on_zoomed, view))

    def _on_panned(self, source: LinkedSliceView, moved: QPointF) -> None:
        for view in self._partners(source):
            view.follow_pan(moved)

    def _on_zoomed(self, source: LinkedSliceView, at: QPointF, factor: float) -> None:
        partners = self._partners(source)
        for view in partners:
            view.follow_zoom(at, factor)
        if self._display.linked_zoom and source.framing is not None:
            for view in self.slices:
                if view is not source and view not in partners:
                    view.set_zoom(source.framing.zoom)

    def _partners(self, source: LinkedSliceView) -> list[LinkedSliceView]:
        """The views beside it that show the same slice of the other case."""
        pair = [row[source.view] for row in self.rows]
        return [view for view in pair if view is not source] if source in pair else []

    def _activate(self, view: PictureView) -> None:
        self.active.set_active(False)
        self.active = view
        view.set_active(True)

    def _enlarge(self, which: str) -> None:
        """One plane (of both cases), or the surface, alone; or all again."""
        self.enlarged = None if self.enlarged == which else which
        for view in self.slices:
            view.setVisible(self.enlarged in (None, view.view))
        self.surface.setVisible(self.enlarged in (None, "surface"))
        self._share_fit()

    def _share_fit(self) -> None:
        """With linked zoom every slice of a page has the scale at which the largest of those on screen just fits."""
        for views in ([v for row in self.rows for v in row.values()], list(self.layered.values())):
            framed = [(view, view.framing) for view in views if view.framing is not None]
            seen = [framing.own_fit() for view, framing in framed if self.enlarged in (None, view.view)]
            common = max(seen) if seen and self._display.linked_zoom else None
            for view, _ in framed:
                view.set_common_fit(common)
