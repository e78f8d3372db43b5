"""The start: finding out whether VTK can draw, and what happens to mistakes nobody expected."""

import sys

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from vtkmodules.vtkCommonCore import vtkVersion

import main
from engine.recipe import VOLUME
from gui.app import report_mistake, start_drawing
from gui.viewer import probe
from gui.viewer.probe import Probe


def test_the_probe_finds_that_vtk_can_draw(qtbot):
    tried = Probe()
    with qtbot.waitSignal(tried.found, timeout=60_000) as found:
        tried.start()
    assert found.args == [True]


@pytest.mark.parametrize("script", ["import os; os.abort()", "raise SystemExit(1)"])
def test_the_probe_survives_a_driver_that_does_not(qtbot, monkeypatch, script):
    monkeypatch.setattr(probe, "command", lambda: [sys.executable, "-c", script])
    tried = Probe()
    with qtbot.waitSignal(tried.found, timeout=60_000) as found:
        tried.start()
    assert found.args == [False]


def test_a_program_that_does_not_start_does_not_draw(qtbot, monkeypatch):
    monkeypatch.setattr(probe, "command", lambda: ["/nowhere/VentriSynth"])
    tried = Probe()
    with qtbot.waitSignal(tried.found, timeout=60_000) as found:
        tried.start()
    assert found.args == [False]


def test_a_built_program_starts_itself_with_an_option_that_main_knows(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert probe.command() == [sys.executable, main.TRY_DRAWING]


def test_what_is_known_to_draw_is_not_tried_again(desktop, settings):
    settings.drawing = vtkVersion.GetVTKVersion()
    desktop.window.viewer.set_drawing(False)
    start_drawing(desktop)
    assert desktop.window.viewer.slices["axial"]._why_empty() == ""
    assert settings.drawing == "", "a crash from here on leads to a new trial"
    desktop.window.may_close = True
    desktop.window.close()
    assert settings.drawing == vtkVersion.GetVTKVersion()


def test_a_mistake_is_told_and_traced(desktop, capfd):
    report_mistake(desktop.session, ZeroDivisionError, ZeroDivisionError("division by zero"), None)
    assert desktop.session.message.error
    assert "unexpected" in desktop.session.message.sentence
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_the_wheel_over_a_number_that_is_not_in_use_changes_nothing(desktop):
    row = desktop.window.recipe_panel.rows[VOLUME]
    for part in (row.slider, row.number):
        part.clearFocus()
        before, at = desktop.session.recipe, QPointF(part.rect().center())
        event = QWheelEvent(
            at, part.mapToGlobal(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(part, event)
        assert desktop.session.recipe == before
