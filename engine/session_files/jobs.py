"""Jobs for the files thread: open and save sessions, keep unsaved work, find what a dead window left."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from engine.errors import BadFileError, OutputError
from engine.events import Event, Noticed
from engine.io.files import remove_leftovers
from engine.jobs import new_id
from engine.progress import Progress, retold
from engine.session_files import locks, slots
from engine.session_files.locks import Lock
from engine.session_files.record import SessionRecord
from engine.session_files.session_file import Written, read_record, read_session, write_session
from engine.session_files.slots import Slot
from engine.session_files.snapshot import Snapshot, Stamp

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class OpenedSession:
    """A session from a file. ``lock`` is None where another window has it open, ``shared`` then, or where no lock can
    be made, as in a folder that one may only read."""

    path: Path
    snapshot: Snapshot
    stamp: Stamp
    lock: Lock | None
    shared: bool


@dataclass(frozen=True, eq=False)
class SavedSession:
    """A session that was written, and the lock on its file where one can be made."""

    written: Written
    lock: Lock | None


@dataclass(frozen=True)
class OpenSessionJob:
    """Read a session. Result: an `OpenedSession`; nothing of it is half-read. ``lock``: the one this window holds on
    the file already, None if it holds none."""

    path: Path
    lock: Lock | None = None
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, OpenedSession]:
        """Yields Progressed; raises `BadFileError`."""
        progress = Progress(self.id, {"Opening": 1.0})
        yield progress.at("Opening", 0, 1)
        remove_leftovers(self.path.parent)
        lock, shared = self.lock, False
        with suppress(OSError):
            if lock is None and self.path.is_file():
                lock = locks.take(locks.lock_beside(self.path))
                shared = lock is None
        try:
            cases = len(read_record(self.path).parts)
            snapshot, stamp = yield from _as_progress(read_session(self.path), progress, "Opening", cases)
        except BaseException:
            if lock is not None and lock is not self.lock:
                lock.release()
            raise
        return OpenedSession(self.path, snapshot, stamp, lock, shared)


@dataclass(frozen=True)
class SaveSessionJob:
    """Write a session. Result: a `SavedSession`. ``lock``: the one this window holds on the file, None if it holds none
    yet; ``expected``: how a file that is replaced may look, None for anything."""

    path: Path
    snapshot: Snapshot
    lock: Lock | None = None
    expected: Stamp | None = None
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, SavedSession]:
        """Yields Progressed; raises `OutputError`, the old file whole, or `ChangedFileError`."""
        progress = Progress(self.id, {"Saving": 1.0})
        yield progress.at("Saving", 0, 1)
        lock = self.lock
        if lock is None:
            # Where no lock can be made, writing says why better than the lock could.
            with suppress(OSError):
                lock = locks.take(locks.lock_beside(self.path))
                if lock is None:
                    raise OutputError(f"{self.path.name} is open in another window; save under another name.")
        writing = write_session(self.path, self.snapshot, expected=self.expected)
        try:
            written = yield from _as_progress(writing, progress, "Saving", len(self.snapshot.cases))
        except BaseException:
            if lock is not None and lock is not self.lock:
                lock.release()
            raise
        return SavedSession(written, lock)


@dataclass(frozen=True)
class AutosaveJob:
    """Keep unsaved work in ``slot``. Result: what was `Written`."""

    snapshot: Snapshot
    slot: Slot
    earlier: Written | None = None
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Written]:
        """Yields Progressed; raises `OutputError`."""
        progress = Progress(self.id, {"Autosaving": 1.0})
        yield progress.at("Autosaving", 0, 1)
        writing = write_session(self.slot.path, self.snapshot, earlier=self.earlier)
        written = yield from _as_progress(writing, progress, "Autosaving", len(self.snapshot.cases))
        return written


@dataclass(frozen=True)
class RestoreJob:
    """Read what a window that died left in ``slot``. Result: a `Snapshot`."""

    slot: Slot
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Snapshot]:
        """Yields Progressed; raises `BadFileError`."""
        progress = Progress(self.id, {"Restoring": 1.0})
        cases = len(read_record(self.slot.path).parts)
        snapshot, _ = yield from _as_progress(read_session(self.slot.path), progress, "Restoring", cases)
        return snapshot


@dataclass(frozen=True)
class NothingJob:
    """Its turn comes when all before it are done. Result: None."""

    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, None]:
        """Yields nothing."""
        yield from ()


@dataclass(frozen=True)
class ForgetJob:
    """Remove what was kept in a slot, since it is saved elsewhere. Result: None."""

    slot: Slot
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, None]:
        """Yields Progressed once."""
        yield Progress(self.id, {"Autosaving": 1.0}).at("Autosaving", 0, 1)
        with suppress(OSError):
            self.slot.clear()


@dataclass(frozen=True, eq=False)
class LostWork:
    """What a window that died had not saved; ``others``: how many more such windows there were."""

    slot: Slot
    record: SessionRecord
    others: int


@dataclass(frozen=True)
class FindLostWorkJob:
    """What windows that died left: remove the half-written files in ``folder`` and ``others``, find the newest unsaved
    work in ``folder``. Result: `LostWork`, or None."""

    folder: Path
    others: tuple[Path, ...] = ()
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, LostWork | None]:
        """Yields Progressed once, and Noticed for what cannot be read."""
        yield Progress(self.id, {"Looking for unsaved work": 1.0}).at("Looking for unsaved work", 0, 1)
        for folder in (self.folder, *self.others):
            remove_leftovers(folder)
        found: list[tuple[Slot, SessionRecord]] = []
        for slot in slots.abandoned(self.folder):
            try:
                found.append((slot, read_record(slot.path)))
            except BadFileError as error:
                aside = slot.put_aside()
                slot.release()
                yield Noticed(self.id, f"Unsaved work, kept as {aside}, cannot be restored: {error}")
        for slot, _ in found[1:]:
            slot.release()
        return LostWork(*found[0], len(found) - 1) if found else None


def _as_progress(
    cases: Generator[int, None, Result], progress: Progress, stage: str, total: int
) -> Generator[Event, None, Result]:
    """The number of cases done as events."""
    return retold(cases, lambda done: progress.at(stage, done, total))
