"""Whether VTK can draw on this machine, found out where a crash does no harm: in a process of its own."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from gui.viewer import trial

#: A driver that hangs counts as one that does not work.
TIMEOUT_MS = 60_000
#: With this option alone, the program tries to draw and ends.
OPTION = "--try-drawing"


def command() -> list[str]:
    """The command that tries to draw. A built program holds no interpreter to give a script to, so it starts itself."""
    if getattr(sys, "frozen", False):
        return [sys.executable, OPTION]
    # -P: the trial's neighbours are not to be taken for modules that VTK imports.
    return [sys.executable, "-P", trial.__file__]


class Probe(QObject):
    """Starts the process and says once, through ``found``, whether it could draw; ``said``: by what it draws."""

    found = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.said = ""
        self._told = False
        self._process = QProcess(self)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(lambda _error: self._tell(False))

    def start(self) -> None:
        """Find out; returns at once."""
        program, *arguments = command()
        self._process.start(program, arguments)
        QTimer.singleShot(TIMEOUT_MS, self, self._process.kill)

    def stop(self) -> None:
        """Ask no longer, and tell nothing."""
        self._told = True
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._process.kill()
            self._process.waitForFinished()

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self.said = bytes(self._process.readAllStandardOutput().data()).decode(errors="replace").strip()
        self._tell(code == 0 and status == QProcess.ExitStatus.NormalExit)

    def _tell(self, works: bool) -> None:
        if not self._told:
            self._told = True
            self.found.emit(works)
