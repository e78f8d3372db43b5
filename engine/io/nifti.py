"""NIfTI files in and out, any orientation, with every way a file can be wrong said in one sentence.

Arrays keep the file's own voxel order and affine; nothing is flipped on the way in or out.
"""

from __future__ import annotations

import gzip
import math
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.imageglobals import LoggingOutputSuppressor
from nibabel.volumeutils import apply_read_scaling

from engine.errors import BadFileError, BadHeaderError, BadLabelsError, OutputError
from engine.grid import Grid
from engine.io.files import written_beside
from engine.labels import LabelTable, synthseg33
from engine.volume import LabelMap, Volume

SUFFIXES = (".nii", ".nii.gz", ".hdr", ".img")
#: More voxels than this (about 1000^3) is no head scan and would exhaust the memory.
MOST_VOXELS = 1_100_000_000


@dataclass(frozen=True)
class Opened:
    """What a file turned out to hold, its header's description, and notes the user should see."""

    content: Volume | LabelMap
    description: str
    notes: tuple[str, ...]


def _open(path: Path) -> nib.Nifti1Pair:
    """The header and a proxy of the data, which is not read yet."""
    if not path.exists():
        raise BadFileError(f"There is no file {path}; check the name.")
    if path.is_dir():
        raise BadFileError(f"{path} is a folder, not a file; choose a NIfTI file (.nii or .nii.gz).")
    if not path.is_file() or not path.name.lower().endswith(SUFFIXES):
        raise BadFileError(f"{path.name} is not a NIfTI file (.nii or .nii.gz); convert it to NIfTI and try again.")
    if path.stat().st_size == 0:
        raise BadFileError(f"{path.name} is empty; copy it again from its source.")
    try:
        # nibabel mends what it can and tells the log; what matters of it is checked and told below.
        with LoggingOutputSuppressor():
            image = nib.load(path)
    except MemoryError:
        raise
    except PermissionError as error:
        raise BadFileError(f"{path.name} may not be read by you; change its permissions.") from error
    except Exception as error:  # nibabel answers damaged bytes with nearly any exception
        raise BadFileError(
            f"{path.name} could not be read as NIfTI ({_brief(error)}); export it as .nii or .nii.gz and try again."
        ) from error
    if not isinstance(image, nib.Nifti1Pair):  # Nifti1Image, Nifti2Image and .hdr/.img pairs are
        raise BadFileError(f"{path.name} is not a NIfTI image; export it as .nii or .nii.gz and try again.")
    return image


def _brief(error: Exception) -> str:
    """The first line of what a library says, without its full stop."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160].rstrip(".")


def _grid(image: nib.Nifti1Pair, path: Path) -> Grid:
    shape = tuple(int(n) for n in image.shape)
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) > 3:
        raise BadFileError(f"{path.name} has {len(shape)} dimensions {shape}; extract one 3D volume from it first.")
    if len(shape) < 3 or min(shape) < 2:
        raise BadFileError(f"{path.name} is a single slice or less {shape}; a whole 3D volume is needed.")
    if np.prod(shape, dtype=np.float64) > MOST_VOXELS:
        raise BadFileError(f"{path.name} claims {shape} voxels, more than any head scan; its header is damaged.")
    size = _voxel_size(image)
    if not np.isfinite(size).all() or size.min() <= 0:
        sizes = " x ".join(f"{s:g}" for s in size)
        raise BadHeaderError(f"{path.name} gives a voxel size of {sizes} mm; re-export it from its source.")
    if not (int(image.header["sform_code"]) or int(image.header["qform_code"])):
        raise BadHeaderError(
            f"{path.name} does not say how it lies in space (no qform or sform), so left and right are unknown; "
            "convert it again from the original scan."
        )
    try:
        return Grid((shape[0], shape[1], shape[2]), image.affine)
    except BadHeaderError as error:
        raise BadHeaderError(f"{path.name}: {error}") from error


def _voxel_size(image: nib.Nifti1Pair) -> np.ndarray:
    """(3,) voxel size as the file has it: nibabel's own header has a 1 where the file has a 0."""
    holder = image.file_map.get("header") or image.file_map["image"]
    with LoggingOutputSuppressor(), holder.get_prepare_fileobj("rb") as file:
        header = type(image.header).from_fileobj(file, check=False)
    return np.asarray(header["pixdim"][1:4], dtype=np.float64)


def _values(image: nib.Nifti1Pair, grid: Grid, path: Path) -> np.ndarray:
    """(I, J, K) values in the type the file has them, or float64 where the header scales them."""
    dtype = np.dtype(image.get_data_dtype())
    if dtype.fields is not None or dtype.kind == "c":
        raise BadFileError(f"{path.name} holds colours or complex numbers; a grey-scale image is needed.")
    try:
        raw = _raw(image.dataobj, path)
        with np.errstate(all="ignore"):  # a scaling that overflows gives infinities, which are found below
            return apply_read_scaling(raw, image.dataobj.slope, image.dataobj.inter).reshape(grid.shape, order="F")
    except MemoryError:
        raise
    except Exception as error:  # as in _open
        raise BadFileError(
            f"{path.name} is damaged or incomplete ({_brief(error)}); copy it again from its source."
        ) from error


def _raw(proxy: nib.arrayproxy.ArrayProxy, path: Path) -> np.ndarray:
    """The numbers as they are stored. nibabel would clear as much memory as the header claims, whatever the file has,
    and would stop short of the end of a compressed file, where its checksum is."""
    if not path.name.lower().endswith(".gz"):
        there = Path(proxy.file_like).stat().st_size - proxy.offset
        claimed = math.prod(proxy.shape) * proxy.dtype.itemsize
        if there < claimed:
            raise EOFError(f"{there} of {claimed} bytes are there")
        return proxy.get_unscaled()
    raw: np.ndarray = np.empty(proxy.shape, proxy.dtype, order="F")
    into = raw.reshape(-1, order="F").view(np.uint8).data
    with gzip.open(path) as file:
        file.seek(proxy.offset)
        filled = 0
        while filled < len(into):
            count = file.readinto(into[filled:])
            if count == 0:
                raise EOFError(f"{filled} of {len(into)} bytes are there")
            filled += count
        while file.read(1 << 20):
            pass
    return raw


def _as_volume(values: np.ndarray, grid: Grid, path: Path) -> Volume:
    low, high = float(values.min()), float(values.max())  # both are not a number if any value is not
    if not (np.isfinite(low) and np.isfinite(high)):
        share = 100 * float(np.mean(~np.isfinite(values)))
        raise BadFileError(
            f"{path.name} holds values that are not finite numbers ({share:.3g} % of its voxels); "
            "replace them and try again."
        )
    if max(-low, high) > float(np.finfo(np.float32).max):
        raise BadFileError(
            f"{path.name} holds values up to {max(-low, high):.3g}, too large to use; rescale them first."
        )
    if low == high:
        raise BadFileError(f"{path.name} has the same value everywhere; there is nothing to see in it.")
    return Volume(values, grid)


def _as_label_map(values: np.ndarray, grid: Grid, path: Path, table: LabelTable) -> LabelMap:
    if values.dtype.kind == "f" and not np.array_equal(values, np.round(values)):
        raise BadLabelsError(
            f"{path.name} holds fractions, so it is an image and not a label map; choose a label map, "
            "or segment the image first."
        )
    low, high = values.min(), values.max()
    if low < 0 or high > np.iinfo(np.uint16).max:
        raise BadLabelsError(
            f"{path.name} holds values from {low:g} to {high:g}, but labels lie in 0 to 65535; choose a label map."
        )
    try:
        return LabelMap(values.astype(np.uint16), grid, table)
    except BadLabelsError as error:
        raise BadLabelsError(f"{path.name}: {error}") from error


def _looks_like_labels(values: np.ndarray, table: LabelTable) -> bool:
    """Whether all values are whole, stand in the table, and name two structures at least. Other whole numbers are grey
    levels, and a single value is anybody's mask."""
    if not (values.min() >= 0 and values.max() < len(table.class_of_value)):
        return False
    if values.dtype.kind == "f" and not np.array_equal(values, np.round(values)):
        return False
    present = np.flatnonzero(np.bincount(values.ravel(order="K").astype(np.uint16)))
    return len(present[present > 0]) >= 2 and all(int(value) in table for value in present)


def read_volume(path: Path) -> Volume:
    """Read a 3D image. Raises `BadFileError` or `BadHeaderError` saying what is wrong with the file."""
    image = _open(path)
    grid = _grid(image, path)
    return _as_volume(_values(image, grid, path), grid, path)


def read_label_map(path: Path, table: LabelTable | None = None) -> LabelMap:
    """Read a label map with the values of ``table`` (default: the 33 SynthSeg classes). Raises `BadLabelsError` too."""
    image = _open(path)
    grid = _grid(image, path)
    return _as_label_map(_values(image, grid, path), grid, path, table or synthseg33())


def read_any(path: Path, table: LabelTable | None = None) -> Opened:
    """Read a label map with the values of ``table`` if the file looks like one, otherwise a 3D image."""
    table = table or synthseg33()
    image = _open(path)
    grid = _grid(image, path)
    values = _values(image, grid, path)
    notes = []
    size = _voxel_size(image)
    if not np.allclose(size, grid.spacing, rtol=0.02):
        sizes, used = (" x ".join(f"{s:.3g}" for s in three) for three in (size, grid.spacing))
        notes.append(
            f"The header of {path.name} gives two voxel sizes, {sizes} and {used} mm; its affine has the second, "
            "which is used."
        )
    content: Volume | LabelMap
    if _looks_like_labels(values, table):
        content = _as_label_map(values, grid, path, table)
    else:
        content = _as_volume(values, grid, path)
    description = image.header["descrip"].item().decode("ascii", "replace").strip("\0 ")
    return Opened(content, description, tuple(notes))


def _write(path: Path, data: np.ndarray, grid: Grid, description: str) -> None:
    if not path.name.endswith((".nii", ".nii.gz")):
        raise OutputError(f"{path.name} cannot be written; give the name an ending of .nii or .nii.gz.")
    image = nib.Nifti1Image(data, np.array(grid.affine))
    image.set_sform(grid.affine, code="scanner")
    image.set_qform(grid.affine, code="scanner", strip_shears=True)
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = description.encode("ascii", "replace")[:79]
    try:
        with written_beside(path) as temporary:
            nib.save(image, temporary)
    except (OSError, ImageFileError) as error:
        raise OutputError(
            f"{path} could not be written ({getattr(error, 'strerror', None) or error}); check the disk and the folder."
        ) from error


def write_volume(path: Path, volume: Volume, description: str = "") -> None:
    """Write an image as float32 NIfTI with the true affine; ``description`` (at most 79 characters) goes to the header.
    An existing file is replaced only when the new one is complete. Raises `OutputError`."""
    _write(path, volume.data, volume.grid, description)


def write_label_map(path: Path, labels: LabelMap, description: str = "") -> None:
    """Write a label map as int16 NIfTI (uint16 only where values need it), otherwise like `write_volume`."""
    small = int(labels.data.max()) <= np.iinfo(np.int16).max
    _write(path, labels.data.astype(np.int16 if small else np.uint16), labels.grid, description)
