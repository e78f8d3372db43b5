"""A report as a job: measured, drawn and written on the engine's thread."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from engine.case import Case
from engine.errors import OutputError
from engine.events import Event
from engine.io.files import written_beside
from engine.jobs import new_id
from engine.progress import Progress
from engine.quiet import uncollected
from engine.reporting.content import STAGES, WRITING, CaseReport, Table, make_report

HTML, PDF = ".html", ".pdf"


@dataclass(frozen=True)
class ReportJob:
    """A report of a case as HTML or PDF, as the name of ``path`` ends. Result: the path. ``comparisons``: tables of a
    comparison to go into it."""

    case: Case
    path: Path
    comparisons: tuple[Table, ...] = ()
    made_on: date = field(default_factory=date.today)
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Path]:
        """Yields Progressed; raises `BadLabelsError` without a label map, `OutputError` with nothing half-written."""
        check_report_path(self.path)
        progress = Progress(self.id, STAGES)
        with uncollected():
            report = yield from make_report(self.case, progress, made_on=self.made_on, comparisons=self.comparisons)
            yield progress.at(WRITING, 0, 1)
            write_report(report, self.path)
        return self.path


def check_report_path(path: Path) -> None:
    """Raises `OutputError` if no report can have this name."""
    if path.suffix.lower() not in (HTML, PDF):
        raise OutputError(f"A report is written as HTML or PDF; give {path.name} an ending of {HTML} or {PDF}.")
    if path.is_dir():
        raise OutputError(f"{path} is a folder; choose a name for the report's file.")
    if not path.absolute().parent.is_dir():
        raise OutputError(f"There is no folder {path.parent}; make it first, or choose another place.")


def write_report(report: CaseReport, path: Path) -> None:
    """Write a report as its name ends; a file that is there is replaced only when the new one is complete. Raises
    `OutputError`."""
    check_report_path(path)
    try:
        with written_beside(path) as temporary:
            if path.suffix.lower() == PDF:
                from engine.reporting.pdf import as_pdf

                temporary.write_bytes(as_pdf(report))
            else:
                from engine.reporting.html import as_html

                temporary.write_text(as_html(report), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path} could not be written ({error.strerror or error}); check the folder.") from error
