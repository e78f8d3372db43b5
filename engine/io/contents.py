"""What was read from a file of any format: whether its values make an image or a label map, and what is wrong with
them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.errors import BadFileError, BadHeaderError, BadLabelsError
from engine.grid import Grid
from engine.io.header import ScanHeader
from engine.labels import LabelTable
from engine.volume import LabelMap, Volume, count_values

#: More voxels than this (about 1000^3) is no head scan and would exhaust the memory.
MOST_VOXELS = 1_100_000_000
UNKNOWN_UNIT = "a.u."


@dataclass(frozen=True)
class Opened:
    """What a file turned out to hold, its header's description, notes the user should see, and what its header says."""

    content: Volume | LabelMap
    description: str
    notes: tuple[str, ...]
    header: ScanHeader


def brief(error: Exception) -> str:
    """The first line of what a library says, without its full stop."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160].rstrip(".")


def check_file(path: Path, hint: str) -> None:
    """Raises `BadFileError` if there is no such file or nothing in it; ``hint`` says what to choose instead."""
    if not path.exists():
        raise BadFileError(f"There is no file {path}; check the name.")
    if path.is_dir():
        raise BadFileError(f"{path} is a folder, not a file; {hint}.")
    if path.is_file() and path.stat().st_size == 0:
        raise BadFileError(f"{path.name} is empty; copy it again from its source.")


def grid_of(shape: tuple[int, ...], affine: np.ndarray, path: Path) -> Grid:
    """The grid of a file with these sizes; trailing sizes of one are no dimensions. Raises `BadFileError` unless it is
    three-dimensional and of a head's size, `BadHeaderError` for an affine that cannot be."""
    shape = tuple(int(n) for n in shape)
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) > 3:
        raise BadFileError(f"{path.name} has {len(shape)} dimensions {shape}; extract one 3D volume from it first.")
    if len(shape) < 3 or min(shape) < 2:
        raise BadFileError(f"{path.name} is a single slice or less {shape}; a whole 3D volume is needed.")
    if np.prod(shape, dtype=np.float64) > MOST_VOXELS:
        raise BadFileError(f"{path.name} claims {shape} voxels, more than any head scan; its header is damaged.")
    try:
        return Grid((shape[0], shape[1], shape[2]), affine)
    except BadHeaderError as error:
        raise BadHeaderError(f"{path.name}: {error}") from error


def as_volume(values: np.ndarray, grid: Grid, name: str, *, unit: str = UNKNOWN_UNIT) -> Volume:
    """The image that ``values`` (I, J, K) in ``unit`` make. Raises `BadFileError` if they cannot be shown."""
    low, high = float(values.min()), float(values.max())  # both are not a number if any value is not
    if not (np.isfinite(low) and np.isfinite(high)):
        share = 100 * float(np.mean(~np.isfinite(values)))
        raise BadFileError(
            f"{name} holds values that are not finite numbers ({share:.3g} % of its voxels); "
            "replace them and try again."
        )
    if max(-low, high) > float(np.finfo(np.float32).max):
        raise BadFileError(f"{name} holds values up to {max(-low, high):.3g}, too large to use; rescale them first.")
    if low == high:
        raise BadFileError(f"{name} has the same value everywhere; there is nothing to see in it.")
    return Volume(values, grid, unit)


def as_label_map(values: np.ndarray, grid: Grid, name: str, table: LabelTable) -> LabelMap:
    """The label map that ``values`` (I, J, K) make. Raises `BadLabelsError`."""
    if not _all_whole(values):
        raise BadLabelsError(
            f"{name} holds fractions, so it is an image and not a label map; choose a label map, "
            "or segment the image first."
        )
    low, high = values.min(), values.max()
    if low < 0 or high > np.iinfo(np.uint16).max:
        raise BadLabelsError(
            f"{name} holds values from {low:g} to {high:g}, but labels lie in 0 to 65535; choose a label map."
        )
    try:
        return LabelMap(values.astype(np.uint16), grid, table)
    except BadLabelsError as error:
        raise BadLabelsError(f"{name}: {error}") from error


def labels_of(values: np.ndarray, grid: Grid, name: str, table: LabelTable) -> tuple[LabelMap, tuple[str, ...]]:
    """The label map that ``values`` (I, J, K) make, those of a whole head brought to ``table``; also the notes the user
    should see. Raises `BadLabelsError`."""
    if not _in_table(values, table):
        found = _from_whole_head(values, grid, name, table)
        if found is not None:
            return found
    return as_label_map(values, grid, name, table), ()


def content_of(
    values: np.ndarray, grid: Grid, name: str, table: LabelTable
) -> tuple[Volume | LabelMap, tuple[str, ...]]:
    """A label map where ``values`` (I, J, K) look like one, otherwise an image; also the notes the user should see.

    Whole numbers that all stand in the table and name two structures at least look like one, and so do those of a whole
    head. Other whole numbers are grey levels, and a single value is anybody's mask.
    """
    if _in_table(values, table):
        present = np.flatnonzero(count_values(values, len(table.class_of_value)))
        if len(present[present > 0]) >= 2:
            return as_label_map(values, grid, name, table), ()
        return as_volume(values, grid, name), ()
    return _from_whole_head(values, grid, name, table) or (as_volume(values, grid, name), ())


def _in_table(values: np.ndarray, table: LabelTable) -> bool:
    known = len(table.class_of_value)
    if not (values.min() >= 0 and values.max() < known and _all_whole(values)):
        return False
    return all(int(value) in table for value in np.flatnonzero(count_values(values, known)))


def _from_whole_head(
    values: np.ndarray, grid: Grid, name: str, table: LabelTable
) -> tuple[LabelMap, tuple[str, ...]] | None:
    """The label map of a whole head and what became of its other values; None for anything else."""
    if not (values.min() >= 0 and values.max() <= np.iinfo(np.uint16).max and _all_whole(values)):
        return None
    from engine.whole_head import is_whole_head, understood

    whole = values.astype(np.uint16)
    if not is_whole_head(whole, table):
        return None
    brain, note = understood(whole, grid.spacing, table)
    return LabelMap(brain, grid, table), (f"{name}: {note}",)


def _all_whole(values: np.ndarray) -> bool:
    return values.dtype.kind != "f" or np.array_equal(values, np.round(values))
