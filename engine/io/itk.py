"""SimpleITK, for the formats and the compressions that nothing lighter reads; imported on first use."""

from __future__ import annotations

import ctypes
import gc
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from engine.errors import BadFileError, BadHeaderError
from engine.io.contents import Opened, brief, check_file, content_of, grid_of
from engine.io.header import ScanHeader, rows_of
from engine.labels import LabelTable, synthseg33

SUFFIXES = (".nrrd", ".nhdr")
#: ITK's world is LPS, ours is RAS.
LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@contextmanager
def undisturbed() -> Iterator[None]:
    """Import something large in here on a thread: the garbage collector does not walk over it again and again, which
    the window's thread would feel."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


def simpleitk() -> ModuleType:
    """The module. Its library is opened by a foreign call, for which Python lets go of its lock: importing it plainly
    holds up the window for 0.2 s (measured), this for 0.05 s at most."""
    if "SimpleITK" not in sys.modules:
        _open_library()
        with undisturbed():
            import SimpleITK  # noqa: F401
    return sys.modules["SimpleITK"]


def _open_library() -> None:
    spec = importlib.util.find_spec("SimpleITK")
    if sys.platform == "win32" or spec is None or spec.origin is None:
        return
    library = next(Path(spec.origin).parent.glob("_SimpleITK*.so"), None)
    if library is None:
        return
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.restype, dlopen.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]
    # If it cannot be opened, the import says why.
    dlopen(os.fsencode(library), os.RTLD_NOW)


def affine_of(image: Any) -> np.ndarray:
    """(4, 4) voxel -> world RAS mm of a three-dimensional SimpleITK image or reader."""
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) @ np.diag(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return LPS_TO_RAS @ affine


def read_any(path: Path, table: LabelTable | None = None) -> Opened:
    """Read an NRRD file: a label map with the values of ``table`` if it looks like one, otherwise a 3D image. Raises
    `BadFileError` or `BadHeaderError`."""
    check_file(path, "choose an NRRD file")
    sitk = simpleitk()
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
        shape = tuple(int(n) for n in reader.GetSize())
        _check(reader, path)
        grid = grid_of(shape, affine_of(reader), path)
        values = sitk.GetArrayFromImage(reader.Execute()).T
    except RuntimeError as error:  # all that SimpleITK raises, with the reason on its last line
        reason = brief(RuntimeError(str(error).strip().splitlines()[-1]))
        raise BadFileError(
            f"{path.name} could not be read as NRRD ({reason}); copy it again from its source."
        ) from error
    content, notes = content_of(values, grid, path.name, table or synthseg33())
    header = ScanHeader(
        format="NRRD",
        shape=grid.shape,
        affine=rows_of(grid.affine),
        affine_source=f"space directions ({reader.GetMetaData('NRRD_space')})",
        stored_as=values.dtype.name,
        low=float(values.min()),
        high=float(values.max()),
    )
    return Opened(content, "", notes, header)


def _check(reader: Any, path: Path) -> None:
    if reader.GetNumberOfComponents() != 1:
        raise BadFileError(f"{path.name} holds colours or several values a voxel; a grey-scale image is needed.")
    if reader.GetDimension() != 3:
        raise BadFileError(
            f"{path.name} has {reader.GetDimension()} dimensions {tuple(reader.GetSize())}; a 3D volume is needed."
        )
    if not reader.HasMetaDataKey("NRRD_space"):
        raise BadHeaderError(
            f"{path.name} does not say how it lies in space (no space field), so left and right are unknown; "
            "convert it again from the original scan."
        )
