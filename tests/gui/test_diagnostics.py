"""Diagnostics in the window: they come by themselves, and are copied without a folder of the user."""

from pathlib import Path

from PySide6.QtGui import QGuiApplication

from gui.diagnostics_dialog import DiagnosticsDialog
from resources import version


def test_diagnostics_come_by_themselves_and_are_copied(desktop, pack, qtbot):
    desktop.window.actions_by_name["diagnostics"].trigger()
    dialog = desktop.window.findChild(DiagnosticsDialog)
    assert "Qt: " in dialog.text.toPlainText()
    assert "OpenGL: asking…" in dialog.text.toPlainText()
    qtbot.waitUntil(lambda: "asking" not in dialog.text.toPlainText(), timeout=60_000)
    qtbot.waitUntil(lambda: "VentriSynth: " in dialog.text.toPlainText())
    dialog.copy.click()
    said = QGuiApplication.clipboard().text()
    for part in (version(), pack.sha256, "platform offscreen", "VTK: ", "(this window)", "Memory: "):
        assert part in said
    assert dialog.copy.text() == "Copied"
    assert str(Path.home()) not in said
    assert str(pack.folder) not in said


def test_the_home_folder_is_left_out_whoever_says_it(qtbot):
    dialog = DiagnosticsDialog(None)
    qtbot.addWidget(dialog)
    dialog.set_engine_facts((("Driver", f"{Path.home()}/driver.so"),))
    assert dialog.text.toPlainText() == "Driver: ~/driver.so"


def test_a_window_that_closes_asks_no_longer(desktop):
    desktop.window.actions_by_name["diagnostics"].trigger()
    desktop.window.may_close = True
    desktop.window.close()
