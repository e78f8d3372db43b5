"""A pack that is to be installed, as a folder or as a ZIP file: the files of its one folder, and their bytes."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from engine.errors import BadPackError
from engine.packs.manifest import MANIFEST

#: What reading a damaged, encrypted or exotic ZIP file may raise.
_BAD_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, UnicodeError)


class Source(Protocol):
    """Flat files by name."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """Name -> bytes."""

    def open(self, name: str) -> IO[bytes]:
        """One file, to be read from its beginning."""


class FolderSource:
    """A pack that lies in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.sizes: Mapping[str, int] = {
            path.name: path.stat().st_size for path in sorted(folder.iterdir()) if path.is_file()
        }

    def open(self, name: str) -> IO[bytes]:
        """One file, to be read from its beginning."""
        return (self._folder / name).open("rb")


class ZipSource:
    """A pack at the top of a ZIP file, or in its one folder. Nothing is unpacked that does not lie there."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive = archive
        files = [info for info in archive.infolist() if not info.is_dir()]
        for info in files:
            _check_member(info, name)
        homes = {PurePosixPath(info.filename).parent for info in files if _base(info) == MANIFEST}
        if len(homes) != 1:
            raise BadPackError(
                f"{name} holds {'no model pack' if not homes else 'more than one model pack'}; choose a ZIP file with "
                f"one pack ({MANIFEST} and its networks)."
            )
        self._members = {_base(info): info for info in files if PurePosixPath(info.filename).parent in homes}
        self.sizes: Mapping[str, int] = {base: info.file_size for base, info in self._members.items()}

    def open(self, name: str) -> IO[bytes]:
        """One file, to be read from its beginning."""
        return self._archive.open(self._members[name])


@contextmanager
def opened_source(path: Path) -> Iterator[Source]:
    """The pack at ``path``, a folder or a ZIP file. Raises `BadPackError`, also for damage that is met later on."""
    if path.is_dir():
        source = FolderSource(path)
        if MANIFEST not in source.sizes:
            raise BadPackError(f"There is no model pack in {path} (no {MANIFEST}); choose another folder.")
        yield source
        return
    if not path.is_file():
        raise BadPackError(f"There is no file or folder {path}; choose a model pack to install.")
    try:
        with zipfile.ZipFile(path) as archive:
            yield ZipSource(archive, path.name)
    except _BAD_ZIP as error:
        raise BadPackError(
            f"{path.name} cannot be unpacked ({error}); it is damaged or not a plain ZIP file, so get it again."
        ) from error


def _base(info: zipfile.ZipInfo) -> str:
    return PurePosixPath(info.filename).name


def _check_member(info: zipfile.ZipInfo, archive: str) -> None:
    """Raises `BadPackError` for a member that would lie outside the folder it is unpacked into."""
    path = PurePosixPath(info.filename)
    outside = path.is_absolute() or ".." in path.parts or "\\" in info.filename or ":" in info.filename
    if outside or stat.S_ISLNK(info.external_attr >> 16):
        raise BadPackError(
            f"{archive} holds {info.filename!r}, which points out of the pack's folder; do not use this file."
        )
