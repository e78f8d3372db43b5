"""How the case is shown: overlay, contrast, sides."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QPushButton, QSlider

from gui.display import Display
from gui.panels.cards import Card, label

PERCENT = 100
CONVENTIONS = {
    True: ("Radiological", "As seen from the patient's feet: the patient's right is on the left of the screen."),
    False: ("Neurological", "As seen from the patient's head: the patient's right is on the right of the screen."),
}


class DisplayPanel(Card):
    """Shows a `Display` and wishes for another one."""

    display_edited = Signal(object)  # Display

    def __init__(self) -> None:
        super().__init__("Display")
        self._display = Display()
        self.overlay = QCheckBox("Labels")
        self.overlay.setToolTip("Colour the structures over the scan (O; hold Space to look under them).")
        self.opacity = _slider(0, PERCENT)
        self.window_width = _slider(2, 3 * PERCENT)
        self.level = _slider(-PERCENT // 2, 3 * PERCENT // 2)
        self.window_width.setToolTip("Window: the span of grey values from black to white. Also: right drag, sideways.")
        self.level.setToolTip("Level: the grey value in the middle. Also: right drag, up and down.")
        self.reset = QPushButton("Auto")
        self.reset.setToolTip("Window and level that suit this image.")
        self.convention = QComboBox()
        for radiological, (name, help_text) in CONVENTIONS.items():
            self.convention.addItem(name, radiological)
            self.convention.setItemData(self.convention.count() - 1, help_text, Qt.ItemDataRole.ToolTipRole)
        self.convention.setToolTip("Which side of the screen shows the patient's right (Ctrl+R).")
        self._lay_out()
        self.overlay.toggled.connect(lambda on: self._edit(overlay=on))
        self.opacity.valueChanged.connect(lambda value: self._edit(opacity=value / PERCENT))
        self.window_width.valueChanged.connect(lambda value: self._edit(window=value / PERCENT))
        self.level.valueChanged.connect(lambda value: self._edit(level=value / PERCENT))
        self.reset.clicked.connect(lambda: self._edit(window=Display.window, level=Display.level))
        self.convention.currentIndexChanged.connect(lambda: self._edit(radiological=self.convention.currentData()))

    def set_display(self, display: Display) -> None:
        """Show these settings; emits nothing."""
        self._display = display
        parts = (self.overlay, self.opacity, self.window_width, self.level, self.convention)
        blockers = [QSignalBlocker(part) for part in parts]
        self.overlay.setChecked(display.overlay)
        self.opacity.setValue(round(display.opacity * PERCENT))
        self.window_width.setValue(round(display.window * PERCENT))
        self.level.setValue(round(display.level * PERCENT))
        self.convention.setCurrentIndex(self.convention.findData(display.radiological))
        for blocker in blockers:
            blocker.unblock()

    def _lay_out(self) -> None:
        table = QGridLayout()
        table.setVerticalSpacing(6)
        table.setColumnStretch(1, 1)
        table.addWidget(self.overlay, 0, 0)
        table.addWidget(self.opacity, 0, 1, 1, 2)
        table.addWidget(label("Window", "dim"), 1, 0)
        table.addWidget(self.window_width, 1, 1)
        table.addWidget(label("Level", "dim"), 2, 0)
        table.addWidget(self.level, 2, 1)
        table.addWidget(self.reset, 1, 2, 2, 1)
        table.addWidget(label("Sides", "dim"), 3, 0)
        table.addWidget(self.convention, 3, 1, 1, 2)
        self.body.addLayout(table)

    def _edit(self, **changes: object) -> None:
        self._display = replace(self._display, **changes)  # type: ignore[arg-type]
        self.display_edited.emit(self._display)


def _slider(low: int, high: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(low, high)
    return slider
