"""What a DICOM file says of each of its pictures. Nothing that identifies a person is read."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from engine.io.itk import undisturbed

#: Everything that is read of a header; names of pydicom.
KEYWORDS = (
    "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "SeriesNumber", "SeriesDescription", "ProtocolName",
    "Modality", "Manufacturer", "ManufacturerModelName", "MagneticFieldStrength", "ImageType", "EchoTime",
    "RepetitionTime", "InversionTime", "InstanceNumber", "NumberOfFrames", "TemporalPositionIdentifier",
    "DiffusionBValue", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness", "Rows",
    "Columns", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored", "PixelRepresentation",
    "RescaleSlope", "RescaleIntercept", "RescaleType", "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
)  # fmt: skip
PREAMBLE = 128
#: Endings of files that may be DICOM without saying so in their first bytes.
SUFFIXES = (".dcm", ".ima", ".dicom")
#: Facts worth showing: pydicom's name, ours, unit.
FACTS = (
    ("Modality", "Modality", ""),
    ("SeriesDescription", "Series", ""),
    ("Manufacturer", "Manufacturer", ""),
    ("ManufacturerModelName", "Scanner", ""),
    ("MagneticFieldStrength", "Field strength", "T"),
    ("RepetitionTime", "Repetition time", "ms"),
    ("EchoTime", "Echo time", "ms"),
    ("InversionTime", "Inversion time", "ms"),
    ("SliceThickness", "Slice thickness", "mm"),
)
Numbers = tuple[float, ...]


@dataclass(frozen=True)
class About:
    """What the pictures of a file have in common. ``facts``: name and value, for people."""

    uid: str
    number: int
    description: str
    modality: str
    size: tuple[int, int]
    stored_as: str
    unit: str
    colour: bool
    inverted: bool
    mosaic: bool
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Picture:
    """One slice: a file, or a ``frame`` of one. ``stamp``: size and time of the file when it was read; ``kind``: what
    tells apart volumes that lie on each other in one series (echo, phase, time); ``position`` (3,) LPS mm of the first
    voxel's centre, ``orientation`` (6,) of rows and columns, ``spacing`` between rows and columns in mm: None where the
    file does not say; ``slope``, ``intercept``: from stored numbers to intensities."""

    path: Path
    stamp: tuple[int, int]
    frame: int
    sop: str
    about: About
    kind: tuple[str, ...]
    number: int
    position: Numbers | None
    orientation: Numbers | None
    spacing: Numbers | None
    thickness: float | None
    slope: float
    intercept: float


def pydicom() -> ModuleType:
    """The module, which says nothing of its own about values that are not quite as the standard wants them."""
    if "pydicom.pixels" not in sys.modules:
        with undisturbed():
            import pydicom.pixels  # noqa: F401
    module = sys.modules["pydicom"]
    module.config.settings.reading_validation_mode = module.config.IGNORE
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    return module


def stamp_of(path: Path) -> tuple[int, int]:
    """What changes when a file does. Raises `OSError`."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def looks_like_dicom(path: Path) -> bool:
    """Whether a file says that it is DICOM, by its first bytes or by its name. Raises `OSError`."""
    with path.open("rb") as file:
        file.seek(PREAMBLE)
        return file.read(4) == b"DICM" or path.suffix.lower() in SUFFIXES


def pictures_of(path: Path) -> list[Picture]:
    """The pictures of a DICOM file, none if it holds none (a report, an index). Raises `OSError`, and `ValueError` if
    the file is damaged."""
    reader = pydicom()
    stamp = stamp_of(path)
    try:
        header = reader.dcmread(path, stop_before_pixels=True, specific_tags=list(KEYWORDS), force=True)
        if "SOPClassUID" not in header:
            raise ValueError("it has no SOP class")
        if header.SOPClassUID.name.startswith("Media Storage Directory") or "Rows" not in header:
            if "Image Storage" in header.SOPClassUID.name:
                raise ValueError("it has no size")
            return []
        return list(_pictures(header, path, stamp))
    except OSError:
        raise
    except Exception as error:  # pydicom answers damaged bytes with nearly any exception
        raise ValueError(str(error)) from error


def _pictures(header: Any, path: Path, stamp: tuple[int, int]) -> Iterator[Picture]:
    about = _about(header)
    frames = header.get("PerFrameFunctionalGroupsSequence")
    shared = (header.get("SharedFunctionalGroupsSequence") or [None])[0]
    for frame in range(int(header.get("NumberOfFrames") or 1)):
        own = frames[frame] if frames is not None and frame < len(frames) else None
        find = _Finder(header, own, shared)
        yield Picture(
            path=path,
            stamp=stamp,
            frame=frame,
            sop=str(header.get("SOPInstanceUID", path)),
            about=about,
            kind=find.kind(),
            number=int(header.get("InstanceNumber") or 0),
            position=find.numbers("PlanePositionSequence", "ImagePositionPatient", 3),
            orientation=find.numbers("PlaneOrientationSequence", "ImageOrientationPatient", 6),
            spacing=find.numbers("PixelMeasuresSequence", "PixelSpacing", 2),
            thickness=find.number("PixelMeasuresSequence", "SliceThickness"),
            slope=find.number("PixelValueTransformationSequence", "RescaleSlope", 1.0) or 1.0,
            intercept=find.number("PixelValueTransformationSequence", "RescaleIntercept", 0.0) or 0.0,
        )


class _Finder:
    """Looks for a value in a frame's own groups, then in those that all frames share, then in the file's header."""

    def __init__(self, header: Any, own: Any, shared: Any) -> None:
        self._header, self._groups = header, [group for group in (own, shared) if group is not None]

    def value(self, sequence: str, keyword: str) -> Any:
        """The value, None if there is none."""
        for group in self._groups:
            items = group.get(sequence)
            if items and items[0].get(keyword) is not None:
                return items[0].get(keyword)
        # The position of a file with frames that have no groups is that of its first frame only.
        if not self._groups and int(self._header.get("NumberOfFrames") or 1) > 1:
            return None
        return self._header.get(keyword)

    def numbers(self, sequence: str, keyword: str, count: int) -> Numbers | None:
        """So many numbers, None if there are not so many."""
        found = self.value(sequence, keyword)
        try:
            numbers = tuple(float(x) for x in found)
        except (TypeError, ValueError):
            return None
        return numbers if len(numbers) == count else None

    def number(self, sequence: str, keyword: str, usual: float | None = None) -> float | None:
        """A number, ``usual`` if there is none."""
        found = self.value(sequence, keyword)
        try:
            return float(found)
        except (TypeError, ValueError):
            return usual

    def kind(self) -> tuple[str, ...]:
        """Echo, contrast mechanism, point in time, diffusion weighting and stack."""
        image_type = self.value("MRImageFrameTypeSequence", "FrameType") or self._header.get("ImageType") or ()
        parts = (
            "/".join(map(str, list(image_type)[2:])),
            self.value("MREchoSequence", "EffectiveEchoTime") or self._header.get("EchoTime"),
            self.value("FrameContentSequence", "TemporalPositionIndex")
            or self._header.get("TemporalPositionIdentifier"),
            self.value("MRDiffusionSequence", "DiffusionBValue"),
            self.value("FrameContentSequence", "StackID"),
        )
        return tuple("" if part is None else str(part) for part in parts)


def _about(header: Any) -> About:
    facts = []
    for keyword, name, unit in FACTS:
        value = header.get(keyword)
        if value not in (None, ""):
            facts.append((name, f"{value} {unit}".strip()))
    description = str(header.get("SeriesDescription") or header.get("ProtocolName") or "").strip()
    image_type = [str(part).upper() for part in header.get("ImageType") or ()]
    bits = int(header.get("BitsStored") or header.get("BitsAllocated") or 0)
    unit = str(header.get("RescaleType") or "")
    return About(
        uid=str(header.get("SeriesInstanceUID", "")),
        number=int(header.get("SeriesNumber") or 0),
        description=description,
        modality=str(header.get("Modality") or "?"),
        size=(int(header.Rows), int(header.Columns)),
        stored_as=f"{bits} bits, {'signed' if header.get('PixelRepresentation') else 'unsigned'}",
        unit="" if unit in ("US", "normalized") else unit,
        colour=int(header.get("SamplesPerPixel") or 1) > 1,
        inverted=str(header.get("PhotometricInterpretation")) == "MONOCHROME1",
        mosaic="MOSAIC" in image_type,
        facts=tuple(facts),
    )
