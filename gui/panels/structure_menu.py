"""Choosing several structures from a list that stays open while they are ticked."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy

from engine.labels import LabelTable
from gui.panels.labels_panel import swatch


class StructureMenu(QPushButton):
    """Says which structures are chosen; a click opens the list of all of them."""

    chosen = Signal(object)  # frozenset of label values

    def __init__(self, tip: str) -> None:
        super().__init__()
        self.setToolTip(tip)
        self.setAccessibleName(tip.rstrip("."))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(80)
        self.setObjectName("menu")
        self._menu = _OpenMenu(self)
        self._menu.triggered.connect(lambda _action: self.chosen.emit(self.values()))
        self._names: dict[int, str] = {}
        self.setMenu(self._menu)

    def offer(self, table: LabelTable) -> None:
        """List the structures of a table."""
        values = self.values()
        self._menu.clear()
        self._names = {structure.value: structure.name for structure in table.labels}
        for structure in table.labels:
            action = self._menu.addAction(swatch(structure), structure.name)
            action.setCheckable(True)
            action.setData(structure.value)
        self.set_values(values)

    def values(self) -> frozenset[int]:
        """The values that are ticked."""
        return frozenset(action.data() for action in self._menu.actions() if action.isChecked())

    def set_values(self, values: frozenset[int]) -> None:
        """Tick these; emits nothing."""
        for action in self._menu.actions():
            action.setChecked(action.data() in values)
        names = [self._names[value] for value in sorted(values) if value in self._names]
        self.setText(names[0] if len(names) == 1 else self.tr("{0} structures").format(len(names)))


class _OpenMenu(QMenu):
    """Stays open when something in it is ticked; a click beside it, or Esc, closes it."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = cast("QAction | None", self.actionAt(event.position().toPoint()))
        if action is not None and action.isEnabled():
            action.trigger()
        else:
            super().mouseReleaseEvent(event)
