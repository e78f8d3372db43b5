"""Correcting the label map: tools, brush, what paint may cover, and operations on the chosen structure."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.edit.steps import corrected_voxels
from engine.labels import LabelTable, synthseg33
from gui.painting import ALL, EMPTY, INTENSITIES, LARGEST_MM, NAVIGATE, SMALLEST_MM, STRUCTURES, TOOLS, Painting
from gui.panels.cards import Card, label, tool_button
from gui.panels.controls import WheelGuard
from gui.panels.flow_row import FlowRow
from gui.panels.labels_panel import swatch
from gui.panels.structure_menu import StructureMenu
from gui.session import Shown
from gui.settings import MIB

#: Buttons beside each other.
COLUMNS = 3
#: Letters of a structure's name that are always seen.
SHORTEST = 8


class EditPanel(Card):
    """Shows a `Painting` and wishes for another one."""

    painting_edited = Signal(object)  # Painting

    def __init__(self) -> None:
        super().__init__("Correct")
        self._painting, self._table = Painting(), synthseg33()
        self._guard = WheelGuard(self)
        self._complete, self._held = False, ""
        self.tools = {name: tool_button(name, tip, "tool") for name, tip in self._tips().items()}
        group = QButtonGroup(self)
        for name, button in self.tools.items():
            button.setCheckable(True)
            button.setAccessibleName(name)
            group.addButton(button)
            button.clicked.connect(lambda _=False, name=name: self._edit(tool=name))
        self.label = self._structures(self.tr("The structure that is painted; also picked in the list of structures."))
        self.volume = label("–", "number")
        self.radius = self._mm(self.tr("Radius of the brush; keys [ and ]."), SMALLEST_MM, LARGEST_MM)
        self.shape = self._choice(self.tr("Shape of the brush."), {True: self.tr("Round"), False: self.tr("Square")})
        self.reach = self._choice(
            self.tr("Whether brush, erase and fill stay on the slice or reach across slices."),
            {False: self.tr("2D"), True: self.tr("3D")},
        )
        self.over = self._choice(
            self.tr("What paint may cover."),
            {
                ALL: self.tr("over everything"),
                EMPTY: self.tr("over background"),
                STRUCTURES: self.tr("only over …"),
                INTENSITIES: self.tr("intensities …"),
            },
        )
        self.over_labels = StructureMenu(self.tr("The only structures that paint may cover."))
        self.over_labels.offer(self._table)
        self.low, self.high = self._number(), self._number()
        self.amount = self._mm(self.tr("How far to smooth, grow or shrink."), 0.5, 10.0)
        self.history = label("", "dim")
        #: Folded away while nothing is painted, so that the list of structures has the room.
        self.details, self._head = QWidget(), QWidget()
        self._operations = QGridLayout()
        self.flow = FlowRow()
        self.flow.scope.installEventFilter(self._guard)
        self.flow.ml.installEventFilter(self._guard)
        self.remake = QToolButton()
        self._lay_out()
        self._connect()
        self.set_painting(self._painting)

    def showEvent(self, event: QShowEvent) -> None:
        """As wide with its details folded away as with them, so that the views do not jump."""
        for part in self.details.findChildren(QWidget):
            part.ensurePolished()
        self._head.setMinimumWidth(self.details.minimumSizeHint().width())
        super().showEvent(event)

    def offer(self, operations: list[QAction], remake: QAction) -> None:
        """Give each operation a button, the new image the last one; how far they reach stands among them."""
        remake.setIconText(self.tr("Remake image"))
        parts: list[QWidget] = [_operation(action) for action in operations]
        self.remake = _operation(remake)
        parts.insert(2 * COLUMNS - 1, self.amount)
        for number, part in enumerate((*parts, self.remake)):
            self._operations.addWidget(part, number // COLUMNS, number % COLUMNS)

    def set_held(self, held: str) -> None:
        """While a step is worked out, what would change the labels rests."""
        self._held = held
        self._rest()

    def set_painting(self, painting: Painting) -> None:
        """Show what is chosen; emits nothing."""
        self._painting = painting
        self.tools[painting.tool].setChecked(True)
        chosen = {self.label: painting.label, self.over: painting.over}
        for box, value in {**chosen, self.shape: painting.round, self.reach: painting.three_d}.items():
            with QSignalBlocker(box):
                box.setCurrentIndex(box.findData(value))
        numbers = {self.radius: painting.radius_mm, self.amount: painting.amount_mm}
        low, high = painting.intensities
        for spin, number in {**numbers, self.low: low, self.high: high}.items():
            with QSignalBlocker(spin):
                spin.setValue(number)
        self.details.setVisible(painting.tool != NAVIGATE)
        self.over_labels.set_values(painting.over_labels)
        self.over_labels.setVisible(painting.over == STRUCTURES)
        self.flow.set_scope(painting.all_ventricles)
        for spin in (self.low, self.high):
            spin.setVisible(painting.over == INTENSITIES)

    def set_shown(self, shown: Shown | None) -> None:
        """Offer the structures of this case's table."""
        labels = shown.case.labels if shown is not None else None
        table = labels.table if labels is not None else self._table
        self._complete = shown is not None and shown.complete
        self._rest()
        outdated = shown is not None and shown.complete and corrected_voxels(shown.case) > 0
        if outdated != self.remake.property("outdated"):
            self.remake.setProperty("outdated", outdated)
            # A style sheet looks at properties only when it is applied.
            self.remake.style().unpolish(self.remake)
            self.remake.style().polish(self.remake)
        if table != self._table:
            self._table = table
            with QSignalBlocker(self.label):
                self.label.clear()
                _fill(self.label, table)
            self.over_labels.offer(table)
            self.set_painting(self._painting)

    def set_volume(self, volume_ml: float | None, ventricular_ml: float | None = None) -> None:
        """The volumes of the chosen structure and of all ventricles in mL; a structure without a voxel gets a dash."""
        self.flow.set_volumes(volume_ml, ventricular_ml)
        self.volume.setText(f"{volume_ml:,.2f} mL" if volume_ml else "–")

    def set_history(self, steps: int, used_bytes: int, budget_bytes: int) -> None:
        """How much can be undone, and what it takes."""
        self.history.setText(self.tr("1 step") if steps == 1 else self.tr("{0} steps").format(steps) if steps else "")
        self.history.setToolTip(
            self.tr("{0} steps can be undone. They take {1} of {2} MiB; the oldest are forgotten then.").format(
                steps, f"{used_bytes / MIB:.1f}", budget_bytes // MIB
            )
        )

    # Parts

    def _rest(self) -> None:
        self.setEnabled(self._complete and not self._held)

    def _tips(self) -> dict[str, str]:
        tips = (
            self.tr("Look around without changing anything (N)."),
            self.tr("Paint the structure chosen below (B). Shift+drag moves the picture."),
            self.tr("Erase to background (D)."),
            self.tr("Fill the connected area of one label under the pointer (G); in 3D, the connected component."),
            self.tr("Paint what a line is drawn around (P), or a polygon: click its corners, double-click the last."),
            self.tr("Remove the connected component under the pointer (Q): each voxel gets the label nearest to it."),
        )
        return dict(zip(TOOLS, tips, strict=True))

    def _lay_out(self) -> None:
        tools = QHBoxLayout(self._head)
        tools.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(4)
        for button in self.tools.values():
            tools.addWidget(button)
        tools.addStretch(1)
        tools.addWidget(self.history)
        self.body.addWidget(self._head)
        self.body.addWidget(self.details)
        details = QVBoxLayout(self.details)
        details.setContentsMargins(0, 0, 0, 0)
        details.setSpacing(6)
        details.addLayout(_row(self.label, self.volume))
        details.addLayout(_row(self.shape, self.reach, self.radius))
        over = _row(self.over, self.over_labels, self.low, self.high)
        over.setStretch(1, 1)
        details.addLayout(over)
        self._operations.setSpacing(4)
        details.addLayout(self._operations)
        details.addWidget(self.flow)

    def _connect(self) -> None:
        for field, box in (
            ("label", self.label),
            ("over", self.over),
            ("round", self.shape),
            ("three_d", self.reach),
        ):
            box.activated.connect(lambda _index, field=field, box=box: self._edit(**{field: box.currentData()}))
        self.over_labels.chosen.connect(lambda values: self._edit(over_labels=values))
        self.flow.scope_edited.connect(lambda every: self._edit(all_ventricles=every))
        self.radius.valueChanged.connect(lambda mm: self._edit(radius_mm=mm))
        self.amount.valueChanged.connect(lambda mm: self._edit(amount_mm=mm))
        for spin in (self.low, self.high):
            spin.valueChanged.connect(lambda _value: self._edit(intensities=(self.low.value(), self.high.value())))

    def _edit(self, **changes: object) -> None:
        self.painting_edited.emit(replace(self._painting, **changes))  # type: ignore[arg-type]

    def _structures(self, tip: str) -> QComboBox:
        box = self._choice(tip, {})
        _fill(box, self._table)
        return box

    def _choice(self, tip: str, entries: dict[object, str]) -> QComboBox:
        box = QComboBox()
        box.setToolTip(tip)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(max((len(words) for words in entries.values()), default=SHORTEST))
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.installEventFilter(self._guard)
        for value, words in entries.items():
            box.addItem(words, value)
        return box

    def _mm(self, tip: str, low: float, high: float) -> QDoubleSpinBox:
        spin = self._number()
        spin.setToolTip(tip)
        spin.setDecimals(1)
        spin.setSingleStep(0.5)
        spin.setRange(low, high)
        spin.setSuffix(" mm")
        return spin

    def _number(self) -> QDoubleSpinBox:
        spin = QDoubleSpinBox()
        spin.setRange(-1e6, 1e6)
        spin.setKeyboardTracking(False)
        spin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        spin.installEventFilter(self._guard)
        return spin


def _operation(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setObjectName("tool")
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    button.setDefaultAction(action)
    button.setSizePolicy(QPushButton().sizePolicy())
    return button


def _row(first: QWidget, *others: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    row.addWidget(first, 1)
    for widget in others:
        row.addWidget(widget)
    return row


def _fill(box: QComboBox, table: LabelTable) -> None:
    for structure in table.labels:
        box.addItem(swatch(structure), structure.name, structure.value)
