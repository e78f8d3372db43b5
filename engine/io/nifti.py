"""NIfTI files in and out, any orientation, with every way a file can be wrong said in one sentence.

Arrays keep the file's own voxel order and affine; nothing is flipped on the way in or out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.imageglobals import LoggingOutputSuppressor

from engine.errors import BadFileError, BadHeaderError, OutputError
from engine.grid import Grid
from engine.io.arrays import reading, stored_as, values_of
from engine.io.contents import Opened, as_volume, check_file, content_of, grid_of, labels_of
from engine.io.files import written_beside
from engine.io.header import APART_MM, ScanHeader, greatest_disagreement, rows_of
from engine.labels import LabelTable, synthseg33
from engine.volume import LabelMap, Volume

SUFFIXES = (".nii", ".nii.gz", ".hdr", ".img", ".hdr.gz", ".img.gz")
#: Where the geometry of an Analyze file comes from that has no matrix beside it.
NO_SOURCE = "the voxel size only"


def _open(path: Path) -> nib.analyze.AnalyzeImage:
    """The header and a proxy of the data, which is not read yet: NIfTI, one file or a pair, or Analyze."""
    check_file(path, "choose a NIfTI file (.nii or .nii.gz)")
    if not path.is_file() or not path.name.lower().endswith(SUFFIXES):
        raise BadFileError(f"{path.name} is not a NIfTI file (.nii or .nii.gz); convert it to NIfTI and try again.")
    _check_pair(path)
    with reading(path, "NIfTI"):
        image = nib.load(path)
    if not isinstance(image, nib.analyze.AnalyzeImage):  # whose children are Nifti1Image, Nifti2Image and their pairs
        raise BadFileError(f"{path.name} is not a NIfTI image; export it as .nii or .nii.gz and try again.")
    return image


def _check_pair(path: Path) -> None:
    """Raises `BadFileError` for one half of a pair without the other."""
    name = path.name.removesuffix(".gz")
    other = {".hdr": ".img", ".img": ".hdr"}.get(name[-4:].lower())
    if other is None:
        return
    if name[-4:].isupper():
        other = other.upper()
    beside = [path.with_name(name[:-4] + other + end) for end in ("", ".gz")]
    if not any(half.exists() for half in beside):
        raise BadFileError(f"{path.name} is half of a pair and {beside[0].name} is not beside it; copy both together.")


def _grid(image: nib.analyze.AnalyzeImage, path: Path) -> Grid:
    size = _voxel_size(image)
    if not np.isfinite(size).all() or size.min() <= 0:
        sizes = " x ".join(f"{s:g}" for s in size)
        raise BadHeaderError(f"{path.name} gives a voxel size of {sizes} mm; re-export it from its source.")
    if isinstance(image, nib.Nifti1Pair) and not any(_codes(image)):
        raise BadHeaderError(
            f"{path.name} does not say how it lies in space (no qform or sform), so left and right are unknown; "
            "convert it again from the original scan."
        )
    return grid_of(image.shape, image.affine, path)


def _codes(image: nib.Nifti1Pair) -> tuple[int, int]:
    """The codes of sform and qform; 0 where there is none."""
    return int(image.header["sform_code"]), int(image.header["qform_code"])


def _voxel_size(image: nib.analyze.AnalyzeImage) -> np.ndarray:
    """(3,) voxel size as the file has it: nibabel's own header has a 1 where the file has a 0."""
    holder = image.file_map.get("header") or image.file_map["image"]
    with LoggingOutputSuppressor(), holder.get_prepare_fileobj("rb") as file:
        header = type(image.header).from_fileobj(file, check=False)
    return np.asarray(header["pixdim"][1:4], dtype=np.float64)


def read_volume(path: Path) -> Volume:
    """Read a 3D image. Raises `BadFileError` or `BadHeaderError` saying what is wrong with the file."""
    image = _open(path)
    grid = _grid(image, path)
    return as_volume(values_of(image, grid, path), grid, path.name)


def read_label_map(path: Path, table: LabelTable | None = None) -> LabelMap:
    """Read a label map with the values of ``table`` (default: the 33 SynthSeg classes), or of a whole head, which is
    brought to them. Raises `BadLabelsError` too."""
    labels, _ = read_labels(path, table)
    return labels


def read_labels(path: Path, table: LabelTable | None = None) -> tuple[LabelMap, tuple[str, ...]]:
    """Like `read_label_map`, with the notes that the user should see."""
    table = table or synthseg33()
    image = _open(path)
    grid = _grid(image, path)
    return labels_of(values_of(image, grid, path), grid, path.name, table)


def read_any(path: Path, table: LabelTable | None = None) -> Opened:
    """Read a label map with the values of ``table`` if the file looks like one, otherwise a 3D image."""
    table = table or synthseg33()
    image = _open(path)
    grid = _grid(image, path)
    values = values_of(image, grid, path)
    content, notes = content_of(values, grid, path.name, table)
    header = _header(image, grid, values, path)
    description = image.header["descrip"].item().decode("ascii", "replace").strip("\0 ")
    return Opened(content, description, (*_doubts(header, path), *header.notes, *notes), header)


def _header(image: nib.analyze.AnalyzeImage, grid: Grid, values: np.ndarray, path: Path) -> ScanHeader:
    """What the file says about itself."""
    notes = []
    size = _voxel_size(image)
    if not np.allclose(size, grid.spacing, rtol=0.02):
        sizes, used = (" x ".join(f"{s:.3g}" for s in three) for three in (size, grid.spacing))
        notes.append(
            f"The header of {path.name} gives two voxel sizes, {sizes} and {used} mm; its affine has the second, "
            "which is used."
        )
    source, apart = _affine_source(image, grid)
    return ScanHeader(
        format=_format(image),
        shape=grid.shape,
        affine=rows_of(grid.affine),
        affine_source=source,
        stored_as=stored_as(image),
        low=float(values.min()),
        high=float(values.max()),
        length_unit=_length_unit(image),
        disagreement_mm=apart,
        sides_known=source != NO_SOURCE,
        notes=tuple(notes),
    )


def _doubts(header: ScanHeader, path: Path) -> Iterator[str]:
    """What is uncertain about sides and place, as sentences."""
    if not header.sides_known:
        yield (
            f"{path.name} is an Analyze file, which cannot tell left from right; it is shown with the patient's right "
            "side first, as most programs wrote it, so compare it with the original before you trust the sides."
        )
    if header.disagreement_mm > APART_MM:
        yield (
            f"The sform and the qform of {path.name} put the same voxel up to {header.disagreement_mm:.1f} mm apart; "
            "the sform is used, so compare the orientation with the original."
        )


def _format(image: nib.analyze.AnalyzeImage) -> str:
    if not isinstance(image, nib.Nifti1Pair):
        return "Analyze 7.5"
    name = "NIfTI-2" if isinstance(image, nib.Nifti2Pair | nib.Nifti2Image) else "NIfTI-1"
    return name if isinstance(image, nib.Nifti1Image | nib.Nifti2Image) else f"{name}, header and image in two files"


def _affine_source(image: nib.analyze.AnalyzeImage, grid: Grid) -> tuple[str, float]:
    """Which of the file's transforms the affine is, and how many mm the other one is away from it."""
    if not isinstance(image, nib.Nifti1Pair):
        matrix = Path(image.file_map["image"].filename).with_suffix(".mat")
        return (f"the matrix in {matrix.name}" if matrix.exists() else NO_SOURCE), 0.0
    names = [image.header.get_value_label(f"{form}_code") for form in ("sform", "qform")]
    sform, qform = _codes(image)
    if not sform:
        return f"qform ({names[1]})", 0.0
    if not qform:
        return f"sform ({names[0]})", 0.0
    apart = greatest_disagreement(grid.shape, image.header.get_sform(), image.header.get_qform())
    return f"sform ({names[0]})", apart


def _length_unit(image: nib.analyze.AnalyzeImage) -> str:
    """The unit of the voxel size as the header states it, "" where it states none."""
    if not isinstance(image, nib.Nifti1Pair):
        return ""
    try:
        unit = str(image.header.get_xyzt_units()[0])
    except KeyError:  # a code that is not in the standard
        return ""
    return "" if unit == "unknown" else unit


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
