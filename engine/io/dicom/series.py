"""Which series a folder of DICOM files holds, and reading one of them as a volume."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.errors import BadFileError, EngineError
from engine.grid import Grid
from engine.io.contents import UNKNOWN_UNIT, Opened, as_volume
from engine.io.dicom.headers import Picture, looks_like_dicom, pictures_of
from engine.io.dicom.pixels import values_of
from engine.io.dicom.stacks import Stack, split, stack
from engine.io.header import ScanHeader, rows_of

#: How much is done of how much.
Step = tuple[int, int]
THUMBNAIL = 96
#: How to say each part of a picture's kind (see `Picture`).
KINDS = ("{0}", "echo {0} ms", "time {0}", "b {0}", "stack {0}")


@dataclass(frozen=True, eq=False)
class Series:
    """One volume of a folder. ``number``: counts the listing from 1; ``detail``: what tells it apart from the others of
    the scanner's series, "" if there are none; ``problem``: why it cannot be opened, as half a
    sentence, "" if it can."""

    number: int
    name: str
    stack: Stack
    problem: str
    detail: str = ""

    @property
    def description(self) -> str:
        """What the scanner calls it, and what tells it apart."""
        return ", ".join(filter(None, (self.stack.pictures[0].about.description or self.name, self.detail)))

    @property
    def modality(self) -> str:
        """DICOM's two letters, such as MR."""
        return self.stack.pictures[0].about.modality

    @property
    def place(self) -> Path | None:
        """A file by which this series alone can be opened again; None where its files lie in several folders."""
        paths = [picture.path for picture in self.stack.pictures]
        return paths[0] if len({path.parent for path in paths}) == 1 else None

    @property
    def slices(self) -> int:
        """How many pictures it has."""
        return len(self.stack.pictures)

    @property
    def size(self) -> tuple[int, int, int]:
        """Columns, rows and slices of the volume."""
        rows, columns = self.stack.pictures[0].about.size
        return columns, rows, len(self.stack.weight) or self.slices

    @property
    def spacing(self) -> tuple[float, float, float] | None:
        """Voxel size in mm; None where it is not known."""
        if self.stack.problem:
            return None
        i, j, k = np.linalg.norm(self.stack.affine[:3, :3], axis=0).tolist()
        return i, j, k

    def __str__(self) -> str:
        return f"{self.number}: {self.name} ({self.modality}, {self.slices} slices)"


@dataclass(frozen=True, eq=False)
class Listing:
    """What lies in a folder: its series, those that can be opened first; how many files were no DICOM (``others``) or
    ``damaged``."""

    folder: Path
    series: tuple[Series, ...]
    others: int
    damaged: int

    @property
    def usable(self) -> tuple[Series, ...]:
        """The series that can be opened."""
        return tuple(series for series in self.series if not series.problem)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of the folder, as sentences."""
        notes = []
        if self.damaged:
            files, were = ("1 file is", "was") if self.damaged == 1 else (f"{self.damaged} files are", "were")
            notes.append(f"{files} damaged and {were} left out, so slices may be missing.")
        if self.others:
            files, were = ("1 file is", "was") if self.others == 1 else (f"{self.others} files are", "were")
            notes.append(f"{files} not DICOM and {were} passed over.")
        return tuple(notes)


def list_folder(folder: Path) -> Generator[Step, None, Listing]:
    """What series lie in a folder and the folders in it. Raises `BadFileError` where there are none."""
    paths: list[Path] = []
    for found in _files(folder):
        paths += found
        yield 0, max(1, len(paths))
    listing = yield from _list(folder, paths)
    if not listing.series:
        raise BadFileError(_nothing(listing, len(paths)))
    return listing


def list_file(path: Path) -> Generator[Step, None, Listing]:
    """The series that a DICOM file belongs to: its own frames, or the other files of its folder. Raises
    `BadFileError`."""
    try:
        own = pictures_of(path)
        others = [other for other in sorted(path.parent.iterdir()) if other.is_file()]
    except OSError as error:
        raise _unreadable(path, error) from error
    except ValueError as error:
        raise BadFileError(f"{path.name} is damaged DICOM ({error}); copy it again from its source.") from error
    if not own:
        raise BadFileError(f"{path.name} is DICOM but holds no picture; choose a scan.")
    listing = yield from _list(path.parent, [path] if len(own) > 1 else others)
    mine = tuple(s for s in listing.series if any(p.sop == own[0].sop for p in s.stack.pictures))
    return Listing(path, _numbered(mine), 0, 0)


def read_series(series: Series) -> Generator[Step, None, Opened]:
    """Read a series as a volume. Raises `BadFileError` for what cannot be read or shown."""
    if series.problem:
        raise BadFileError(f"The series {series.name} cannot be opened: {series.problem}.")
    plan, first = series.stack, series.stack.pictures[0]
    rows, columns = first.about.size
    stored: np.ndarray = np.empty((columns, rows, series.slices), dtype=np.float32, order="F")
    for k, values in enumerate(values_of(plan.pictures)):
        stored[:, :, k] = values.T
        yield k + 1, series.slices
    data = stored if not plan.weight.any() and len(plan.weight) == series.slices else _mixed(stored, plan)
    notes = plan.notes
    if first.about.inverted:
        data = data.max() + data.min() - data
        notes = (*notes, "The file shows small numbers bright; they were turned round, so that bright is bright.")
    grid = Grid((columns, rows, data.shape[2]), plan.affine)
    volume = as_volume(data, grid, series.name, unit=first.about.unit or UNKNOWN_UNIT)
    header = ScanHeader(
        format="DICOM, many frames in one file" if len({p.path for p in plan.pictures}) == 1 else "DICOM series",
        shape=grid.shape,
        affine=rows_of(plan.affine),
        affine_source="positions and directions of the slices",
        stored_as=first.about.stored_as,
        low=float(data.min()),
        high=float(data.max()),
        unit=first.about.unit,
        facts=(*first.about.facts, ("Slices", str(series.slices))),
        notes=notes,
    )
    # A series that was written from a generated case says SYNTHETIC here, and must go on saying so.
    return Opened(volume, series.description, notes, header)


def thumbnail(series: Series) -> np.ndarray:
    """(rows, columns) uint8, the middle slice, its longer side at most `THUMBNAIL`. Raises `EngineError`."""
    pictures = series.stack.pictures
    if pictures[0].about.colour:
        raise BadFileError(f"{series.name} is in colour.")
    (values,) = values_of([pictures[len(pictures) // 2]])
    step = -(-max(values.shape) // THUMBNAIL)
    small = values[::step, ::step]
    low, high = np.percentile(small, (1, 99))
    shares = np.clip((small - low) / max(float(high - low), 1e-6), 0, 1)
    return (255 * (1 - shares if pictures[0].about.inverted else shares)).astype(np.uint8)


def _mixed(stored: np.ndarray, plan: Stack) -> np.ndarray:
    made: np.ndarray = np.empty((*stored.shape[:2], len(plan.weight)), dtype=np.float32, order="F")
    for k, ((below, above), weight) in enumerate(zip(plan.mix, plan.weight, strict=True)):
        made[:, :, k] = (1 - weight) * stored[:, :, below] + weight * stored[:, :, above]
    return made


def _files(folder: Path) -> Iterator[list[Path]]:
    """The files of a folder, then those of each folder in it."""

    def refuse(error: OSError) -> None:
        # Disks have folders of the system's own that nobody may look into.
        if not isinstance(error, PermissionError) or error.filename == str(folder):
            raise _unreadable(folder, error) from error

    for place, folders, names in os.walk(folder, onerror=refuse):
        folders.sort()
        yield [Path(place, name) for name in sorted(names) if not name.startswith(".")]


def _list(folder: Path, paths: Sequence[Path]) -> Generator[Step, None, Listing]:
    found: dict[str, list[Picture]] = {}
    others = damaged = 0
    for n, path in enumerate(paths):
        try:
            pictures = pictures_of(path) if looks_like_dicom(path) else None
        except OSError as error:
            # Other programs' scratch files come and go; a folder that has gone with its files is another matter.
            if not isinstance(error, FileNotFoundError) or not path.parent.exists():
                raise _unreadable(path, error) from error
        except ValueError:
            damaged += 1
        else:
            others += pictures is None
            for picture in pictures or ():
                found.setdefault(picture.about.uid, []).append(picture)
        yield n + 1, len(paths)
    series = [one for pictures in found.values() for one in _series_of(split(pictures))]
    return Listing(folder, _numbered(sorted(series, key=_order)), others, damaged)


def _series_of(parts: list[list[Picture]]) -> Iterator[Series]:
    """The volumes that the pictures of one of the scanner's series make."""
    for n, part in enumerate(parts):
        made, detail = stack(part), ""
        if len(parts) > 1:
            own = part[0].kind
            told = [words.format(_tidy(own[place])) for place, words in enumerate(KINDS) if _differs(parts, n, place)]
            detail = ", ".join(told) or f"part {n + 1} of {len(parts)}"
        yield Series(0, _name(made, detail), made, _problem(made), detail)


def _differs(parts: list[list[Picture]], n: int, place: int) -> bool:
    """Whether the ``n``-th part has something at this place of its kind that not all parts have."""
    own = parts[n][0].kind[place]
    return bool(own) and any(part[0].kind[place] != own for part in parts)


def _order(series: Series) -> tuple[bool, int, tuple[float, ...], int]:
    """What can be opened first, then as it was scanned."""
    first = series.stack.pictures[0]
    return bool(series.problem), first.about.number, tuple(map(_as_number, first.kind)), first.number


def _tidy(part: str) -> str:
    try:
        return f"{float(part):g}"
    except ValueError:
        return part


def _as_number(part: str) -> float:
    try:
        return float(part)
    except ValueError:
        return 0.0


def _numbered(series: Sequence[Series]) -> tuple[Series, ...]:
    return tuple(replace(one, number=n + 1) for n, one in enumerate(series))


def _name(made: Stack, detail: str) -> str:
    about = made.pictures[0].about
    words = f"{about.description or f'series {about.number}'} {detail}"
    return re.sub(r"[^\w.+-]+", "_", words).strip("_.") or f"series_{about.number}"


def _problem(made: Stack) -> str:
    about = made.pictures[0].about
    if about.colour:
        return "it is in colour, and a grey-scale scan is needed"
    if about.mosaic:
        return "its slices are tiles of one picture (a mosaic); convert it to NIfTI first"
    if about.modality == "SEG":
        return "it is a segmentation, not a scan"
    if made.problem:
        return made.problem
    try:
        Grid((about.size[1], about.size[0], len(made.weight)), made.affine)
    except EngineError as error:
        said = str(error)
        return (said[0].lower() + said[1:]).rstrip(".")
    return ""


def _nothing(listing: Listing, files: int) -> str:
    if listing.damaged:
        return f"All {listing.damaged} DICOM files in {listing.folder} are damaged; copy them again from their source."
    if not files:
        return f"{listing.folder} is empty; choose a scan, a case's folder or a folder of DICOM files."
    return (
        f"{listing.folder} holds neither a case nor DICOM files; choose a scan, a case's folder or a folder of DICOM "
        "files."
    )


def _unreadable(path: Path, error: OSError) -> BadFileError:
    return BadFileError(
        f"{path} could not be read ({error.strerror or error}); check the disk or the network and open it again."
    )
