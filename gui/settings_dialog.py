"""The settings in one place. Each takes effect as it is changed, so there is nothing to confirm."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from engine.edit.editor import HISTORY_BYTES
from engine.packs.place import usual_packs_folder
from gui.display import Display
from gui.panels.cards import Card, label
from gui.settings import AUTOSAVE_S, MIB

WIDTH, NAME_WIDTH = 600, 170
USUAL = Display()
MOST_THREADS = max(64, os.cpu_count() or 1)


@dataclass(frozen=True)
class Choices:
    """Everything the dialog shows, at first as it is on a new machine. ``threads``: 0 for automatic; ``window`` and
    ``level`` as in `Display`; ``autosave_s``: 0 for never; ``language``: "" for the system's."""

    device: str = "auto"
    threads: int = 0
    window: float = USUAL.window
    level: float = USUAL.level
    radiological: bool = USUAL.radiological
    light_theme: bool = USUAL.light_theme
    autosave_s: int = AUTOSAVE_S
    history_mib: int = HISTORY_BYTES // MIB
    packs_folder: Path = Path()
    language: str = ""


class SettingsDialog(QDialog):
    """Shows `Choices` and wishes for others."""

    choices_edited = Signal(object)  # Choices
    packs_folder_clicked = Signal()

    def __init__(self, parent: QWidget | None, languages: dict[str, str]) -> None:
        super().__init__(parent)
        self._choices = Choices()
        self.device = QComboBox()
        for name, words in (
            ("auto", self.tr("Automatic: CUDA where there is one")),
            ("cpu", self.tr("CPU")),
            ("cuda", self.tr("CUDA graphics card")),
        ):
            self.device.addItem(words, name)
        self.threads = QSpinBox()
        self.threads.setRange(0, MOST_THREADS)
        self.threads.setSpecialValueText(self.tr("Automatic"))
        self.window_share, self.level_share = _percent(1, 1000), _percent(-500, 1000)
        self.convention = QComboBox()
        self.convention.addItem(self.tr("Radiological: the patient's right is at the left"), True)
        self.convention.addItem(self.tr("Neurological: the patient's left is at the left"), False)
        self.light = QCheckBox(self.tr("Light colours"))
        self.language = QComboBox()
        for code, words in languages.items():
            self.language.addItem(words, code)
        self.autosave = QDoubleSpinBox()
        self.autosave.setRange(0, 60)
        self.autosave.setDecimals(1)
        self.autosave.setSingleStep(0.5)
        self.autosave.setSuffix(self.tr(" min"))
        self.autosave.setSpecialValueText(self.tr("Never"))
        self.history = QSpinBox()
        self.history.setRange(16, 4096)
        self.history.setSingleStep(64)
        self.history.setSuffix(" MiB")
        self.packs_folder = label("", "dim")
        self.packs_folder.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.choose_folder = QPushButton(self.tr("Choose…"))
        self.box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.reset = self.box.addButton(self.tr("Reset to defaults"), QDialogButtonBox.ButtonRole.ResetRole)
        self._explain()
        self._lay_out()
        self._connect()
        self.setWindowTitle(self.tr("Settings"))
        self.setMinimumWidth(WIDTH)

    def set_choices(self, choices: Choices) -> None:
        """Show these; emits nothing."""
        self._choices = choices
        values: dict[Any, Any] = {
            self.threads: choices.threads,
            self.window_share: 100 * choices.window,
            self.level_share: 100 * choices.level,
            self.autosave: choices.autosave_s / 60,
            self.history: choices.history_mib,
        }
        for spin, value in values.items():
            with QSignalBlocker(spin):
                spin.setValue(value)
        chosen = {
            self.device: choices.device,
            self.convention: choices.radiological,
            self.language: choices.language,
        }
        for box, data in chosen.items():
            with QSignalBlocker(box):
                box.setCurrentIndex(max(0, box.findData(data)))
        with QSignalBlocker(self.light):
            self.light.setChecked(choices.light_theme)
        self.packs_folder.setText(_short(choices.packs_folder))
        self.packs_folder.setToolTip(str(choices.packs_folder))

    # Parts

    def _explain(self) -> None:
        later = self.tr("Takes effect at the next start.")
        for part, tip in (
            (self.device, self.tr("Where cases are made and scans are segmented, from the next one on.")),
            (self.threads, self.tr("How many processor cores the networks may keep busy, from the next case on.")),
            (self.window_share, self.tr("How wide the range of shown intensities is, as a share of the usual range.")),
            (self.level_share, self.tr("Where the middle of the shown intensities lies in the usual range.")),
            (self.convention, self.tr("Which side of the patient is shown at the left (Ctrl+R).")),
            (self.light, self.tr("Light instead of dark colours of the window (Ctrl+T).")),
            (self.language, self.tr("Language of the window.") + " " + later),
            (self.autosave, self.tr("How often unsaved work is kept for the case of a crash.")),
            (self.history, self.tr("Memory for steps that can be undone; the oldest are forgotten.")),
            (self.choose_folder, self.tr("Where model packs are installed and looked for; installed ones stay there.")),
            (self.reset, self.tr("All settings of this dialog as on a new machine.")),
        ):
            part.setToolTip(tip)
            part.setAccessibleDescription(tip)

    def _lay_out(self) -> None:
        folder = QHBoxLayout()
        folder.addWidget(self.packs_folder, 1)
        folder.addWidget(self.choose_folder)
        rows = QVBoxLayout(self)
        rows.setSpacing(8)
        for title, parts in (
            (self.tr("Computing"), ((self.tr("Device"), self.device), (self.tr("Threads"), self.threads))),
            (
                self.tr("Display"),
                (
                    (self.tr("Window"), self.window_share),
                    (self.tr("Level"), self.level_share),
                    (self.tr("Convention"), self.convention),
                    (self.tr("Colours"), self.light),
                    (self.tr("Language"), self.language),
                ),
            ),
            (
                self.tr("Memory and files"),
                (
                    (self.tr("Keep unsaved work every"), self.autosave),
                    (self.tr("Undo memory"), self.history),
                    (self.tr("Model packs"), folder),
                ),
            ),
        ):
            card, form = Card(title), QFormLayout()
            form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
            for words, part in parts:
                name = label(words)
                name.setMinimumWidth(NAME_WIDTH)
                form.addRow(name, part)
                if isinstance(part, QWidget):
                    part.setAccessibleName(words)
            card.body.addLayout(form)
            rows.addWidget(card)
        self.choose_folder.setAccessibleName(self.tr("Folder of model packs"))
        rows.addStretch(1)
        rows.addWidget(self.box)

    def _connect(self) -> None:
        self.device.activated.connect(lambda _index: self._edit(device=self.device.currentData()))
        self.threads.valueChanged.connect(lambda count: self._edit(threads=count))
        self.window_share.valueChanged.connect(lambda share: self._edit(window=share / 100))
        self.level_share.valueChanged.connect(lambda share: self._edit(level=share / 100))
        self.convention.activated.connect(lambda _index: self._edit(radiological=self.convention.currentData()))
        self.light.toggled.connect(lambda on: self._edit(light_theme=on))
        self.language.activated.connect(lambda _index: self._edit(language=self.language.currentData()))
        self.autosave.valueChanged.connect(lambda minutes: self._edit(autosave_s=round(60 * minutes)))
        self.history.valueChanged.connect(lambda mib: self._edit(history_mib=mib))
        for spin in (self.threads, self.window_share, self.level_share, self.autosave, self.history):
            spin.setKeyboardTracking(False)
        self.choose_folder.clicked.connect(self.packs_folder_clicked)
        self.reset.clicked.connect(self._on_reset)
        self.box.rejected.connect(self.reject)

    def _edit(self, **changes: Any) -> None:
        self._choices = replace(self._choices, **changes)
        self.choices_edited.emit(self._choices)

    def _on_reset(self) -> None:
        self.set_choices(Choices(packs_folder=usual_packs_folder()))
        self.choices_edited.emit(self._choices)


def _percent(low: int, high: int) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(low, high)
    spin.setSingleStep(5)
    spin.setSuffix(" %")
    return spin


def _short(folder: Path) -> str:
    """The end of a path, which says more than its beginning."""
    return str(folder) if len(folder.parts) <= 4 else str(Path("…", *folder.parts[-3:]))
