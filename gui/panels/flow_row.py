"""Ventricular flow as a tool: which ventricles, and to what volume they are pushed."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QToolButton, QWidget

from gui.panels.controls import NUMBER_WIDTH

LEAST_ML, MOST_ML = 0.1, 600.0


class FlowRow(QWidget):
    """The number follows the volume there is, except while somebody types another one."""

    scope_edited = Signal(bool)  # whether all ventricles are pushed, or the chosen one
    push_wished = Signal(float)  # mL

    def __init__(self) -> None:
        super().__init__()
        self.scope = QComboBox()
        self.scope.addItem(self.tr("This one"), False)
        self.scope.addItem(self.tr("All"), True)
        self.scope.setToolTip(self.tr("Whether to push the chosen ventricle alone, or all of them."))
        self.ml = QDoubleSpinBox()
        self.ml.setRange(LEAST_ML, MOST_ML)
        self.ml.setDecimals(1)
        self.ml.setSuffix(" mL")
        self.ml.setKeyboardTracking(False)
        self.ml.setFixedWidth(NUMBER_WIDTH)
        self.ml.setToolTip(self.tr("The volume that it, or all of them together, shall have."))
        self.ml.lineEdit().returnPressed.connect(self.wish)
        for part in (self.scope, self.ml):
            part.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            part.setAccessibleName(part.toolTip().rstrip("."))
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(2)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3)
        row.addWidget(self.scope, 1)
        row.addWidget(self.ml)
        row.addLayout(self._buttons)
        self.scope.activated.connect(lambda _index: self.scope_edited.emit(self.scope.currentData()))
        self._volumes: tuple[float | None, float | None] = (None, None)

    def offer(self, actions: list[tuple[QAction, str]]) -> None:
        """Give each action a button with a few letters."""
        for action, words in actions:
            button = QToolButton()
            button.setObjectName("tool")
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            action.setIconText(words)
            button.setAccessibleName(action.toolTip())
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self._buttons.addWidget(button)

    def wish(self) -> None:
        """Wish for the volume that stands here."""
        self.ml.interpretText()
        self.push_wished.emit(self.ml.value())

    def set_scope(self, all_ventricles: bool) -> None:
        """Show what is pushed; emits nothing."""
        if all_ventricles != self.scope.currentData():
            with QSignalBlocker(self.scope):
                self.scope.setCurrentIndex(self.scope.findData(all_ventricles))
            self._follow()

    def set_volumes(self, chosen_ml: float | None, all_ml: float | None) -> None:
        """What there is: mL of the chosen structure, and of all ventricles."""
        self._volumes = chosen_ml, all_ml
        self._follow()

    def _follow(self) -> None:
        volume = self._volumes[1 if self.scope.currentData() else 0]
        if volume and not self.ml.hasFocus():
            self.ml.setValue(volume)
