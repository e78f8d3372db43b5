"""Where unsaved work lies while nobody saves it: one file for each window, told apart from those of dead windows."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine.errors import OutputError
from engine.session_files import locks
from engine.session_files.locks import Lock
from engine.session_files.session_file import SUFFIX

LOCK = ".lock"
#: What is put aside because it cannot be read; nobody is asked about it again.
DAMAGED = ".damaged"


@dataclass(frozen=True, eq=False)
class Slot:
    """One window's place: its file, and the lock that says that the window lives."""

    path: Path
    lock: Lock

    def clear(self) -> None:
        """Remove the file: there is no unsaved work."""
        self.path.unlink(missing_ok=True)

    def put_aside(self) -> Path:
        """Keep the file, but never offer it again; where it is now."""
        aside = self.path.with_name(self.path.name + DAMAGED)
        with suppress(OSError):
            os.replace(self.path, aside)
        return aside

    def release(self) -> None:
        """Let go of the place; its file, if there is one, is what the next start finds."""
        self.lock.release()


def new_slot(folder: Path) -> Slot:
    """A place in ``folder``, which is made if it is not there, and which others may not look into: scans of persons lie
    there. Raises `OutputError`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            path = folder / f"{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"
            lock = locks.take(_lock_of(path))
            if lock is not None:
                return Slot(path, lock)
    except OSError as error:
        raise OutputError(
            f"Unsaved work cannot be kept in {folder} ({error.strerror or error}); save it yourself."
        ) from error


def abandoned(folder: Path) -> list[Slot]:
    """The places whose windows are gone without having saved, the newest first; they are held from now on. Locks
    without a file are removed."""
    found: list[Slot] = []
    # What a living window is about to write begins with a dot.
    names = {path.with_suffix("") for suffix in (SUFFIX, LOCK) for path in folder.glob(f"[!.]*{suffix}")}
    for name in sorted(names):
        path = name.with_suffix(SUFFIX)
        lock = locks.take(_lock_of(path))
        if lock is None:
            continue
        if path.exists():
            found.append(Slot(path, lock))
        else:
            lock.release()
    return sorted(found, key=lambda slot: slot.path.stat().st_mtime_ns, reverse=True)


def _lock_of(path: Path) -> Path:
    return path.with_suffix(LOCK)
