"""The structures of the label map: colour, name, mL, visible or not; a click goes there."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QHeaderView, QLineEdit, QTreeWidget, QTreeWidgetItem

from engine.labels import BACKGROUND, Label, LabelTable
from gui.panels.cards import Card, label
from gui.session import Report, Shown

VALUE = Qt.ItemDataRole.UserRole
FIRST_GROUP = "ventricles"


class LabelsPanel(Card):
    """Groups of structures, the ventricles first."""

    hidden_edited = Signal(object)  # frozenset of label values
    label_clicked = Signal(int)  # label value

    def __init__(self) -> None:
        super().__init__("Structures")
        self.items: dict[int, QTreeWidgetItem] = {}
        self._groups: list[tuple[QTreeWidgetItem, list[int]]] = []
        self._table: LabelTable | None = None
        self.tree = QTreeWidget()
        self.tree.setColumnCount(2)
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(11)
        self.tree.setAccessibleName(self.tr("Structures"))
        self.tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search"))
        self.search.setAccessibleName(self.tr("Search structures"))
        self.search.setToolTip(self.tr("Show only structures whose name or label holds these letters (Ctrl+F)."))
        self.search.setClearButtonEnabled(True)
        self.missing = label("There is no label map yet: segment the scan, or generate a brain.", "dim")
        self.missing.setWordWrap(True)
        self.body.addWidget(self.missing)
        self.body.addWidget(self.search)
        self.body.addWidget(self.tree, 1)
        self.body.addStretch()
        self.tree.itemChanged.connect(self._on_item_changed)
        self.tree.itemClicked.connect(self._on_item_clicked)
        self.tree.itemActivated.connect(self._on_item_clicked)
        self.search.textChanged.connect(self._filter)
        self.set_shown(None)

    def set_shown(self, shown: Shown | None) -> None:
        """List the structures of this case's table."""
        labels = shown.case.labels if shown is not None else None
        for part in (self.search, self.tree):
            part.setVisible(labels is not None)
        self.missing.setVisible(labels is None)
        if labels is None or labels.table != self._table:
            self._table = labels.table if labels is not None else None
            self._fill()

    def select(self, value: int) -> None:
        """Mark this structure and bring it into sight; background marks none. Emits nothing."""
        item = self.items.get(value)
        if item is None:
            self.tree.clearSelection()
            return
        if item.isHidden():
            self.search.clear()
        self.tree.setCurrentItem(item)
        self.tree.scrollToItem(item)

    def set_hidden(self, hidden: frozenset[int]) -> None:
        """Untick these labels; emits nothing."""
        with QSignalBlocker(self.tree):
            for value, item in self.items.items():
                item.setCheckState(0, Qt.CheckState.Unchecked if value in hidden else Qt.CheckState.Checked)

    def set_report(self, report: Report | None) -> None:
        """Write the volumes beside the names; a structure without a voxel gets a dash, not 0 mL."""
        volumes = dict(report.volumes.structures) if report is not None else {}
        with QSignalBlocker(self.tree):
            for value, item in self.items.items():
                _write_volume(item, volumes.get(value, 0.0))
            for group, members in self._groups:
                _write_volume(group, sum(volumes.get(value, 0.0) for value in members))

    def _fill(self) -> None:
        with QSignalBlocker(self.tree):
            self.tree.clear()
            self.items, self._groups = {}, []
            for name, members in _groups(self._table).items():
                group = QTreeWidgetItem(self.tree, [name[0].upper() + name[1:], ""])
                group.setFlags(group.flags() | Qt.ItemFlag.ItemIsAutoTristate | Qt.ItemFlag.ItemIsUserCheckable)
                for member in members:
                    item = QTreeWidgetItem(group, [_short(member.name), ""])
                    item.setData(0, VALUE, member.value)
                    item.setIcon(0, swatch(member))
                    item.setCheckState(0, Qt.CheckState.Checked)
                    item.setToolTip(0, f"{member.name} (label {member.value}): click to go there.")
                    self.items[member.value] = item
                self._groups.append((group, [member.value for member in members]))
                group.setExpanded(name == FIRST_GROUP)
        self._filter(self.search.text())

    def _filter(self, words: str) -> None:
        wanted = words.strip().casefold()
        for group, members in self._groups:
            for value in members:
                item = self.items[value]
                item.setHidden(wanted not in f"{item.toolTip(0)} {group.text(0)}".casefold())
            group.setHidden(all(self.items[value].isHidden() for value in members))
            if wanted:
                group.setExpanded(True)

    def _on_item_changed(self, _item: QTreeWidgetItem, column: int) -> None:
        if column == 0:
            off = Qt.CheckState.Unchecked
            self.hidden_edited.emit(frozenset(v for v, item in self.items.items() if item.checkState(0) == off))

    def _on_item_clicked(self, item: QTreeWidgetItem) -> None:
        value = item.data(0, VALUE)
        if value is not None:
            self.label_clicked.emit(value)


def _groups(table: LabelTable | None) -> dict[str, list[Label]]:
    groups: dict[str, list[Label]] = {FIRST_GROUP: []}
    for structure in table.labels if table is not None else ():
        if structure.value != BACKGROUND:
            groups.setdefault(structure.group, []).append(structure)
    return {name: members for name, members in groups.items() if members}


def _write_volume(item: QTreeWidgetItem, volume_ml: float) -> None:
    item.setText(1, f"{volume_ml:,.1f} mL" if volume_ml else "–")
    item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def _short(name: str) -> str:
    """A name that fits into the panel; the tooltip has the whole one."""
    return name.replace("inferior lateral", "inf. lat.")


def swatch(structure: Label) -> QIcon:
    """A structure's colour beside its name."""
    colour = QPixmap(12, 12)
    colour.fill(QColor(*structure.colour))
    return QIcon(colour)
