"""The files that nibabel reads: their headers, and their numbers as they are stored."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.imageglobals import LoggingOutputSuppressor
from nibabel.volumeutils import apply_read_scaling

from engine.errors import BadFileError
from engine.grid import Grid
from engine.io.contents import brief

COMPRESSED = (".gz", ".mgz")
#: So many bytes are unpacked at a time: while they are copied, no other thread runs.
CHUNK = 1 << 22


@contextmanager
def reading(path: Path, kind: str) -> Iterator[None]:
    """Turns what goes wrong inside into a `BadFileError`; ``kind`` names the format."""
    try:
        # nibabel mends what it can and tells the log; what matters of it is checked and told by the callers.
        with LoggingOutputSuppressor():
            yield
    except MemoryError:
        raise
    except PermissionError as error:
        raise BadFileError(f"{path.name} may not be read by you; change its permissions.") from error
    except Exception as error:  # nibabel answers damaged bytes with nearly any exception
        raise BadFileError(
            f"{path.name} could not be read as {kind} ({brief(error)}); export it as .nii or .nii.gz and try again."
        ) from error


def values_of(image: Any, grid: Grid, path: Path) -> np.ndarray:
    """(I, J, K) values of nibabel's ``image`` in the type the file has them, or float64 where the header scales them.
    Raises `BadFileError`."""
    dtype = np.dtype(image.get_data_dtype())
    if dtype.fields is not None or dtype.kind == "c":
        raise BadFileError(f"{path.name} holds colours or complex numbers; a grey-scale image is needed.")
    try:
        raw = _raw(image.dataobj, path)
        with np.errstate(all="ignore"):  # a scaling that overflows gives infinities, which the callers find
            return apply_read_scaling(raw, image.dataobj.slope, image.dataobj.inter).reshape(grid.shape, order="F")
    except MemoryError:
        raise
    except Exception as error:  # as in reading
        raise BadFileError(
            f"{path.name} is damaged or incomplete ({brief(error)}); copy it again from its source."
        ) from error


def stored_as(image: Any) -> str:
    """The type of the numbers on disk, and how the header scales them."""
    slope, intercept = image.dataobj.slope, image.dataobj.inter
    scaling = "" if (slope, intercept) == (1.0, 0.0) else f", times {slope:g} plus {intercept:g}"
    return f"{np.dtype(image.get_data_dtype()).name}{scaling}"


def _raw(proxy: nib.arrayproxy.ArrayProxy, path: Path) -> np.ndarray:
    """The numbers as they are stored. nibabel would clear as much memory as the header claims, whatever the file has,
    and would stop short of the end of a compressed file, where its checksum is."""
    holder = Path(proxy.file_like)
    if not holder.name.lower().endswith(COMPRESSED):
        there = holder.stat().st_size - proxy.offset
        claimed = math.prod(proxy.shape) * proxy.dtype.itemsize
        if there < claimed:
            raise EOFError(f"{there} of {claimed} bytes are there")
        return proxy.get_unscaled()
    raw: np.ndarray = np.empty(proxy.shape, proxy.dtype, order="F")
    into = raw.reshape(-1, order="F").view(np.uint8).data
    with gzip.open(holder) as file:
        file.seek(proxy.offset)
        filled = 0
        while filled < len(into):
            count = file.readinto(into[filled : filled + CHUNK])
            if count == 0:
                raise EOFError(f"{filled} of {len(into)} bytes are there")
            filled += count
        while file.read(1 << 20):
            pass
    return raw
