"""FreeSurfer's MGH and MGZ files."""

from __future__ import annotations

import gzip
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.arrayproxy import ArrayProxy
from nibabel.freesurfer.mghformat import MGHHeader, header_dtype

from engine.io.arrays import reading, stored_as, values_of
from engine.io.contents import Opened, check_file, content_of, grid_of
from engine.io.header import ScanHeader, rows_of
from engine.labels import LabelTable, synthseg33

SUFFIXES = (".mgz", ".mgh")


def read_any(path: Path, table: LabelTable | None = None) -> Opened:
    """Read a label map with the values of ``table`` if the file looks like one, otherwise a 3D image. Raises
    `BadFileError` or `BadHeaderError`."""
    check_file(path, "choose an MGZ file")
    image, known = _open(path)
    grid = grid_of(image.shape, image.affine, path)
    values = values_of(image, grid, path)
    content, notes = content_of(values, grid, path.name, table or synthseg33())
    uncertain: tuple[str, ...] = (
        f"{path.name} does not say how it lies in space; it is shown as coronal slices, as FreeSurfer takes it, so "
        "compare it with the original before you trust left and right.",
    )
    header = ScanHeader(
        format="MGZ" if path.name.lower().endswith("z") else "MGH",
        shape=grid.shape,
        affine=rows_of(grid.affine),
        affine_source="the header's directions and centre" if known else "FreeSurfer's assumption",
        stored_as=stored_as(image),
        low=float(values.min()),
        high=float(values.max()),
        sides_known=known,
    )
    return Opened(content, "", (() if known else uncertain) + notes, header)


def _open(path: Path) -> tuple[nib.MGHImage, bool]:
    """The header and a proxy of the data, and whether the file has directions: nibabel's header has some anyway.
    nibabel's own way of opening leaves the file open."""
    with reading(path, "MGZ"), (gzip.open if path.name.lower().endswith("z") else open)(path, "rb") as file:
        raw = np.frombuffer(file.read(header_dtype.itemsize), header_dtype)[0]
        file.seek(0)
        header = MGHHeader.from_fileobj(file)
        return nib.MGHImage(ArrayProxy(str(path), header), header.get_affine(), header), int(raw["goodRASFlag"]) == 1
