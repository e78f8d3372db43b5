"""Images and label maps on a grid. Arrays are read-only and Fortran-ordered: NIfTI's order, and VTK's x-fastest
layout, so that both share the memory."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.errors import BadFileError, BadLabelsError
from engine.grid import Grid
from engine.labels import LabelTable, synthseg33


def _frozen(data: np.ndarray, dtype: type, grid: Grid) -> np.ndarray:
    if data.shape != grid.shape:
        raise BadFileError(f"The data has {data.shape} voxels but its grid has {grid.shape}.")
    copy: np.ndarray = np.array(data, dtype=dtype, order="F")
    copy.setflags(write=False)
    return copy


@dataclass(frozen=True, eq=False)
class Volume:
    """A scalar image: ``data`` (I, J, K) float32, read-only, on ``grid``."""

    data: np.ndarray
    grid: Grid
    unit: str = "a.u."

    def __post_init__(self) -> None:
        object.__setattr__(self, "data", _frozen(self.data, np.float32, self.grid))


def count_values(data: np.ndarray, size: int) -> np.ndarray:
    """(size,) how often each value 0..size - 1 occurs in ``data`` (I, J, K).

    Slice by slice: counting a whole map at once takes eight bytes a voxel, and lets no other thread run meanwhile.
    """
    counts = np.zeros(size, dtype=np.int64)
    for k in range(data.shape[2]):
        counts += np.bincount(data[:, :, k].ravel(order="K").astype(np.intp), minlength=size)
    return counts


@dataclass(frozen=True, eq=False)
class LabelMap:
    """A segmentation: ``data`` (I, J, K) uint16 label values, read-only, on ``grid``; all values are in ``table``."""

    data: np.ndarray
    grid: Grid
    table: LabelTable = field(default_factory=synthseg33)

    def __post_init__(self) -> None:
        data = np.asarray(self.data)
        known = len(self.table.class_of_value)
        if data.dtype.kind not in "ui":
            raise BadLabelsError("A label map holds whole numbers; this is an image.")
        if data.size and (data.min() < 0 or data.max() >= known):
            raise BadLabelsError(
                f"Values from {data.min()} to {data.max()} are not all labels of the table {self.table.name}; "
                "choose a label map with its labels, or convert this one to them first."
            )
        counts = count_values(data, known)
        unknown = [v for v in np.flatnonzero(counts).tolist() if v not in self.table][:5]
        if unknown:
            raise BadLabelsError(
                f"The label map holds values that are not in the table {self.table.name} (such as {unknown}); "
                "convert it to these labels first."
            )
        object.__setattr__(self, "data", _frozen(data, np.uint16, self.grid))
