"""Widths, ratios and angles: the automatic measures with their definitions, and what was measured by hand."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QFont
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
)

from engine.case import Case
from engine.measuring.by_hand import DISTANCE, REGIONS, Drawn, Statistics, statistics
from engine.measuring.record import Measure
from gui.measuring import Item, Measuring
from gui.panels.cards import Card, label

ITEM = Qt.ItemDataRole.UserRole
DECIMALS = {"": 3, "mm": 1, "°": 1}
#: Ratios of volumes and asymmetries are read as percentages.
PERCENT = ("ventricular_share", "lateral_ventricle_asymmetry", "inferior_lateral_ventricle_asymmetry")
MISSING = "–"
ROWS = 6


class LinearPanel(Card):
    """A list; choosing a line goes to its slice. Below it stands what the chosen one is."""

    item_clicked = Signal(object)  # Item

    def __init__(self) -> None:
        super().__init__(self.tr("Lines and angles"))
        self.items: dict[Item, QTreeWidgetItem] = {}
        self.tree = QTreeWidget()
        self.tree.setColumnCount(2)
        self.tree.setHeaderHidden(True)
        self.tree.setRootIsDecorated(False)
        self.tree.setIndentation(0)
        self.tree.setUniformRowHeights(True)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.tree.setAccessibleName(self.tr("Lines and angles"))
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.setMinimumHeight(ROWS * self.tree.fontMetrics().height())
        self.tree.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.tree.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.detail = label("", "dim")
        self.detail.setWordWrap(True)
        self.detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._tools = QHBoxLayout()
        self._tools.setSpacing(4)
        self.body.addLayout(self._tools)
        self.body.addWidget(self.tree, 1)
        self.body.addWidget(self.detail)
        self.tree.itemClicked.connect(lambda row: self.item_clicked.emit(row.data(0, ITEM)))
        self.tree.itemActivated.connect(lambda row: self.item_clicked.emit(row.data(0, ITEM)))

    def offer(self, actions: Sequence[QAction]) -> None:
        """Give each tool a button."""
        for action in actions:
            button = QToolButton()
            button.setObjectName("tool")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            button.setDefaultAction(action)
            button.setSizePolicy(QPushButton().sizePolicy())
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self._tools.addWidget(button)

    def show_measures(self, measuring: Measuring) -> None:
        """List what there is; emits nothing."""
        with QSignalBlocker(self.tree):
            self.tree.clear()
            self.items = {}
            for measure in measuring.measures():
                self._add_measure(measure)
            counts: dict[str, int] = {}
            for number, drawn in enumerate(measuring.drawn()):
                counts[drawn.kind] = counts.get(drawn.kind, 0) + 1
                assert measuring.case is not None
                self._add_drawn(Item(number=number), drawn, counts[drawn.kind], measuring.case)
            chosen = None if measuring.selected is None else self.items.get(measuring.selected)
            if chosen is not None:
                self.tree.setCurrentItem(chosen)
        self.detail.setText(self._words(measuring, chosen))

    def _words(self, measuring: Measuring, chosen: QTreeWidgetItem | None) -> str:
        """What stands below the list."""
        if chosen is not None:
            return str(chosen.data(1, ITEM))
        if measuring.waiting:
            return self.tr("Measuring …")
        if not self.items:
            return self.tr("Widths, ratios and angles are measured as soon as there is a label map.")
        return "\n".join(measuring.notes())

    def _add_measure(self, measure: Measure) -> None:
        definition = measure.definition
        row = self._add(Item(key=definition.key), definition.name, value_words(measure))
        if measure.by_hand:
            row.setFont(1, _emphasised(row.font(1)))
        source = definition.citation + (f" doi:{definition.doi}" if definition.doi else "")
        said = [measure.reason, definition.sentence, *measure.notes]
        row.setData(1, ITEM, " ".join(part for part in (measure.reason or definition.sentence, *measure.notes)))
        tip = "<p>" + "</p><p>".join(part for part in (*said, source) if part) + "</p>"
        for column in (0, 1):
            row.setToolTip(column, tip)

    def _add_drawn(self, item: Item, drawn: Drawn, number: int, case: Case) -> None:
        name = {
            "distance": self.tr("Distance"),
            "angle": self.tr("Angle"),
            "rectangle": self.tr("Rectangle"),
            "ellipse": self.tr("Ellipse"),
        }[drawn.kind]
        found = statistics(drawn, case) if drawn.kind in REGIONS else None
        row = self._add(item, f"{name} {number}", drawn_value(drawn, found))
        words = self.tr("Measured by hand.") if found is None else statistics_words(found)
        row.setData(1, ITEM, words)
        for column in (0, 1):
            row.setToolTip(column, words)

    def _add(self, item: Item, name: str, value: str) -> QTreeWidgetItem:
        row = self.items[item] = QTreeWidgetItem(self.tree, [name, value])
        row.setData(0, ITEM, item)
        row.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return row


def value_words(measure: Measure) -> str:
    """An automatic measure's value with its unit; a dash where there is none."""
    if measure.value is None:
        return MISSING
    definition = measure.definition
    if definition.key in PERCENT:
        words = f"{100 * measure.value:.1f} %"
    else:
        space = "" if definition.unit in ("", "°") else " "
        words = f"{measure.value:.{DECIMALS[definition.unit]}f}{space}{definition.unit}"
    return f"{words} by hand" if measure.by_hand else words


def drawn_value(drawn: Drawn, found: Statistics | None) -> str:
    """What a drawing measures: a length, an angle, or the mean of a region (its voxels without an image)."""
    if found is None:
        return f"{drawn.value:.1f}{' mm' if drawn.kind == DISTANCE else '°'}"
    return f"{found.voxels} voxels" if found.mean is None else f"mean {found.mean:.4g}"


def statistics_words(found: Statistics) -> str:
    """Everything about a region in words."""
    size = f"{found.area_mm2:.4g} mm², {found.volume_ml:.4g} mL, {found.voxels} voxels"
    if found.mean is None:
        return size
    return f"Mean {found.mean:.4g}, SD {found.sd:.4g}, min {found.low:.4g}, max {found.high:.4g}; {size}."


def _emphasised(font: QFont) -> QFont:
    made = QFont(font)
    made.setItalic(True)
    return made
