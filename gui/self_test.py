"""The window tries itself off screen: opened with a case, measured, drawn where VTK can draw, and closed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSettings
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from engine.case import Case
from engine.errors import SelfTestError
from engine.pack import ModelPack
from gui import theme
from gui.app import Desktop, build
from gui.settings import Settings
from gui.viewer import probe

#: How long measuring and the first surface may take, in software.
MOST_SECONDS = 120.0
#: A slice of a brain has more greys than this; an empty view has the background and a few letters.
FEWEST_COLOURS = 12


def draw_without_a_screen() -> None:
    """Let Qt and VTK draw off screen; to be called before either is asked for anything."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")


def try_window(pack: ModelPack, case: Case) -> str:
    """Open the window with a case in it; what was seen, in words. Raises `SelfTestError`."""
    app = QApplication.instance() or QApplication(["VentriSynth"])
    assert isinstance(app, QApplication)
    theme.apply(app)
    draws = subprocess.run(probe.command(), capture_output=True, check=False).returncode == 0
    with tempfile.TemporaryDirectory(prefix="ventrisynth-") as folder:
        settings = Settings(QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat))
        desktop = build(pack, settings)
        try:
            _show(app, desktop, case, draws=draws)
        finally:
            desktop.window.may_close = True
            desktop.window.close()
            ended = desktop.close()
    if not ended:
        raise SelfTestError("The window's threads did not end; install VentriSynth again.")
    return "the window opened and drew it" if draws else "the window opened; OpenGL does not draw here"


def _show(app: QApplication, desktop: Desktop, case: Case, *, draws: bool) -> None:
    desktop.session.set_live(False)
    viewer = desktop.window.viewer
    viewer.set_drawing(draws)
    desktop.window.show()
    desktop.session.set_case(case, unsaved=False)
    desktop.controller.measure(case)
    _wait(app, lambda: desktop.session.report is not None and not viewer.surface.making)
    if draws and _colours(viewer.slices["axial"].grab().toImage()) < FEWEST_COLOURS:
        raise SelfTestError("The window did not draw the case; update the graphics driver.")


def _wait(app: QApplication, so: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not so():
        app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
        if time.monotonic() - began > MOST_SECONDS:
            raise SelfTestError("The window did not show the case in time; close other programs and try again.")


def _colours(picture: QImage) -> int:
    """How many colours a picture has, looked at in a coarse grid of points."""
    across, down = range(0, picture.width(), 5), range(0, picture.height(), 5)
    return len({picture.pixel(x, y) for x in across for y in down})
