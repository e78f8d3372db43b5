"""Beside two cases: how they are laid over each other, and what is different in numbers."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from engine.comparing.comparison import Comparison
from engine.comparing.difference import everything
from engine.comparing.pair import Pair
from engine.labels import VENTRICLES
from gui.display import Display
from gui.panels.cards import Card, label
from gui.panels.compare_table import CompareTable
from gui.viewer.compare_slices import BLEND, CHECKER, DIFFERENCE, MODES, SIDE

PERCENT = 100
BUTTON_HEIGHT = 28
SMALLEST_TILE_MM, LARGEST_TILE_MM = 5, 60


class ComparePanel(Card):
    """Wishes for another way of looking, and shows the table of a comparison."""

    way_edited = Signal(str, float, float)  # mode, share of the second (0-1), size of tiles in mm
    structure_chosen = Signal(object)  # tuple of label values
    display_edited = Signal(object)  # dict of the fields of `Display` that are to change
    align_clicked = Signal(bool)
    swap_clicked = Signal()
    picture_clicked = Signal()
    close_clicked = Signal()

    def __init__(self) -> None:
        super().__init__("")
        self.heading.hide()
        self.modes = {
            SIDE: _mode(self.tr("Side by side"), self.tr("Both cases, with linked cursors and zoom (1).")),
            BLEND: _mode(self.tr("Blend"), self.tr("The second over the first (2).")),
            CHECKER: _mode(self.tr("Checkerboard"), self.tr("Tiles of the first and the second in turn (3).")),
            DIFFERENCE: _mode(self.tr("Difference"), self.tr("Where the labels differ (4).")),
        }
        self.share = _slider(0, PERCENT, 50, self.tr("How much of the second is seen"))
        self.tile = _slider(SMALLEST_TILE_MM, LARGEST_TILE_MM, 20, self.tr("Size of the tiles in mm"))
        self.structure = QComboBox()
        self.structure.setToolTip(
            self.tr("The structures whose difference is shown; a click in the table chooses, too.")
        )
        self.structure.setAccessibleName(self.tr("Structures whose difference is shown"))
        self.overlay = QCheckBox(self.tr("Labels"))
        self.overlay.setToolTip(self.tr("Colour the structures over the scans (O; hold Space to look under them)."))
        self.outline = QCheckBox(self.tr("Outlines"))
        self.outline.setToolTip(self.tr("Borders of the structures instead of areas (Shift+O)."))
        self.opacity = _slider(0, PERCENT, 45, self.tr("Opacity of the labels"))
        self.table = CompareTable()
        self.waiting = label(self.tr("Measuring …"), "dim")
        self.notes = label("", "dim")
        self.align = _mode(
            self.tr("Register"),
            self.tr("Align two scans of one person rigidly and compare them half way; again: as they lie (Ctrl+R)."),
        )
        self.swap = QPushButton(self.tr("Swap"))
        self.swap.setToolTip(self.tr("Compare the second with the first."))
        self.copy = QPushButton(self.tr("Copy"))
        self.copy.setToolTip(self.tr("Copy the table, to be pasted into a spreadsheet (Ctrl+C)."))
        self.picture = QPushButton(self.tr("Picture…"))
        self.picture.setToolTip(self.tr("Save what is shown as a picture (Ctrl+P)."))
        self.close_button = QPushButton(self.tr("Close"))
        self.close_button.setToolTip(self.tr("Back to the case (Esc)."))
        self._group = QButtonGroup(self)
        self._found: Comparison | None = None
        self._registered = False
        self._lay_out()
        self._connect()
        self.set_comparison(None)
        self.set_mode(SIDE)

    @property
    def mode(self) -> str:
        """The way that is chosen."""
        return next(name for name in MODES if self.modes[name].isChecked())

    def set_mode(self, mode: str) -> None:
        """Choose a way of looking, as a click does."""
        self.modes[mode].setChecked(True)
        self._edit()

    def set_pair(self, pair: Pair) -> None:
        """Show what was done to two cases; the measures are not there yet."""
        self.set_comparison(None)
        self.waiting.setVisible(pair.labelled)
        self.waiting.setText(self.tr("Measuring …"))
        notes = pair.notes if pair.labelled else (*pair.notes, self.tr("Segment both scans to compare their volumes."))
        self._note(notes)
        self._registered = pair.registration is not None
        self.align.setChecked(self._registered)
        self.align.setText(self.tr("Registered") if pair.registration is not None else self.tr("Register"))
        labels = pair.first.labels
        self.structure.setEnabled(pair.labelled)
        if labels is not None and self.structure.count() == 0:
            with QSignalBlocker(self.structure):
                self.structure.addItem(self.tr("Ventricles"), VENTRICLES)
                self.structure.addItem(self.tr("All structures"), everything(labels.table))
                for one in labels.table.labels[1:]:
                    self.structure.addItem(one.name, (one.value,))

    def set_display(self, display: Display) -> None:
        """Show how the labels are drawn; emits nothing."""
        blockers = [QSignalBlocker(part) for part in (self.overlay, self.outline, self.opacity)]
        self.overlay.setChecked(display.overlay)
        self.outline.setChecked(display.outline)
        self.opacity.setValue(round(display.opacity * PERCENT))
        for blocker in blockers:
            blocker.unblock()

    def set_comparison(self, found: Comparison | None) -> None:
        """Fill the table."""
        self._found = found
        self.table.set_comparison(found)
        self.copy.setEnabled(found is not None)
        if found is not None:
            self.waiting.hide()
            self._note(found.notes)

    def set_busy(self, busy: bool) -> None:
        """While something is worked out, what would start it again waits."""
        if not busy:
            # What was cancelled or failed has changed nothing.
            self.align.setChecked(self._registered)
        for button in (self.align, self.swap):
            button.setEnabled(not busy)
        if not busy and self._found is None:
            self.waiting.setText(self.tr("Not measured."))

    def _note(self, notes: tuple[str, ...]) -> None:
        self.notes.setText("\n".join(notes))
        self.notes.setVisible(bool(notes))

    def _edit(self) -> None:
        mode = self.mode
        self._options.setCurrentIndex(MODES.index(mode))
        self.way_edited.emit(mode, self.share.value() / PERCENT, float(self.tile.value()))

    def _on_structure(self, values: tuple[int, ...]) -> None:
        with QSignalBlocker(self.structure):
            self.structure.setCurrentIndex(self.structure.findData(values))
        self.structure_chosen.emit(values)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.table.copied())

    def _connect(self) -> None:
        for button in self.modes.values():
            self._group.addButton(button)
        self._group.buttonClicked.connect(self._edit)
        self.share.valueChanged.connect(self._edit)
        self.tile.valueChanged.connect(self._edit)
        self.overlay.toggled.connect(lambda on: self.display_edited.emit({"overlay": on}))
        self.outline.toggled.connect(lambda on: self.display_edited.emit({"outline": on}))
        self.opacity.valueChanged.connect(lambda value: self.display_edited.emit({"opacity": value / PERCENT}))
        self.structure.activated.connect(lambda: self.structure_chosen.emit(tuple(self.structure.currentData())))
        self.table.structure_clicked.connect(self._on_structure)
        self.align.clicked.connect(self.align_clicked)
        self.swap.clicked.connect(self.swap_clicked)
        self.copy.clicked.connect(self._on_copy)
        self.picture.clicked.connect(self.picture_clicked)
        self.close_button.clicked.connect(self.close_clicked)

    def _lay_out(self) -> None:
        self.setStyleSheet("QToolButton#tool:checked:enabled { color: white; }")
        modes = QHBoxLayout()
        modes.setSpacing(4)
        for one in self.modes.values():
            modes.addWidget(one, 1)
        self._options = QStackedWidget()
        for part in (
            label(self.tr("The same place in both; zoom and slices are linked."), "dim"),
            _row(label(self.tr("First"), "dim"), self.share, label(self.tr("Second"), "dim")),
            _row(label(self.tr("Tiles"), "dim"), self.tile),
            _row(label(self.tr("Of"), "dim"), self.structure, *_legend()),
        ):
            self._options.addWidget(part)
        self._options.setFixedHeight(32)
        looks = QGridLayout()
        looks.addWidget(self.overlay, 0, 0)
        looks.addWidget(self.opacity, 0, 1)
        looks.addWidget(self.outline, 0, 2)
        self.notes.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        last: tuple[QAbstractButton, ...] = (self.align, self.swap, self.copy, self.picture, self.close_button)
        for button in last:
            button.setMinimumHeight(BUTTON_HEIGHT)
            buttons.addWidget(button, 1)
        self.body.addLayout(modes)
        self.body.addWidget(self._options)
        self.body.addLayout(looks)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(label(self.tr("HD95 in mm; volumes and their change in mL."), "dim"))
        self.body.addWidget(self.waiting)
        self.body.addWidget(self.notes)
        self.body.addLayout(buttons)


def _mode(words: str, tooltip: str) -> QToolButton:
    """A button that stays down; the theme shows that of tools only."""
    made = QToolButton()
    made.setText(words)
    made.setCheckable(True)
    made.setObjectName("tool")
    made.setToolTip(tooltip)
    made.setMinimumHeight(BUTTON_HEIGHT)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return made


def _slider(low: int, high: int, value: int, tooltip: str) -> QSlider:
    made = QSlider(Qt.Orientation.Horizontal)
    made.setRange(low, high)
    made.setValue(value)
    made.setToolTip(tooltip)
    made.setAccessibleName(tooltip)
    return made


def _row(*parts: QWidget) -> QWidget:
    page = QWidget()
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        row.addWidget(part, 0 if isinstance(part, QLabel) else 1)
    return page


def _legend() -> list[QLabel]:
    from engine.comparing.difference import TABLE

    marks = []
    for one in TABLE.labels[1:]:
        red, green, blue = one.colour
        mark = label(f"<span style='color: rgb({red},{green},{blue})'>■</span> {one.name.lower()}", "dim")
        marks.append(mark)
    return marks
