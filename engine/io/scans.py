"""Opening whatever a person names: a file of any format, a saved case, or a folder of DICOM files."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from pathlib import Path
from typing import TypeVar

from engine.case import Case
from engine.errors import BadFileError, MissingFileError
from engine.io import formats
from engine.io.case_folder import RECORD, case_of, open_case
from engine.io.dicom.headers import SUFFIXES as DICOM_SUFFIXES
from engine.io.dicom.headers import looks_like_dicom
from engine.io.dicom.series import Listing, Series, Step, list_file, list_folder, read_series
from engine.progress import retold

Result = TypeVar("Result")
LISTING, READING = "Looking through the folder", "Reading"
#: Stage -> its usual share of the time.
STAGES = {LISTING: 0.3, READING: 0.7}
#: Stage, and how much of it is done of how much.
StagedStep = tuple[str, int, int]
Found = tuple[Case, tuple[str, ...]]
#: The name of a DICOM medium's index.
INDEX = "DICOMDIR"


def open_steps(path: Path, series: Series | None = None) -> Generator[StagedStep, None, Found | Listing]:
    """Open ``path``: gives the case and the notes the user should see, or the `Listing` of a folder where one of
    several series has to be chosen. ``series``: the one of that folder which was chosen. Raises `EngineError`."""
    if series is not None:
        return (yield from _read(series, path, ()))
    if not _exists(path):
        raise MissingFileError(f"There is no file {path}; check the name, the disk and the network.")
    if path.name.upper() == INDEX:
        path = path.parent
    if path.is_dir():
        if (path / RECORD).exists():
            return open_case(path), ()
        listing = yield from _staged(list_folder(path), LISTING)
    elif formats.suffix_of(path) or not _is_dicom(path):
        return case_of(formats.read_any(path), path, formats.stem_of(path))
    else:
        listing = yield from _staged(list_file(path), LISTING)
    usable = listing.usable
    if not usable:
        raise BadFileError(_no_series(listing))
    if len(usable) > 1:
        return listing
    return (yield from _read(usable[0], path, listing.notes))


def open_one(path: Path, number: int | None = None) -> Generator[StagedStep, None, Found]:
    """Like `open_steps`, for callers that cannot ask: series ``number`` of a folder (None: the only one). Raises
    `BadFileError` with the list of them where the choice is not clear."""
    found = yield from open_steps(path)
    if not isinstance(found, Listing):
        if number not in (None, 1):
            raise BadFileError(f"{path} holds a single scan, so there is no series {number}; leave out --series.")
        return found
    chosen = next((series for series in found.usable if series.number == number), None)
    if chosen is None:
        listed = ", ".join(map(str, found.usable))
        raise BadFileError(f"{path} holds {len(found.usable)} series; choose one with --series: {listed}.")
    return (yield from _read(chosen, path, found.notes))


def one_per_series(paths: Iterable[Path]) -> list[Path]:
    """Without the files that would open the same DICOM series once more: one is enough of those which lie in one folder
    and have an ending of DICOM, or none."""
    paths = list(paths)
    if len(paths) < 2:
        return paths
    chosen: dict[object, Path] = {}
    for path in paths:
        slice_of = path.suffix.lower() in DICOM_SUFFIXES or (not path.suffix and not path.is_dir())
        chosen.setdefault(path.parent if slice_of else (path,), path)
    return list(chosen.values())


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise BadFileError(
            f"{path} could not be reached ({error.strerror or error}); check the disk or the network and open it again."
        ) from error
    return True


def _is_dicom(path: Path) -> bool:
    try:
        return path.is_file() and looks_like_dicom(path)
    except OSError as error:
        raise BadFileError(
            f"{path} could not be read ({error.strerror or error}); check the disk or the network and open it again."
        ) from error


def _read(series: Series, path: Path, notes: tuple[str, ...]) -> Generator[StagedStep, None, Found]:
    opened = yield from _staged(read_series(series), READING)
    case, more = case_of(opened, path, series.name)
    return case, (*notes, *more)


def _staged(steps: Generator[Step, None, Result], stage: str) -> Generator[StagedStep, None, Result]:
    return retold(steps, lambda step: (stage, *step))


def _no_series(listing: Listing) -> str:
    first = listing.series[0]
    if len(listing.series) == 1:
        return f"{listing.folder}: the series {first.name} cannot be opened: {first.problem}."
    return (
        f"None of the {len(listing.series)} series in {listing.folder} can be opened; the first, {first.name}: "
        f"{first.problem}."
    )
