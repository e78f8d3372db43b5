"""A view with a strip beside it: enlarge, fit, picture, and the slider of its slices or the standard views."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSlider, QToolButton, QVBoxLayout, QWidget

from gui import theme
from gui.viewer.picture_view import PictureView
from gui.viewer.slice_view import SliceView
from gui.viewer.surface_view import SurfaceView

BUTTON_PIXELS = 22
TEN = 10


class Pane(QWidget):
    """A view, and buttons for what can be done with it alone."""

    def __init__(self, view: PictureView) -> None:
        super().__init__()
        self.view = view
        self.strip = QVBoxLayout()
        self.strip.setSpacing(2)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(view, 1)
        row.addLayout(self.strip)
        self.enlarge = self._button("enlarge", self.tr("Enlarge"), self.tr("Show this view alone, or all again (E)."))
        self.fit = self._button("fit", self.tr("Fit"), self.tr("Show the whole head (F)."))
        self.picture = self._button("picture", self.tr("Picture"), self.tr("Save this view as PNG (Ctrl+Shift+P)."))
        self.enlarge.clicked.connect(view.enlarge_clicked)
        self.fit.clicked.connect(view.fit_clicked)
        self.picture.clicked.connect(view.picture_clicked)

    def _button(self, icon: str, words: str, tip: str) -> QToolButton:
        made = QToolButton()
        made.setObjectName("plain")
        made.setIcon(theme.icon(icon))
        made.setText(words)
        made.setToolTip(tip)
        made.setAccessibleName(f"{words}: {self.view.accessibleName()}")
        made.setFixedSize(BUTTON_PIXELS, BUTTON_PIXELS)
        # A click leaves the keyboard with the view; Tab still comes here.
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.strip.addWidget(made)
        return made


class SlicePane(Pane):
    """A slice view with a slider: up is towards the patient's right, front or top."""

    def __init__(self, view: SliceView) -> None:
        super().__init__(view)
        self._slices = view
        self.slider = QSlider(Qt.Orientation.Vertical)
        self.slider.setAccessibleName(self.tr("Slice: {view}").format(view=view.accessibleName()))
        self.slider.setPageStep(TEN)
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.strip.addWidget(self.slider, 1, Qt.AlignmentFlag.AlignHCenter)
        self.slider.valueChanged.connect(view.go_to)
        self.slider.sliderPressed.connect(view.activated)
        view.slice_changed.connect(self._show)

    def _show(self, position: int, slices: int) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, slices - 1)
            self.slider.setValue(position)
        words = self._slices.slice_text()
        self.slider.setToolTip(self.tr("Slice {slice} (PgUp, PgDown; with Shift ten at a time).").format(slice=words))
        self.slider.setAccessibleDescription(words)


class SurfacePane(Pane):
    """The 3D view with a menu of standard views."""

    def __init__(self, view: SurfaceView) -> None:
        super().__init__(view)
        self.views = self._button("cube", self.tr("Views"), self.tr("Look from a side (Ctrl+1 to Ctrl+6)."))
        self.views.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.strip.addStretch(1)

    def offer(self, actions: Sequence[QAction]) -> None:
        """Put the standard views into the menu."""
        menu = QMenu(self.views)
        menu.addActions(list(actions))
        self.views.setMenu(menu)
