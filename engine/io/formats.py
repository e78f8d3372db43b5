"""One file of any format that is read; which one is told by its name, or by its first bytes."""

from __future__ import annotations

from pathlib import Path

from engine.errors import BadFileError
from engine.io import itk, mgh, nifti
from engine.io.contents import Opened, check_file
from engine.labels import LabelTable

READERS = {**dict.fromkeys(nifti.SUFFIXES, nifti.read_any), **dict.fromkeys(mgh.SUFFIXES, mgh.read_any)}
READERS |= dict.fromkeys(itk.SUFFIXES, itk.read_any)
#: What may be opened, for sentences.
KINDS = "NIfTI (.nii, .nii.gz, .hdr with .img), MGZ, NRRD or DICOM"


def suffix_of(path: Path) -> str:
    """The ending that tells the format, "" if none of ours."""
    name = path.name.lower()
    return max((suffix for suffix in READERS if name.endswith(suffix)), key=len, default="")


def read_any(path: Path, table: LabelTable | None = None) -> Opened:
    """Read a label map with the values of ``table`` if the file looks like one, otherwise a 3D image. Raises
    `BadFileError` or `BadHeaderError`."""
    reader = READERS.get(suffix_of(path))
    if reader is None:
        check_file(path, f"choose a file in {KINDS}")
        raise BadFileError(f"{path.name} is in no format that is read here; convert it to one of {KINDS}.")
    return reader(path, table)


def stem_of(path: Path) -> str:
    """A file's name without the ending that tells the format."""
    suffix = suffix_of(path)
    return path.name[: -len(suffix)] if suffix else path.stem or path.name
