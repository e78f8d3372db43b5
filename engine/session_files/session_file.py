"""One file for a whole session: a ZIP archive with a record and, for each case, the files a case's folder has.

docs/session-format.md describes it. The image and label map are NIfTI files, so that anything can unpack a session and
read them.
"""

from __future__ import annotations

import json
import shutil
import weakref
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.case import Case
from engine.errors import BadFileError, ChangedFileError, EngineError, OutputError
from engine.io import nifti
from engine.io.case_folder import IMAGE, LABELS, RECORD, mark_of, open_case, record_of
from engine.io.files import refused_in_words, temporary_folder, written_beside
from engine.session_files.record import MOST_BYTES, Part, SessionRecord, record_as_text, record_from_bytes
from engine.session_files.snapshot import SavedCase, Snapshot, Stamp, stamp_of
from engine.volume import Volume

SUFFIX = ".ventrisynth"
SESSION = "session.json"
#: Parts of a copied member at a time: other threads get their turn in between.
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, eq=False)
class Written:
    """A session file that this process wrote, how it looked then, and the images in it: what is compressed already need
    not be compressed again."""

    path: Path
    stamp: Stamp
    images: tuple[tuple[weakref.ref[Volume], str], ...]

    def member(self, image: Volume) -> str | None:
        """Where in the file this very image is, if it is."""
        return next((name for known, name in self.images if known() is image), None)


def write_session(
    path: Path, snapshot: Snapshot, *, expected: Stamp | None = None, earlier: Written | None = None
) -> Generator[int, None, Written]:
    """Write a session, complete or not at all; yields the number of cases done.

    ``expected``: how a file of that name may look that is replaced, None for anything. ``earlier``: a file to take
    images from. Raises `ChangedFileError` if another file is there, and `OutputError`.
    """
    with refused_in_words(path):
        _check_unchanged(path, expected)
        with _scratch(path.parent) as scratch, written_beside(path) as part:
            with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive, _opened(earlier) as old:
                images = []
                for number, saved in enumerate(snapshot.cases):
                    _write_case(archive, saved.case, number, scratch, old)
                    if saved.case.image is not None:
                        images.append((weakref.ref(saved.case.image), f"{_folder(number)}/{IMAGE}"))
                    yield number + 1
                archive.writestr(SESSION, record_as_text(snapshot, datetime.now().astimezone()))
            _check_unchanged(path, expected)
        stamp = stamp_of(path)
    if stamp is None:
        raise OutputError(f"{path} was removed as soon as it was written; choose another folder.")
    return Written(path, stamp, tuple(images))


def read_session(path: Path) -> Generator[int, None, tuple[Snapshot, Stamp]]:
    """Read and check everything a session file holds; yields the number of cases done. Raises `BadFileError`."""
    with _archive(path) as archive, TemporaryDirectory() as scratch:
        stamp = stamp_of(path)
        if stamp is None:
            raise BadFileError(f"There is no file {path}; check the name.")
        record = _record(archive, path)
        cases = []
        for number, part in enumerate(record.parts):
            cases.append(SavedCase(_read_case(archive, number, part, Path(scratch), path), part.unsaved))
            yield number + 1
        return (
            Snapshot(
                tuple(cases),
                record.current,
                record.recipe,
                record.crosshair,
                record.view,
                record.home,
                record.references,
            ),
            stamp,
        )


def read_record(path: Path) -> SessionRecord:
    """What a session file says of itself, without its voxels. Raises `BadFileError`."""
    with _archive(path) as archive:
        return _record(archive, path)


# Writing


def _check_unchanged(path: Path, expected: Stamp | None) -> None:
    if expected is not None and stamp_of(path) not in (None, expected):
        raise ChangedFileError(
            f"{path.name} was changed by somebody else since it was opened; save the session under another name, "
            "or replace what they saved."
        )


@contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    folder = temporary_folder(parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class _Old:
    """An earlier file, opened."""

    archive: zipfile.ZipFile
    written: Written


@contextmanager
def _opened(earlier: Written | None) -> Iterator[_Old | None]:
    """The earlier file, if it is still the one that was written."""
    if earlier is None or stamp_of(earlier.path) != earlier.stamp:
        yield None
        return
    with zipfile.ZipFile(earlier.path) as archive:
        yield _Old(archive, earlier)


def _write_case(archive: zipfile.ZipFile, case: Case, number: int, scratch: Path, old: _Old | None) -> None:
    mark, folder = mark_of(case), _folder(number)
    if case.image is not None:
        member = old.written.member(case.image) if old is not None else None
        if old is not None and member is not None:
            with old.archive.open(member) as source, archive.open(f"{folder}/{IMAGE}", "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, CHUNK_BYTES)
        else:
            nifti.write_volume(scratch / IMAGE, case.image, mark)
            _move(scratch / IMAGE, archive, folder)
    if case.labels is not None:
        nifti.write_label_map(scratch / LABELS, case.labels, mark)
        _move(scratch / LABELS, archive, folder)
    archive.writestr(f"{folder}/{RECORD}", json.dumps(record_of(case), indent=2, ensure_ascii=False) + "\n")


def _move(file: Path, archive: zipfile.ZipFile, folder: str) -> None:
    archive.write(file, f"{folder}/{file.name}")
    file.unlink()


def _folder(number: int) -> str:
    return f"case-{number + 1:04d}"


# Reading


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """The file, opened as an archive; whatever is wrong with it becomes one sentence."""
    if not path.is_file():
        raise BadFileError(f"There is no file {path}; check the name.")
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except zipfile.BadZipFile as error:
        raise BadFileError(
            f"{path.name} is not a whole VentriSynth session: it is cut short, damaged or something else; "
            "choose another file, or restore it from a copy."
        ) from error
    except PermissionError as error:
        raise BadFileError(f"{path.name} may not be read by you; change its permissions.") from error
    except (EOFError, KeyError, NotImplementedError, zlib.error) as error:
        raise BadFileError(f"{path.name} is damaged ({error}); restore it from a copy.") from error
    except RuntimeError as error:  # what zipfile says of an encrypted member
        raise BadFileError(f"{path.name} is locked with a password; unpack it and save it without.") from error


def _record(archive: zipfile.ZipFile, path: Path) -> SessionRecord:
    member = next((info for info in archive.infolist() if info.filename == SESSION), None)
    if member is None or member.file_size > MOST_BYTES:
        raise BadFileError(f"{path.name} is not a VentriSynth session; choose a file that Save session wrote.")
    return record_from_bytes(archive.read(member), path.name)


def _read_case(archive: zipfile.ZipFile, number: int, part: Part, scratch: Path, path: Path) -> Case:
    folder = scratch / _folder(number)
    folder.mkdir()
    names = [IMAGE] * part.image + [LABELS] * part.labels + [RECORD]
    for name in names:
        with archive.open(f"{_folder(number)}/{name}") as source, (folder / name).open("wb") as target:
            shutil.copyfileobj(source, target, CHUNK_BYTES)
    try:
        case = replace(open_case(folder), name=part.name)
    except EngineError as error:
        raise BadFileError(f"{path.name}, case {part.name}: {error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return case
