"""Four views of one case, side by side or one of them enlarged."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QGridLayout, QStackedLayout, QWidget

from gui.display import Display, usual_range
from gui.session import Shown
from gui.viewer.empty_page import EmptyPage
from gui.viewer.picture_view import PictureView
from gui.viewer.planes import VIEWS
from gui.viewer.slice_view import SliceView
from gui.viewer.surface_view import SurfaceView


class Viewer(QWidget):
    """Passes state down to the views and their wishes up."""

    crosshair_picked = Signal(object)  # (3,) world RAS mm
    contrast_edited = Signal(float, float)
    hovered = Signal(object)  # (3,) world RAS mm, or None

    def __init__(self, *, has_pack: bool) -> None:
        super().__init__()
        self.slices = {view: SliceView(view) for view in VIEWS}
        self.surface = SurfaceView()
        self.views: tuple[PictureView, ...] = (*self.slices.values(), self.surface)
        self.active: PictureView = self.views[0]
        self.enlarged: PictureView | None = None
        page = QWidget()
        self._pages = QStackedLayout(self)
        self._pages.addWidget(EmptyPage(has_pack=has_pack))
        self._pages.addWidget(page)
        layout = QGridLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for number, view in enumerate(
            (self.slices["axial"], self.slices["sagittal"], self.surface, self.slices["coronal"])
        ):
            layout.addWidget(view, number // 2, number % 2)
            view.enlarge_clicked.connect(lambda view=view: self.enlarge(view))
            view.activated.connect(lambda view=view: self.activate(view))
        for slice_view in self.slices.values():
            slice_view.crosshair_picked.connect(self.crosshair_picked)
            slice_view.contrast_edited.connect(self.contrast_edited)
            slice_view.hovered.connect(self.hovered)

    def set_drawing(self, available: bool) -> None:
        """Whether VTK can draw on this machine."""
        for view in self.views:
            view.set_drawing(available)

    def set_shown(self, shown: Shown | None) -> None:
        """Show a case."""
        usual = usual_range(shown.case.image) if shown is not None and shown.case.image is not None else None
        for view in self.slices.values():
            view.set_shown(shown, usual)
        self.surface.set_shown(shown)
        self._pages.setCurrentIndex(0 if shown is None else 1)

    def set_display(self, display: Display) -> None:
        """Contrast, overlay, convention."""
        for view in self.slices.values():
            view.set_display(display)
        self.surface.set_display(display)

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
        for other in self.views:
            other.setVisible(self.enlarged in (None, other))

    def reset_views(self) -> None:
        """Whole grids, and the 3D view's start position."""
        for view in self.slices.values():
            view.reset_view()
        self.surface.reset_view()

    def take_picture(self) -> QPixmap:
        """What is on screen, with every mark that is painted on it."""
        return self.grab()

    def close_scenes(self) -> None:
        """Give the graphics memory back."""
        for view in self.views:
            view.close_scene()
