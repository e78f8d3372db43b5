"""What is to be known when something is reported, to read and to copy."""

from __future__ import annotations

from PySide6.QtCore import qVersion
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from engine.diagnostics import Facts, without_home
from gui.panels.cards import label

WIDTH, HEIGHT = 720, 460


class DiagnosticsDialog(QDialog):
    """Facts as lines: the engine's, then the window's, each when they are there."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._engine: Facts = ()
        self._window: Facts = ()
        what = label(self.tr("Copy this into a report of a problem. It holds no names and no folders of yours."), "dim")
        what.setWordWrap(True)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName(self.tr("Diagnostics"))
        self.copy = QPushButton(self.tr("Copy to clipboard"))
        self.copy.setToolTip(self.tr("Put all of it on the clipboard."))
        self.box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.box.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        rows = QVBoxLayout(self)
        rows.addWidget(what)
        rows.addWidget(self.text, 1)
        rows.addWidget(self.box)
        self.copy.clicked.connect(self._on_copy)
        self.box.rejected.connect(self.reject)
        self.setWindowTitle(self.tr("Diagnostics"))
        self.resize(WIDTH, HEIGHT)

    def set_engine_facts(self, facts: Facts) -> None:
        """Versions, machine and pack."""
        self._engine = facts
        self._show()

    def set_window_facts(self, facts: Facts) -> None:
        """Qt, screens and OpenGL."""
        self._window = facts
        self._show()

    def _show(self) -> None:
        lines = [f"{name}: {value}" for name, value in (*self._engine, *self._window)]
        self.text.setPlainText(without_home("\n".join(lines)))
        self.copy.setText(self.tr("Copy to clipboard"))

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.copy.setText(self.tr("Copied"))


def qt_facts(widget: QWidget) -> Facts:
    """What Qt knows of itself and of the screens, that of ``widget`` among them."""
    here = widget.screen()
    screens = [
        f"{screen.size().width()} x {screen.size().height()} at {screen.devicePixelRatio():g}"
        f"{' (this window)' if screen is here else ''}"
        for screen in QGuiApplication.screens()
    ]
    return (
        ("Qt", f"{qVersion()}, platform {QGuiApplication.platformName()}"),
        ("Screens", "; ".join(screens)),
    )
