"""Whether VTK can draw on this machine, found out where a crash does no harm: in a process of its own."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

#: A driver that hangs counts as one that does not work.
TIMEOUT_MS = 60_000
#: Draws one picture; a machine without OpenGL ends it with an error, or kills it.
SCRIPT = """
import vtkmodules.vtkRenderingOpenGL2
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow
window, renderer, pixels = vtkRenderWindow(), vtkRenderer(), vtkUnsignedCharArray()
window.SetOffScreenRendering(1)
window.SetSize(8, 8)
renderer.SetBackground(1, 0, 0)
window.AddRenderer(renderer)
window.Render()
window.GetRGBACharPixelData(0, 0, 7, 7, 0, pixels)
raise SystemExit(pixels.GetComponent(0, 0) != 255)
"""


class Probe(QObject):
    """Starts the process and says once, through ``found``, whether it could draw."""

    found = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._told = False
        self._process = QProcess(self)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(lambda _error: self._tell(False))

    def start(self) -> None:
        """Find out; returns at once."""
        self._process.start(sys.executable, ["-c", SCRIPT])
        QTimer.singleShot(TIMEOUT_MS, self, self._process.kill)

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._tell(code == 0 and status == QProcess.ExitStatus.NormalExit)

    def _tell(self, works: bool) -> None:
        if not self._told:
            self._told = True
            self.found.emit(works)
