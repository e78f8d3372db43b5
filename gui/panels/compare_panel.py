"""Beside two cases: how they are laid over each other, and what is different in numbers."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSlider,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from engine.comparing.comparison import Comparison, Row
from engine.comparing.difference import everything
from engine.comparing.pair import Pair
from engine.labels import VENTRICLES
from gui.display import Display
from gui.panels.cards import Card, label
from gui.viewer.compare_slices import BLEND, CHECKER, DIFFERENCE, MODES, SIDE

PERCENT = 100
SMALLEST_TILE_MM, LARGEST_TILE_MM = 5, 60
VALUES = Qt.ItemDataRole.UserRole
NOTHING = "–"


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
        self.table = _table(self.tr("Comparison"))
        self.waiting = label(self.tr("Measuring …"), "dim")
        self.notes = label("", "dim")
        self.align = QPushButton(self.tr("Register"))
        self.align.setCheckable(True)
        self.align.setToolTip(
            self.tr("Align two scans of one person rigidly and compare them half way; again: as they lie (Ctrl+R).")
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
        self.table.clear()
        self.copy.setEnabled(found is not None)
        if found is None:
            return
        self.waiting.hide()
        self._note(found.notes)
        groups: dict[str, QTreeWidgetItem] = {}
        for row in found.rows:
            parent = groups.get(row.group)
            item = QTreeWidgetItem(self.table if parent is None else parent, list(texts(row)))
            item.setData(0, VALUES, row.values)
            item.setToolTip(0, tip(row))
            for column in range(1, self.table.columnCount()):
                item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            groups.setdefault(row.key, item)
        first = self.table.topLevelItem(0)
        if first is not None:
            first.setExpanded(True)

    def set_busy(self, busy: bool) -> None:
        """While something is worked out, what would start it again waits."""
        if not busy:
            # What was cancelled or failed has changed nothing.
            self.align.setChecked(self._registered)
        for button in (self.align, self.swap):
            button.setEnabled(not busy)
        if not busy and self._found is None:
            self.waiting.setText(self.tr("Not measured."))

    def copied(self) -> str:
        """The table with tabs between its columns."""
        rows = [] if self._found is None else [texts(row, short=False) for row in self._found.rows]
        head = tuple(self.table.headerItem().text(n) for n in range(self.table.columnCount()))
        return "\n".join("\t".join(line) for line in (head, *rows)) + "\n"

    def _note(self, notes: tuple[str, ...]) -> None:
        self.notes.setText("\n".join(notes))
        self.notes.setVisible(bool(notes))

    def _edit(self) -> None:
        mode = self.mode
        self._options.setCurrentIndex(MODES.index(mode))
        self.way_edited.emit(mode, self.share.value() / PERCENT, float(self.tile.value()))

    def _on_item(self, item: QTreeWidgetItem) -> None:
        values = item.data(0, VALUES)
        if values:
            with QSignalBlocker(self.structure):
                self.structure.setCurrentIndex(self.structure.findData(values))
            self.structure_chosen.emit(tuple(values))

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.copied())

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
        self.table.itemClicked.connect(self._on_item)
        self.table.itemActivated.connect(self._on_item)
        self.align.clicked.connect(self.align_clicked)
        self.swap.clicked.connect(self.swap_clicked)
        self.copy.clicked.connect(self._on_copy)
        self.picture.clicked.connect(self.picture_clicked)
        self.close_button.clicked.connect(self.close_clicked)

    def _lay_out(self) -> None:
        modes = QHBoxLayout()
        modes.setSpacing(4)
        for button in self.modes.values():
            modes.addWidget(button, 1)
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
        for button in (self.align, self.swap, self.copy, self.picture, self.close_button):
            button.setStyleSheet("padding-left: 8px; padding-right: 8px;")
            buttons.addWidget(button, 1)
        self.body.addLayout(modes)
        self.body.addWidget(self._options)
        self.body.addLayout(looks)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.waiting)
        self.body.addWidget(self.notes)
        self.body.addLayout(buttons)


def texts(row: Row, *, short: bool = True) -> tuple[str, ...]:
    """A row as it stands in the table: what is not defined or was not found is a dash."""
    percent = row.change_percent
    return (
        row.name.replace("inferior lateral", "inf. lat.") if short else row.name,
        NOTHING if row.dice is None else f"{row.dice:.3f}",
        NOTHING if row.hd95_mm is None else f"{row.hd95_mm:.1f}",
        _ml(row.first_ml),
        _ml(row.second_ml),
        NOTHING if row.change_ml is None else f"{row.change_ml:+.1f}",
        NOTHING if percent is None else f"{percent:+.0f}",
    )


def tip(row: Row) -> str:
    """All of a row in words."""
    words = [row.name]
    if row.dice is not None:
        words.append(f"Dice {row.dice:.4f}")
    if row.hd95_mm is not None and row.surface_mm is not None:
        words.append(f"HD95 {row.hd95_mm:.2f} mm, mean surface distance {row.surface_mm:.2f} mm")
    if row.first_ml is not None and row.second_ml is not None:
        words.append(f"{row.first_ml:.2f} mL in the first, {row.second_ml:.2f} mL in the second")
    return "\n".join([*words, "Click to see where it differs."])


def _ml(volume: float | None) -> str:
    if volume is None:
        return NOTHING
    return f"{volume:.1f}" if volume < 1000 else f"{volume:.0f}"


def _mode(words: str, tooltip: str) -> QPushButton:
    made = QPushButton(words)
    made.setCheckable(True)
    made.setObjectName("mode")
    made.setToolTip(tooltip)
    made.setStyleSheet("padding-left: 6px; padding-right: 6px;")
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


def _table(name: str) -> QTreeWidget:
    made = QTreeWidget()
    made.setHeaderLabels(["Structure", "Dice", "HD95 mm", "1st mL", "2nd mL", "Δ mL", "Δ %"])
    made.setAccessibleName(name)
    made.setIndentation(11)
    made.setTextElideMode(Qt.TextElideMode.ElideRight)
    head = made.header()
    head.setStretchLastSection(False)
    head.setMinimumSectionSize(30)
    head.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    made.headerItem().setTextAlignment(0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    for column in range(made.columnCount()):
        mode = QHeaderView.ResizeMode.Stretch if column == 0 else QHeaderView.ResizeMode.ResizeToContents
        head.setSectionResizeMode(column, mode)
    return made
