"""The dialog of diagnostics: facts from the engine, from Qt, and from a process that tries OpenGL."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from vtkmodules.vtkCommonCore import vtkVersion

from engine.diagnostics import DiagnosticsJob
from gui.controller import Controller
from gui.diagnostics_dialog import DiagnosticsDialog, qt_facts
from gui.main_window import MainWindow
from gui.session import Session
from gui.tasks import Task
from gui.viewer.probe import Probe


def wire_diagnostics(window: MainWindow, session: Session, controller: Controller) -> None:
    """The entry of the menu."""
    desk = DiagnosticsDesk(window, session, controller)
    action = window.actions_by_name["diagnostics"]
    action.setToolTip(desk.tr("Versions, machine and model pack, to copy into a report of a problem."))
    action.triggered.connect(desk.open)
    window.closed.connect(desk.close)


class DiagnosticsDesk(QObject):
    """Asks for the facts. What takes time comes when it is there; the window never waits for it."""

    def __init__(self, window: MainWindow, session: Session, controller: Controller) -> None:
        super().__init__(window)
        self._window, self._session, self._controller = window, session, controller
        self._dialog: DiagnosticsDialog | None = None
        self._probe: Probe | None = None

    @Slot()
    def open(self) -> None:
        """Show the dialog, with what is known at once; the rest follows."""
        if self._dialog is None:
            self._dialog = DiagnosticsDialog(self._window)
        self._show_window_facts(self.tr("asking…"))
        self._dialog.show()
        self._dialog.activateWindow()
        job = DiagnosticsJob(self._controller.pack, self._session.device)
        self._controller.queue_file(Task(job, "", self._dialog.set_engine_facts, quiet=True))
        self.close()
        self._probe = Probe(self)
        self._probe.found.connect(self._on_found)
        self._probe.start()

    @Slot()
    def close(self) -> None:
        """Ask no longer."""
        if self._probe is not None:
            self._probe.stop()

    def _on_found(self, works: bool) -> None:
        said = "" if self._probe is None else self._probe.said
        self._show_window_facts(said or (self.tr("draws") if works else self.tr("does not draw here")))

    def _show_window_facts(self, renderer: str) -> None:
        if self._dialog is not None:
            vtk = ("VTK", vtkVersion.GetVTKVersion())
            self._dialog.set_window_facts((*qt_facts(self._window), vtk, ("OpenGL", renderer)))
