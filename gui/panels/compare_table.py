"""The table of a comparison: groups of structures and, below them, the structures."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from engine.comparing.comparison import Comparison, Row

VALUES = Qt.ItemDataRole.UserRole
NOTHING = "–"
#: Long names, shorter; the tooltip has the whole one.
SHORT = (
    ("inferior lateral", "inf. lat."),
    ("Ventricular volume", "Ventricles"),
    ("Intracranial volume", "Intracranial"),
    ("Lateral ventricles, ", "Lateral, "),
    ("cerebral white matter", "white matter"),
    ("cerebral cortex", "cortex"),
    ("cerebellar white matter", "cerebellar white m."),
    ("ventral diencephalon", "ventral dienceph."),
    ("Left ", "L "),
    ("Right ", "R "),
    ("Extracerebral ", "Extrac. "),
)


class CompareTable(QTreeWidget):
    """Dice, HD95 and volumes of every structure."""

    structure_clicked = Signal(object)  # tuple of label values

    def __init__(self) -> None:
        super().__init__()
        self._found: Comparison | None = None
        columns = (
            (self.tr("Structure"), self.tr("A click on a structure goes there and shows where it differs.")),
            (self.tr("Dice"), self.tr("Twice the overlap over the sum of both; 1 where they are equal.")),
            (self.tr("HD95"), self.tr("95th percentile of the distances between the two surfaces, mm.")),
            (self.tr("First"), self.tr("Volume in the first, mL, counted on its own voxels.")),
            (self.tr("Second"), self.tr("Volume in the second, mL, counted on its own voxels.")),
            (self.tr("Change"), self.tr("Second minus first, mL.")),
            (self.tr("%"), self.tr("The change in percent of the first.")),
        )
        self.setHeaderLabels([words for words, _ in columns])
        self.setAccessibleName(self.tr("Comparison"))
        self.setIndentation(11)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        for column, (_, words) in enumerate(columns):
            self.headerItem().setToolTip(column, words)
        head = self.header()
        head.setStretchLastSection(False)
        head.setMinimumSectionSize(30)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.headerItem().setTextAlignment(0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in range(self.columnCount()):
            mode = QHeaderView.ResizeMode.Stretch if column == 0 else QHeaderView.ResizeMode.ResizeToContents
            head.setSectionResizeMode(column, mode)
        self.itemClicked.connect(self._on_item)
        self.itemActivated.connect(self._on_item)

    def set_comparison(self, found: Comparison | None) -> None:
        """Fill the table, the ventricles unfolded; None empties it."""
        self._found = found
        self.clear()
        groups: dict[str, QTreeWidgetItem] = {}
        for row in () if found is None else found.rows:
            parent = groups.get(row.group)
            item = QTreeWidgetItem(self if parent is None else parent, list(texts(row)))
            item.setData(0, VALUES, row.values)
            item.setToolTip(0, tip(row))
            for column in range(1, self.columnCount()):
                item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            groups.setdefault(row.key, item)
        first = self.topLevelItem(0)
        if first is not None:
            first.setExpanded(True)

    def copied(self) -> str:
        """The table with tabs between its columns."""
        rows = [] if self._found is None else [texts(row, short=False) for row in self._found.rows]
        head = tuple(self.headerItem().text(n) for n in range(self.columnCount()))
        return "\n".join("\t".join(line) for line in (head, *rows)) + "\n"

    def _on_item(self, item: QTreeWidgetItem) -> None:
        values = item.data(0, VALUES)
        if values:
            self.structure_clicked.emit(tuple(values))


def texts(row: Row, *, short: bool = True) -> tuple[str, ...]:
    """A row as it stands in the table: what is not defined or was not found is a dash."""
    percent = row.change_percent
    return (
        _shortened(row.name) if short else row.name,
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
        words.append(_translated("Dice {0:.4f}").format(row.dice))
    if row.hd95_mm is not None and row.surface_mm is not None:
        distances = _translated("HD95 {0:.2f} mm, mean surface distance {1:.2f} mm")
        words.append(distances.format(row.hd95_mm, row.surface_mm))
    if row.first_ml is not None and row.second_ml is not None:
        volumes = _translated("{0:.2f} mL in the first, {1:.2f} mL in the second")
        words.append(volumes.format(row.first_ml, row.second_ml))
    return "\n".join([*words, _translated("Click to see where it differs.")])


def _translated(words: str) -> str:
    return QCoreApplication.translate("CompareTable", words)


def _shortened(name: str) -> str:
    for long, short in SHORT:
        name = name.replace(long, short)
    return name[:1].upper() + name[1:]


def _ml(volume: float | None) -> str:
    if volume is None:
        return NOTHING
    return f"{volume:.1f}" if volume < 1000 else f"{volume:.0f}"
