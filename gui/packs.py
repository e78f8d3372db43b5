"""Decides what happens to model packs: which is installed, removed or used; the dialog shows it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from engine.events import Cancelled, Event, Failed, Finished, Progressed
from engine.jobs import Job
from engine.packs.jobs import InstallPackJob, ListPacksJob, RemovePackJob
from engine.packs.place import packs_folder
from engine.packs.store import InstalledPack, PackStore
from engine.worker import Worker
from gui.bridge import Bridge


class Packs(QObject):
    """One wish at a time, on a thread of its own that lives as long as the wish."""

    listed = Signal(object)  # tuple of InstalledPack
    progressed = Signal(object)  # Progressed, None when nothing is being installed
    said = Signal(str, bool)  # a sentence, and whether it is an error
    installed = Signal(object)  # InstalledPack
    removed = Signal(str)  # key

    def __init__(self, bridge: Bridge, folder: Callable[[], Path] = packs_folder) -> None:
        super().__init__()
        self._bridge, self._folder = bridge, folder
        self._worker: Worker | None = None
        self._job: Job | None = None
        self._done: Callable[[Any], None] = self.listed.emit
        self._waiting: deque[Callable[[], None]] = deque()
        bridge.arrived.connect(self.on_event)

    @property
    def busy(self) -> bool:
        """Whether a wish is being granted."""
        return self._job is not None

    @property
    def store(self) -> PackStore:
        """The packs of the folder that is chosen now."""
        return PackStore(self._folder())

    @Slot()
    def look(self) -> None:
        """List the packs, once nothing else is being done."""
        self.when_idle(self._look)

    def when_idle(self, then: Callable[[], None]) -> None:
        """Call ``then`` now, or as soon as the present wish is granted."""
        if self.busy:
            self._waiting.append(then)
        else:
            then()

    def _look(self) -> None:
        self._start(ListPacksJob(self.store), self.listed.emit)

    def install(self, source: Path) -> None:
        """Install the pack in a folder or a ZIP file."""

        def done(one: InstalledPack) -> None:
            self.said.emit(self.tr("{0} is installed. Press Use to work with it.").format(one.title), False)
            self.installed.emit(one)
            self.look()

        self._start(InstallPackJob(self.store, source), done)

    def remove(self, one: InstalledPack) -> None:
        """Remove an installed pack."""

        def done(title: str) -> None:
            self.said.emit(self.tr("{0} was removed.").format(title), False)
            self.removed.emit(one.key)
            self.look()

        self._start(RemovePackJob(self.store, one.key), done)

    @Slot()
    def cancel(self) -> None:
        """Stop what is being done, at its next step."""
        if self._worker is not None:
            self._worker.cancel()

    @Slot()
    def close(self) -> None:
        """Stop, forget what waits, and end the thread."""
        self._waiting.clear()
        self._end_thread()

    def _end_thread(self) -> None:
        self._job = None
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    @Slot(object)
    def on_event(self, event: Event) -> None:
        """Take in what the thread said."""
        if self._job is None or event.job_id != self._job.id:
            return
        installing = isinstance(self._job, InstallPackJob)
        match event:
            case Progressed() if installing:
                self.progressed.emit(event)
            case Finished() | Failed() | Cancelled():
                done = self._done
                self._end_thread()
                self.progressed.emit(None)
                self._end(event, done, installing=installing)

    def _end(self, event: Finished | Failed | Cancelled, done: Callable[[Any], None], *, installing: bool) -> None:
        if isinstance(event, Finished):
            done(event.result)
        elif isinstance(event, Failed):
            self.said.emit(str(event.error), True)
        elif installing:
            self.said.emit(self.tr("The installation was stopped; nothing of it stays behind."), False)
        while self._waiting and not self.busy:
            self._waiting.popleft()()

    def _start(self, job: Job, done: Callable[[Any], None]) -> None:
        if self.busy:
            return
        self._job, self._done = job, done
        self._worker = Worker(self._bridge.carry, "packs")
        self._worker.submit(job)
