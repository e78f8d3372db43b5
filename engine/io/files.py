"""Writing so that a reader never meets half a file: write beside, then rename.

What is not finished yet carries the process it belongs to in its name, so that what a killed process left can be told
from what is being written now, and be removed.
"""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.errors import OutputError

#: How temporary files and folders begin; whoever lists a folder can pass over them.
TEMPORARY = ".part-"
#: Characters of the final name that a temporary name keeps at its end: a name has 255 bytes at most.
KEPT_NAME = 60
_OWNED = re.compile(re.escape(TEMPORARY) + r"([0-9a-f]{8})\.(\d+)-")
_NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_TOO_LARGE = (errno.EFBIG,)
_NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)
_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ENODEV, errno.ENXIO, getattr(errno, "ESTALE", errno.ENOENT))


@contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """A temporary path in the folder of ``path``; what is written there replaces ``path`` only if all went well."""
    # The temporary name keeps the whole suffix: nibabel and numpy choose the format by it.
    handle, name = tempfile.mkstemp(prefix=_prefix(), suffix="-" + path.name[-KEPT_NAME:], dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # tempfile makes private files; the result gets the permissions any other new file would get.
        temporary.chmod(0o666 & ~_umask())
        _onto_disk(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def temporary_folder(parent: Path) -> Path:
    """A new folder in ``parent`` with the permissions any other new folder would get."""
    folder = Path(tempfile.mkdtemp(prefix=_prefix(), dir=parent))
    folder.chmod(0o777 & ~_umask())
    return folder


def remove_leftovers(folder: Path) -> int:
    """Remove what processes of this computer that are gone left half-written in ``folder``; how many there were.
    What cannot be listed or removed stays."""
    removed = 0
    with suppress(OSError):
        for part in list(folder.iterdir()):
            owner = _OWNED.match(part.name)
            if owner is None or owner[1] != _computer() or _alive(int(owner[2])):
                continue
            with suppress(OSError):
                shutil.rmtree(part) if part.is_dir() else part.unlink()
                removed += 1
    return removed


def output_error(path: Path, error: OSError) -> OutputError:
    """What kept ``path`` from being written, and what to do, as one sentence."""
    if error.errno in _NO_ROOM:
        return OutputError(f"There is no room left on the disk for {path}; make room or choose another disk.")
    if error.errno in _TOO_LARGE:
        return OutputError(f"{path} is larger than a file may be there; choose another disk.")
    if error.errno in _NOT_ALLOWED:
        return OutputError(f"{path} could not be written because you may not write there; choose another folder.")
    if error.errno in _GONE:
        return OutputError(f"{path} could not be written because {path.parent} is not there; choose another folder.")
    return OutputError(f"{path} could not be written ({error.strerror or error}); check the disk and the folder.")


@contextmanager
def refused_in_words(path: Path) -> Iterator[None]:
    """Turns what keeps ``path``, or a temporary file in its place, from being written into an `OutputError`."""
    try:
        yield
    except OSError as error:
        raise output_error(path, error) from error
    except OutputError as error:
        if isinstance(error.__cause__, OSError):
            raise output_error(path, error.__cause__) from error
        raise


def _prefix() -> str:
    return f"{TEMPORARY}{_computer()}.{os.getpid()}-"


def _computer() -> str:
    """Eight letters for this computer, and on Linux for this container: process numbers mean nothing elsewhere."""
    try:
        processes = os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        processes = 0
    return hashlib.sha256(f"{platform.node()} {processes}".encode()).hexdigest()[:8]


def _alive(process: int) -> bool:
    """Whether a process of this computer still runs."""
    if sys.platform == "win32":
        import ctypes

        # os.kill would end it here.
        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, process)
        ctypes.windll.kernel32.CloseHandle(handle)
        return bool(handle)
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _onto_disk(path: Path) -> None:
    """Wait until the disk has it: after a power cut the name must not stand for an empty file."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _umask() -> int:
    mask = os.umask(0o077)  # there is no way to ask without setting
    os.umask(mask)
    return mask
