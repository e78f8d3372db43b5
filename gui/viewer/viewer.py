"""Four views of one case, side by side or one of them enlarged."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QGridLayout, QStackedLayout, QWidget

from engine.edit.region import Box
from gui.display import Display, preset_range, shares, usual_range
from gui.painting import Painting
from gui.session import Shown
from gui.viewer.brush import Strokes
from gui.viewer.canvas import BACKGROUND
from gui.viewer.empty_page import EmptyPage
from gui.viewer.panes import Pane, SlicePane, SurfacePane
from gui.viewer.picture_view import PictureView
from gui.viewer.planes import VIEWS, Plane
from gui.viewer.slice_view import SliceView
from gui.viewer.surface_view import SurfaceView
from gui.viewer.tools import ContrastRectangle, Navigate, Tool
from gui.viewer.turns import Turns


class Viewer(QWidget):
    """Passes state down to the views and their wishes up."""

    crosshair_picked = Signal(object)  # (3,) world RAS mm
    contrast_edited = Signal(float, float)
    hovered = Signal(object)  # (3,) world RAS mm, or None
    clicked = Signal(object)  # (3,) world RAS mm
    picture_clicked = Signal(object)  # QPixmap of one view

    def __init__(self, *, has_pack: bool) -> None:
        super().__init__()
        self.slices = {view: SliceView(view) for view in VIEWS}
        self.surface = SurfaceView()
        self.views: tuple[PictureView, ...] = (*self.slices.values(), self.surface)
        self._turns = Turns(self.views)
        self.active: PictureView = self.views[0]
        self.enlarged: PictureView | None = None
        self._shown: Shown | None = None
        self._display = Display()
        self._usual: tuple[float, float] | None = None
        self.strokes = Strokes()
        self.surface_pane = SurfacePane(self.surface)
        self.panes: dict[PictureView, Pane] = {view: SlicePane(view) for view in self.slices.values()}
        self.panes[self.surface] = self.surface_pane
        self._page = QWidget()
        self._pages = QStackedLayout(self)
        self.empty_page = EmptyPage(has_pack=has_pack)
        self._pages.addWidget(self.empty_page)
        self._pages.addWidget(self._page)
        layout = QGridLayout(self._page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for number, view in enumerate(
            (self.slices["axial"], self.slices["sagittal"], self.surface, self.slices["coronal"])
        ):
            layout.addWidget(self.panes[view], number // 2, number % 2)
            view.enlarge_clicked.connect(partial(self.enlarge, view))
            view.activated.connect(partial(self.activate, view))
            view.fit_clicked.connect(partial(self.fit, view))
            view.picture_clicked.connect(partial(self._on_picture, view))
        for slice_view in self.slices.values():
            slice_view.crosshair_picked.connect(self.crosshair_picked)
            slice_view.clicked.connect(self.clicked)
            slice_view.contrast_edited.connect(self.contrast_edited)
            slice_view.hovered.connect(self.hovered)
            slice_view.zoomed.connect(partial(self._on_zoomed, slice_view))
            slice_view.resized.connect(self._share_fit)
            slice_view.tool_done.connect(self.put_down)
        self.strokes.tool_changed.connect(self.set_tool)
        self.set_tool(Navigate())

    @property
    def drawing(self) -> bool:
        """Whether the views may draw, as far as it is known."""
        return self.views[0].drawing is not False

    def set_drawing(self, available: bool) -> None:
        """Whether VTK can draw on this machine."""
        for view in self.views:
            view.set_drawing(available)

    def set_shown(self, shown: Shown | None) -> None:
        """Show a case."""
        self._shown = shown
        self._usual = usual_range(shown.case.image) if shown is not None and shown.case.image is not None else None
        for view in self.slices.values():
            view.set_shown(shown, self._usual)
        self.surface.set_shown(shown)
        self._share_fit()
        self._pages.setCurrentIndex(0 if shown is None else 1)

    def show_painted(self, data: np.ndarray, box: Box) -> None:
        """Draw labels ``data`` (I, J, K) in the middle of a stroke that changed ``box``."""
        for view in self.slices.values():
            view.show_painted(data, box)

    def set_display(self, display: Display) -> None:
        """Contrast, overlay, convention."""
        for view in self.slices.values():
            view.set_display(display)
        self.surface.set_display(display)
        linked = display.linked_zoom and not self._display.linked_zoom
        self._display = display
        self._share_fit()
        if linked and isinstance(self.active, SliceView) and self.active.framing is not None:
            self._on_zoomed(self.active, self.active.framing.zoom)

    def plane(self) -> Plane | None:
        """How the view that the keyboard acts on looks at the grid; the axial one for the surface."""
        view = self.active if isinstance(self.active, SliceView) else self.slices["axial"]
        return view.plane

    def set_painting(self, painting: Painting) -> None:
        """The tool in hand, and how it paints."""
        self.strokes.set_painting(painting)

    def set_tool(self, tool: Tool) -> None:
        """What the mouse does in the slices."""
        self._tool = tool
        self._hand(tool)

    def hand(self, tool: Tool) -> None:
        """Let the slices be in this tool's hand until it is done; then the tool before is in hand again."""
        self._hand(tool)

    def put_down(self) -> None:
        """Take the tool before in hand again."""
        self._hand(self._tool)

    def pick_rectangle(self) -> None:
        """Let the next drag choose the rectangle whose contrast suits; then the tool before is in hand again."""
        self._hand(ContrastRectangle())

    def apply_preset(self, name: str) -> None:
        """Wish for the contrast of a preset."""
        if self._shown is not None and self._usual is not None:
            self.contrast_edited.emit(*shares(preset_range(name, self._shown.case), self._usual))

    def set_crosshair(self, point: np.ndarray) -> None:
        """Move the crosshair to world point (3,)."""
        for view in self.slices.values():
            view.set_crosshair(point)

    def step(self, slices: int) -> None:
        """Turn the slices of the active view."""
        if isinstance(self.active, SliceView):
            self.active.step(slices)

    def activate(self, view: PictureView) -> None:
        """Make this the view that the keyboard acts on."""
        self.active.set_active(False)
        self.active = view
        view.set_active(True)

    def enlarge(self, view: PictureView) -> None:
        """Show one view alone, or all four again."""
        self.enlarged = None if self.enlarged is view else view
        for other, pane in self.panes.items():
            pane.setVisible(self.enlarged in (None, other))
        self._share_fit()

    def fit(self, view: PictureView) -> None:
        """The whole head in this view, and in those that share its zoom."""
        linked = self._display.linked_zoom and isinstance(view, SliceView)
        for other in self.slices.values() if linked else (view,):
            other.reset_view()

    def zoom_by(self, factor: float) -> None:
        """Magnify the active view."""
        self.active.zoom_by(factor)

    def centre(self) -> None:
        """Show the crosshair in the middle of every slice."""
        for view in self.slices.values():
            view.centre()

    def reset_views(self) -> None:
        """Whole grids, and the 3D view's start position."""
        for view in self.views:
            view.reset_view()

    def take_picture(self) -> QPixmap:
        """The views that are on screen, as they stand, with every mark that is painted on them."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self._page.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(QColor.fromRgbF(*BACKGROUND))
        painter = QPainter(picture)
        for view in self.views:
            if view.isVisible():
                painter.drawPixmap(view.mapTo(self._page, QPoint(0, 0)), view.grab())
        painter.end()
        return picture

    def close_scenes(self) -> None:
        """Give the graphics memory back."""
        for view in self.views:
            view.close_scene()

    def _hand(self, tool: Tool) -> None:
        for view in self.slices.values():
            view.set_tool(tool)

    def _on_picture(self, view: PictureView) -> None:
        self.picture_clicked.emit(view.grab())

    def _on_zoomed(self, source: SliceView, zoom: float) -> None:
        if self._display.linked_zoom:
            for view in self.slices.values():
                if view is not source:
                    view.set_zoom(zoom)

    def _share_fit(self) -> None:
        """With linked zoom every slice has the scale at which the largest of those on screen just fits."""
        framed = [(view, view.framing) for view in self.slices.values() if view.framing is not None]
        seen = [framing.own_fit() for view, framing in framed if self.enlarged in (None, view)]
        common = max(seen) if seen and self._display.linked_zoom else None
        for view, _ in framed:
            view.set_common_fit(common)
