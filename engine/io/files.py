"""Writing so that a reader never meets half a file: write beside, then rename."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: How temporary files and folders begin; whoever lists a folder can pass over them.
TEMPORARY = ".part-"


@contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """A temporary path in the folder of ``path``; what is written there replaces ``path`` only if all went well."""
    # The temporary name keeps the whole suffix: nibabel and numpy choose the format by it.
    handle, name = tempfile.mkstemp(prefix=TEMPORARY, suffix="-" + path.name, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # tempfile makes private files; the result gets the permissions any other new file would get.
        temporary.chmod(0o666 & ~_umask())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def temporary_folder(parent: Path) -> Path:
    """A new folder in ``parent`` with the permissions any other new folder would get."""
    folder = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=parent))
    folder.chmod(0o777 & ~_umask())
    return folder


def _umask() -> int:
    mask = os.umask(0o077)  # there is no way to ask without setting
    os.umask(mask)
    return mask
