"""What leaves the window for others to read: reports and DICOM. Asks where, and has it written by the engine."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Slot

from engine.case import Case
from engine.dicom_export.job import ExportDicomJob
from engine.reporting.content import Table
from engine.reporting.job import HTML, PDF, ReportJob
from gui.comparing import Comparing
from gui.controller import Controller
from gui.dialogs import Dialogs
from gui.main_window import MainWindow
from gui.session import Message, Session
from gui.settings import Settings
from gui.tasks import Task

REPORTS = "PDF, one page of A4 (*.pdf);;HTML, one file with its pictures (*.html)"


class Reporting(QObject):
    """Goes on only with an answer."""

    def __init__(
        self,
        window: MainWindow,
        session: Session,
        controller: Controller,
        settings: Settings,
        dialogs: Dialogs,
        comparing: Comparing,
    ) -> None:
        super().__init__(window)
        self._comparing = comparing
        self._session, self._controller = session, controller
        self._settings, self._dialogs = settings, dialogs

    @Slot()
    def report(self) -> None:
        """Ask where the report of the case goes, and write it as its name ends."""
        case = self._session.case
        if case is None or case.labels is None:
            self._say(_translated("Segment the scan first; then there is something to report."), error=True)
            return
        suggestion = self._settings.folder / f"{case.name} report{PDF}"
        path = self._dialogs.file_to_export(_translated("Write a report"), suggestion, REPORTS)
        if path is None:
            return
        if path.suffix.lower() not in (PDF, HTML):
            path = path.with_name(f"{path.name}{PDF}")
            if path.exists() and not self._dialogs.replace(path.name):
                return
        self._settings.folder = path.parent
        job = ReportJob(case, path, self._comparisons(case))
        self._controller.queue_file(Task(job, _translated("Report"), self._on_report))

    @Slot()
    def export_dicom(self) -> None:
        """Ask for a new folder, and write image and labels there as DICOM."""
        case = self._session.case
        if case is None or case.image is None:
            words = _translated("Open a scan or make a case first; labels alone cannot be exported as DICOM.")
            self._say(words, error=True)
            return
        suggestion = self._settings.folder / f"{case.name} DICOM"
        folder = self._dialogs.folder_to_save(suggestion, _translated("Export as DICOM into a new folder"))
        if folder is None:
            return
        self._settings.folder = folder.parent
        self._controller.queue_file(Task(ExportDicomJob(case, folder), _translated("DICOM"), self._on_export))

    def _on_export(self, folder: Path) -> None:
        self._say(_translated("The DICOM files were written to {0}.").format(folder))

    def _comparisons(self, case: Case) -> tuple[Table, ...]:
        """What the window of comparisons found, if this very case is one of its two."""
        from engine.reporting.comparison import comparison_table

        pair, found = self._comparing.pair, self._comparing.comparison
        if pair is None or found is None or not any(case is one for one in self._comparing.cases or ()):
            return ()
        return (comparison_table(found, pair),)

    def _on_report(self, path: Path) -> None:
        self._say(_translated("The report was written to {0}.").format(path))

    def _say(self, sentence: str, *, error: bool = False) -> None:
        self._session.set_message(Message(sentence, error))


def _translated(words: str) -> str:
    return QCoreApplication.translate("Reporting", words)
