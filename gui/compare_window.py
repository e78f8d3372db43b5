"""The window of a comparison: two cases, the numbers, and what is being worked out. It covers the window of the case,
which stays as it is below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QVBoxLayout, QWidget

from engine.comparing.comparison import Comparison
from engine.comparing.pair import Pair
from engine.measures import label_position
from gui.display import Display
from gui.messages import MessageBar
from gui.panels.compare_panel import ComparePanel
from gui.panels.job_bar import JobBar
from gui.session import JobStatus, Message
from gui.viewer.compare_slices import MODES
from gui.viewer.compare_view import CompareView
from gui.viewer.readout import readout

PANEL_WIDTH = 464
TEN = 10


class CompareWindow(QWidget):
    """Widgets only; what they wish is granted elsewhere."""

    picture_wished = Signal(object)  # QPixmap
    cancel_wished = Signal()
    closed = Signal()

    def __init__(self, display: Display, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.view, self.panel = CompareView(), ComparePanel()
        self.message_bar, self.job_bar = MessageBar(), JobBar()
        self.display = display
        self._busy = False
        self.panel.setFixedWidth(PANEL_WIDTH)
        self._lay_out()
        self._connect()
        self._add_keys()
        # A click leaves the keyboard with the views, so that Space peeks and presses nothing; Tab still comes here.
        for part in (*self.findChildren(QAbstractButton), self.panel.table, self.panel.structure):
            part.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_display(display)
        self.view.set_way(self.panel.mode, 0.5, 20.0)
        self.setWindowTitle(self.tr("Comparison"))

    # State

    def set_pair(self, pair: Pair) -> None:
        """Show two cases."""
        self.view.set_pair(pair)
        self.panel.set_pair(pair)
        self.message_bar.set_message(None)
        self.setWindowTitle(self.tr("{0} and {1} – Comparison").format(pair.first.name, pair.second.name))

    def set_comparison(self, found: Comparison) -> None:
        """Show what was measured."""
        self.panel.set_comparison(found)
        self.view.set_comparison(found)

    def set_display(self, display: Display) -> None:
        """How the slices are drawn, here only."""
        self.display = display
        self.view.set_display(display)
        self.panel.set_display(display)

    @Slot(object)
    def set_status(self, status: JobStatus | None) -> None:
        """How far the engine is."""
        self._busy = status is not None
        self.job_bar.set_status(status)
        self.panel.set_busy(self._busy)

    def say(self, sentence: str, *, error: bool) -> None:
        """A sentence above the views."""
        self.message_bar.set_message(Message(sentence, error))

    def go_to(self, values: tuple[int, ...]) -> None:
        """Move the crosshair into the first of these structures that is there."""
        pair = self.view.pair
        for labels in () if pair is None else (pair.second.labels, pair.first.labels):
            for value in values:
                position = None if labels is None else label_position(labels, value)
                if position is not None:
                    self.view.set_crosshair(position)
                    return

    # Parts

    def _lay_out(self) -> None:
        middle = QVBoxLayout()
        middle.setSpacing(4)
        middle.addWidget(self.message_bar)
        middle.addWidget(self.view, 1)
        columns = QHBoxLayout()
        columns.setSpacing(6)
        columns.addLayout(middle, 1)
        columns.addWidget(self.panel)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(6, 6, 6, 0)
        rows.setSpacing(2)
        rows.addLayout(columns, 1)
        rows.addWidget(self.job_bar)

    def _connect(self) -> None:
        panel, view = self.panel, self.view
        panel.way_edited.connect(view.set_way)
        panel.structure_chosen.connect(self.go_to)
        panel.picture_clicked.connect(self._wish_picture)
        panel.close_clicked.connect(self.close)
        panel.display_edited.connect(lambda changes: self._edit(**changes))
        view.contrast_edited.connect(lambda window, level: self._edit(window=window, level=level))
        view.hovered.connect(self._read_out)
        self.job_bar.cancel_clicked.connect(self.cancel_wished)
        self.message_bar.dismissed.connect(lambda: self.message_bar.set_message(None))

    def _add_keys(self) -> None:
        view = self.view
        keys: dict[str, Callable[[], object]] = {
            "PgUp": lambda: view.step(1),
            "PgDown": lambda: view.step(-1),
            "Shift+PgUp": lambda: view.step(TEN),
            "Shift+PgDown": lambda: view.step(-TEN),
            "F": view.fit,
            "O": lambda: self._edit(overlay=not self.display.overlay),
            "Shift+O": lambda: self._edit(outline=not self.display.outline),
            "I": lambda: self._edit(smooth=not self.display.smooth),
            "X": lambda: self._edit(crosshair=not self.display.crosshair),
            "Ctrl+R": self.panel.align.click,
            "Ctrl+C": self.panel.copy.click,
            "Ctrl+P": self._wish_picture,
            "Esc": self._on_escape,
        }
        keys |= {str(n + 1): partial(self.panel.set_mode, mode) for n, mode in enumerate(MODES)}
        for key, act in keys.items():
            QShortcut(QKeySequence(key), self, act)

    def _edit(self, **changes: object) -> None:
        self.set_display(replace(self.display, **changes))  # type: ignore[arg-type]

    def _wish_picture(self) -> None:
        self.picture_wished.emit(self.view.take_picture())

    def _on_escape(self) -> None:
        if self._busy:
            self.cancel_wished.emit()
        else:
            self.close()

    def _read_out(self, world: np.ndarray | None) -> None:
        pair = self.view.pair
        if pair is None or world is None:
            self.job_bar.set_readout("")
            return
        first, second = readout(pair.first, world), readout(pair.second, world).split("     ")[2:]
        self.job_bar.set_readout(f"{first}     |     {'     '.join(second)}" if first else "")

    # Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.view.set_display(replace(self.display, overlay=False))

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.view.set_display(self.display)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()
