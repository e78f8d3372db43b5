"""Who works on a file: a lock that the system lets go of by itself when its process ends, however it ends."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path


class Lock:
    """Held from `take` until `release`, or until this process ends."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle: int | None = handle

    @property
    def held(self) -> bool:
        """Whether it was not released yet."""
        return self._handle is not None

    def release(self) -> None:
        """Let go, and remove the lock's file."""
        handle, self._handle = self._handle, None
        if handle is None:
            return
        if sys.platform == "win32":  # an open file cannot be removed there
            os.close(handle)
            with suppress(OSError):
                self.path.unlink()
            return
        # Removed before it is let go: whoever opened it meanwhile sees that the name stands for another file.
        with suppress(OSError):
            self.path.unlink()
        with suppress(OSError):
            os.close(handle)


def take(path: Path) -> Lock | None:
    """The lock that the file ``path`` stands for; None if somebody holds it. Raises `OSError` where it cannot be made,
    as in a folder that one may not write to."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            if not _locked(handle):
                os.close(handle)
                return None
            if _is_named(handle, path):
                return Lock(path, handle)
        except OSError:  # the file system knows no locks
            os.close(handle)
            with suppress(OSError):
                path.unlink()
            raise
        # Its owner removed it between our opening and our locking it.
        os.close(handle)


def lock_beside(path: Path) -> Path:
    """Where the lock of a file that people see lies: a hidden file beside it."""
    return path.with_name(f".{path.name[-200:]}.lock")


def _locked(handle: int) -> bool:
    """Whether the open file is ours now."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_named(handle: int, path: Path) -> bool:
    if sys.platform == "win32":
        return True
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
