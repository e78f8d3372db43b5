"""How the case is shown: overlay, contrast, sides, 3D."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSlider,
    QTabWidget,
    QWidget,
)

from gui.display import Display
from gui.panels.cards import Card, label

PERCENT = 100
MOST_SMOOTHING = 40


class DisplayPanel(Card):
    """Shows a `Display` and wishes for another one."""

    display_edited = Signal(object)  # Display

    def __init__(self) -> None:
        super().__init__("Display")
        self._display = Display()
        tip = self.tr("Colour the structures over the scan (O; hold Space to look under them).")
        self.overlay = _check(self.tr("Labels"), tip)
        self.opacity = _slider(0, PERCENT, self.tr("Opacity of the labels"))
        self.outline = _choice(
            self.tr("Draw labels as filled areas or as outlines (Shift+O)."),
            {False: (self.tr("Filled"), ""), True: (self.tr("Outlines"), "")},
        )
        self.window_width = _slider(
            2, 3 * PERCENT, self.tr("Window: the span of grey values from black to white. Also: right drag, sideways.")
        )
        self.level = _slider(
            -PERCENT // 2,
            3 * PERCENT // 2,
            self.tr("Level: the grey value in the middle. Also: right drag, up and down."),
        )
        self.contrasts = QPushButton(self.tr("Contrast"))
        self.contrasts.setObjectName("menu")
        self.contrasts.setToolTip(self.tr("Window and level that suit: automatic (J), full range, brain, narrow."))
        self.smooth = _check(self.tr("Smooth"), self.tr("Interpolate between voxels; without, each is a square (I)."))
        self.convention = _choice(
            self.tr("Which side of the screen shows the patient's right (Ctrl+R)."),
            {
                True: (
                    self.tr("Radiological"),
                    self.tr("As seen from the patient's feet: the patient's right is on the left of the screen."),
                ),
                False: (
                    self.tr("Neurological"),
                    self.tr("As seen from the patient's head: the patient's right is on the right of the screen."),
                ),
            },
        )
        self.linked_zoom = _check(self.tr("Link zoom"), self.tr("All slices have the same scale (Z)."))
        self.surface_opacity = _slider(5, PERCENT, self.tr("Opacity of the ventricles in 3D"))
        self.surface_smoothing = _slider(0, MOST_SMOOTHING, self.tr("How much the surface in 3D is smoothed"))
        self.brain = _check(self.tr("Brain surface"), self.tr("Show the brain around the ventricles (Shift+B)."))
        self.light_surface = _check(self.tr("Light"), self.tr("A light background for the 3D view (Shift+L)."))
        self._lay_out()
        self._connect()

    def offer_contrasts(self, actions: Sequence[QAction]) -> None:
        """Put the presets into the contrast menu."""
        menu = QMenu(self.contrasts)
        menu.addActions(list(actions))
        self.contrasts.setMenu(menu)

    def set_display(self, display: Display) -> None:
        """Show these settings; emits nothing."""
        self._display = display
        blockers = [
            QSignalBlocker(part) for kind in (QCheckBox, QComboBox, QSlider) for part in self.findChildren(kind)
        ]
        for name in ("overlay", "smooth", "linked_zoom", "brain", "light_surface"):
            getattr(self, name).setChecked(getattr(display, name))
        for name in ("outline", "convention"):
            box, value = getattr(self, name), display.outline if name == "outline" else display.radiological
            box.setCurrentIndex(box.findData(value))
        self.opacity.setValue(round(display.opacity * PERCENT))
        self.window_width.setValue(round(display.window * PERCENT))
        self.level.setValue(round(display.level * PERCENT))
        self.surface_opacity.setValue(round(display.surface_opacity * PERCENT))
        self.surface_smoothing.setValue(display.surface_smoothing)
        for blocker in blockers:
            blocker.unblock()

    def _connect(self) -> None:
        for name in ("overlay", "smooth", "linked_zoom", "brain", "light_surface"):
            getattr(self, name).toggled.connect(lambda on, name=name: self._edit(**{name: on}))
        self.outline.currentIndexChanged.connect(lambda: self._edit(outline=self.outline.currentData()))
        self.convention.currentIndexChanged.connect(lambda: self._edit(radiological=self.convention.currentData()))
        self.opacity.valueChanged.connect(lambda value: self._edit(opacity=value / PERCENT))
        self.window_width.valueChanged.connect(lambda value: self._edit(window=value / PERCENT))
        self.level.valueChanged.connect(lambda value: self._edit(level=value / PERCENT))
        self.surface_opacity.valueChanged.connect(lambda value: self._edit(surface_opacity=value / PERCENT))
        self.surface_smoothing.valueChanged.connect(lambda value: self._edit(surface_smoothing=value))

    def _lay_out(self) -> None:
        slices = _table(
            (self.overlay, self.opacity, self.outline),
            (label(self.tr("Window"), "dim"), self.window_width, self.contrasts),
            (label(self.tr("Level"), "dim"), self.level, self.smooth),
            (label(self.tr("Sides"), "dim"), self.convention, self.linked_zoom),
        )
        tabs = QTabWidget()
        tabs.addTab(slices, self.tr("Slices"))
        tabs.addTab(
            _table(
                (label(self.tr("Opacity"), "dim"), self.surface_opacity, None),
                (label(self.tr("Smoothing"), "dim"), self.surface_smoothing, None),
                (label(self.tr("Show"), "dim"), self.brain, None),
                (label(self.tr("Background"), "dim"), self.light_surface, None),
            ),
            self.tr("3D"),
        )
        tabs.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.body.addWidget(tabs)

    def _edit(self, **changes: object) -> None:
        self._display = replace(self._display, **changes)  # type: ignore[arg-type]
        self.display_edited.emit(self._display)


def _table(*rows: tuple[QWidget | None, ...]) -> QWidget:
    page = QWidget()
    table = QGridLayout(page)
    table.setContentsMargins(0, 6, 0, 0)
    table.setVerticalSpacing(4)
    table.setHorizontalSpacing(8)
    table.setColumnStretch(1, 1)
    for number, row in enumerate(rows):
        for column, part in enumerate(row):
            if part is not None:
                table.addWidget(part, number, column)
    return page


def _check(words: str, tip: str) -> QCheckBox:
    made = QCheckBox(words)
    made.setToolTip(tip)
    return made


def _choice(tip: str, options: dict[bool, tuple[str, str]]) -> QComboBox:
    made = QComboBox()
    made.setToolTip(tip)
    made.setAccessibleName(tip)
    for value, (words, help_text) in options.items():
        made.addItem(words, value)
        made.setItemData(made.count() - 1, help_text, Qt.ItemDataRole.ToolTipRole)
    return made


def _slider(low: int, high: int, tip: str) -> QSlider:
    made = QSlider(Qt.Orientation.Horizontal)
    made.setRange(low, high)
    made.setToolTip(tip)
    made.setAccessibleName(tip)
    return made
