"""NIfTI files in and out, any orientation, with every way a file can be wrong said in one sentence.

Arrays keep the file's own voxel order and affine; nothing is flipped on the way in or out.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError

from engine.errors import BadFileError, BadHeaderError, BadLabelsError, OutputError
from engine.grid import Grid
from engine.io.files import written_beside
from engine.labels import LabelTable, synthseg33
from engine.volume import LabelMap, Volume

SUFFIXES = (".nii", ".nii.gz", ".img", ".hdr")
#: More voxels than this (about 1000^3) is no head scan and would exhaust the memory.
MOST_VOXELS = 1_100_000_000

_UNREADABLE = (ImageFileError, HeaderDataError, OSError, EOFError, zlib.error, gzip.BadGzipFile, ValueError, KeyError)


def _open(path: Path) -> nib.Nifti1Image:
    if not path.exists():
        raise BadFileError(f"There is no file {path}; check the name.")
    if path.is_dir():
        raise BadFileError(f"{path} is a folder, not a file; choose a NIfTI file (.nii or .nii.gz).")
    if path.stat().st_size == 0:
        raise BadFileError(f"{path.name} is empty; copy it again from its source.")
    try:
        image = nib.load(path)
    except _UNREADABLE as error:
        raise BadFileError(
            f"{path.name} could not be read as NIfTI ({error}); export it as .nii or .nii.gz and try again."
        ) from error
    if not isinstance(image, nib.Nifti1Pair):  # Nifti1Image, Nifti2Image and .hdr/.img pairs
        raise BadFileError(f"{path.name} is not a NIfTI image; export it as .nii or .nii.gz and try again.")
    return image


def _grid(image: nib.Nifti1Image, path: Path) -> tuple[Grid, tuple[int, ...]]:
    shape = tuple(int(n) for n in image.shape)
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) > 3:
        raise BadFileError(f"{path.name} has {len(shape)} dimensions {shape}; extract one 3D volume from it first.")
    if len(shape) < 3 or min(shape) < 2:
        raise BadFileError(f"{path.name} is a single slice or less {shape}; a whole 3D volume is needed.")
    if np.prod(shape, dtype=np.float64) > MOST_VOXELS:
        raise BadFileError(f"{path.name} claims {shape} voxels, more than any head scan; its header is damaged.")
    zooms = np.asarray(image.header.get_zooms()[:3], dtype=np.float64)
    if not np.isfinite(zooms).all() or zooms.min() <= 0:
        raise BadHeaderError(f"{path.name} gives a voxel size of {zooms} mm; re-export it from its source.")
    if not (int(image.header["sform_code"]) or int(image.header["qform_code"])):
        raise BadHeaderError(
            f"{path.name} does not say how it lies in space (no qform or sform), so left and right are unknown; "
            "convert it again from the original scan."
        )
    try:
        return Grid(shape, image.affine), shape
    except BadHeaderError as error:
        raise BadHeaderError(f"{path.name}: {error}") from error


def _data(image: nib.Nifti1Image, shape: tuple[int, ...], path: Path, dtype: type) -> np.ndarray:
    try:
        return np.asarray(image.dataobj, dtype=dtype).reshape(shape)
    except _UNREADABLE as error:
        raise BadFileError(
            f"{path.name} is damaged or incomplete ({error}); copy it again from its source."
        ) from error


def read_volume(path: Path) -> Volume:
    """Read a 3D image. Raises `BadFileError` or `BadHeaderError` saying what is wrong with the file."""
    image = _open(path)
    grid, shape = _grid(image, path)
    if np.dtype(image.get_data_dtype()).fields is not None or np.issubdtype(image.get_data_dtype(), np.complexfloating):
        raise BadFileError(f"{path.name} holds colours or complex numbers; a grey-scale image is needed.")
    data = _data(image, shape, path, np.float32)
    bad = ~np.isfinite(data)
    if bad.any():
        share = 100 * float(bad.mean())
        raise BadFileError(
            f"{path.name} holds values that are not numbers ({share:.3g} % of its voxels); replace them and try again."
        )
    if data.min() == data.max():
        raise BadFileError(f"{path.name} has the same value everywhere; there is nothing to see in it.")
    return Volume(data, grid)


def read_label_map(path: Path, table: LabelTable | None = None) -> LabelMap:
    """Read a label map with the values of ``table`` (default: the 33 SynthSeg classes)."""
    table = table or synthseg33()
    image = _open(path)
    grid, shape = _grid(image, path)
    data = _data(image, shape, path, np.float64)
    if not np.isfinite(data).all() or (data != np.round(data)).any():
        raise BadLabelsError(f"{path.name} holds fractions: it looks like an image, not a label map; open it as a scan.")
    if data.min() < 0 or data.max() > np.iinfo(np.uint16).max:
        raise BadLabelsError(
            f"{path.name} holds label values from {data.min():g} to {data.max():g}; labels must lie in 0 to 65535."
        )
    return LabelMap(data.astype(np.uint16), grid, table)


def _write(path: Path, data: np.ndarray, grid: Grid, description: str) -> None:
    image = nib.Nifti1Image(data, np.array(grid.affine))
    image.set_sform(grid.affine, code="scanner")
    image.set_qform(grid.affine, code="scanner", strip_shears=True)
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = description.encode("ascii", "replace")[:79]
    try:
        with written_beside(path) as temporary:
            nib.save(image, temporary)
    except OSError as error:
        raise OutputError(
            f"{path} could not be written ({error.strerror or error}); check the disk and the folder."
        ) from error


def write_volume(path: Path, volume: Volume, description: str = "") -> None:
    """Write an image as float32 NIfTI with the true affine; ``description`` (at most 79 characters) goes to the header.
    An existing file is replaced only when the new one is complete. Raises `OutputError`."""
    _write(path, volume.data, volume.grid, description)


def write_label_map(path: Path, labels: LabelMap, description: str = "") -> None:
    """Write a label map as int16 NIfTI (uint16 only where values need it), otherwise like `write_volume`."""
    small = int(labels.data.max()) <= np.iinfo(np.int16).max
    _write(path, labels.data.astype(np.int16 if small else np.uint16), labels.grid, description)
