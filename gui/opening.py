"""Opening files and folders: one at a time on the files thread, and what becomes of what they held."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.case import Case
from engine.errors import EngineError
from engine.io.dicom.series import Listing, Series
from gui.controller import Controller
from gui.origin import laid_over
from gui.session import Message, Session
from gui.tasks import Task


class Opening(QObject):
    """Grants the controller's wish to open something, and tells how it ended."""

    opened = Signal(object, object)  # the Path, the Case it held
    series_found = Signal(object, object)  # the Path, the Listing to choose a series from
    failed = Signal(object, object)  # the Path, the EngineError

    def __init__(self, session: Session, controller: Controller) -> None:
        super().__init__(controller)
        self._session, self._controller = session, controller
        controller.open_wished.connect(self.open)

    def open(self, path: Path, series: Series | None = None) -> None:
        """Open ``path``, or this ``series`` of a folder."""
        jobs = self._controller.jobs
        job = jobs.open(path) if series is None else jobs.open(path, series)
        name = path.name or str(path)
        # One file stands for its series; the folder would ask again which one is meant.
        alone = path if series is None else series.place or path
        done, failed = partial(self._on_read, path, alone), partial(self._on_failed, path)
        self._controller.queue_file(Task(job, f"Opening {name}", done, failed=failed))

    def _on_read(self, path: Path, alone: Path, found: Case | Listing) -> None:
        if isinstance(found, Listing):
            self.series_found.emit(path, found)
            return
        self._controller.stop_making()
        case = laid_over(self._session.case, found)
        self._controller.show_recipe_of(case)
        self._session.set_case(case, unsaved=False, path=alone if case is found else None)
        self._controller.measure(case)
        self.opened.emit(path, found)

    def _on_failed(self, path: Path, error: EngineError) -> None:
        self._session.set_message(Message(str(error), error=True))
        self.failed.emit(path, error)
