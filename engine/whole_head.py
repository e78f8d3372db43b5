"""Label maps with more values than the table has, brought to the table's: whole heads, parcels and small structures.

FreeSurfer and SynthSeg's training maps label tissue outside the brain (500 to 999), divide the cortex (1000 to 2999)
and the white matter (3000 to 4999) into parcels, and name small structures (lesions, vessels, chiasm ...).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from engine.labels import BACKGROUND, CSF, LabelTable
from engine.volume import count_values

#: Values from here on, up to the first parcel, are tissue outside the brain (skull, scalp, eyes ...).
OUTSIDE_BRAIN = 500
#: First value of a thousand parcels -> the structure they are parts of (FreeSurfer's aparc+aseg and wmparc).
PARCELS = {1000: 3, 2000: 42, 3000: 2, 4000: 41}
#: FreeSurfer's white matter that belongs to no parcel.
UNDIVIDED = {5001: 2, 5002: 41}
_WHOLE = np.arange(max(UNDIVIDED) + 1)
for _first, _structure in PARCELS.items():
    _WHOLE[_first : _first + 1000] = _structure
for _value, _structure in UNDIVIDED.items():
    _WHOLE[_value] = _structure
#: CSF farther than this from brain tissue is left out of the intracranial volume.
CSF_REACH_MM = 12.0
#: A map is taken for a whole head if it has this share of the table's values, and if at most this share of its brain
#: is in small structures: grey values of a scan do neither.
LEAST_KNOWN, MOST_STRAY = 0.6, 0.05


def is_whole_head(values: np.ndarray, table: LabelTable) -> bool:
    """Whether ``values`` (I, J, K), whole numbers, are labels of a head of which the table knows only some."""
    if values.min() < 0 or values.max() > max(UNDIVIDED):
        return False
    counts = _counts(values)
    present = np.flatnonzero(counts)
    known = np.isin(present, table.values)
    if known.sum() < LEAST_KNOWN * len(table.values):
        return False
    brain = (present != BACKGROUND) & (present < OUTSIDE_BRAIN)
    return bool(counts[present[brain & ~known]].sum() <= MOST_STRAY * counts[present[brain]].sum())


def understood(values: np.ndarray, spacing: Sequence[float], table: LabelTable) -> tuple[np.ndarray, str]:
    """The labels (I, J, K) uint16 of a map for which `is_whole_head` is true, and a sentence on what became of the
    values that the table does not know. ``spacing``: voxel size in mm."""
    present = np.flatnonzero(_counts(values)).tolist()
    outside = [value for value in present if OUTSIDE_BRAIN <= value < min(PARCELS)]
    small = [value for value in present if value < OUTSIDE_BRAIN and value not in table]
    said = []
    if outside:
        said.append(f"tissue outside the brain ({outside[0]} to {outside[-1]}) is left out")
    if values.max() >= min(PARCELS):
        said.append("parcels of cortex and white matter are taken together")
    if small:
        listed = ", ".join(map(str, small[:4])) + (" ..." if len(small) > 4 else "")
        said.append(f"small structures ({listed}) take the label beside them")
    note = f"The map holds values that the table {table.name} does not know: {'; '.join(said)}."
    return brain_values(values, spacing, table), note


def brain_values(values: np.ndarray, spacing: Sequence[float], table: LabelTable) -> np.ndarray:
    """Whole-head values (I, J, K) -> the table's, uint16: parcels are put together, small structures take the value of
    the nearest voxel that the table knows, tissue outside the brain is background, and so is CSF farther than
    `CSF_REACH_MM` from tissue, since some maps follow it down the spinal canal."""
    values = _folded(values)
    outside = values >= OUTSIDE_BRAIN
    stray = ~np.isin(values, table.values) & ~outside
    if stray.any():
        values = np.where(stray, _beside(values, stray, stray | outside, spacing), values)
    values = np.where(outside, BACKGROUND, values).astype(np.uint16)
    values[_far(values, spacing)] = BACKGROUND
    return values


def _folded(values: np.ndarray) -> np.ndarray:
    """Parcels as the structures they are parts of."""
    if values.max() < min(PARCELS):
        return values
    folded: np.ndarray = _WHOLE[values]
    return folded


def _counts(values: np.ndarray) -> np.ndarray:
    """How often each value occurs, parcels counted as the structures they are parts of."""
    counts = np.zeros(len(_WHOLE), dtype=np.int64)
    np.add.at(counts, _WHOLE, count_values(values, len(_WHOLE)))
    return counts


def _beside(values: np.ndarray, stray: np.ndarray, unknown: np.ndarray, spacing: Sequence[float]) -> np.ndarray:
    """``values`` with each ``stray`` voxel's taken from the nearest voxel that is not ``unknown``."""
    # The nearest one touches something unknown, or another would be nearer.
    rim = np.argwhere(ndimage.binary_dilation(unknown, np.ones((3, 3, 3))) & ~unknown)
    _, nearest = cKDTree(rim * np.asarray(spacing)).query(np.argwhere(stray) * np.asarray(spacing))
    changed = values.copy()
    changed[stray] = values[tuple(rim[nearest].T)]
    return changed


def _far(values: np.ndarray, spacing: Sequence[float]) -> np.ndarray:
    """Where CSF lies too far from tissue."""
    tissue = (values != BACKGROUND) & (values != CSF)
    far = values == CSF
    # A box inside the ball of that radius settles nearly all of it; the rest is looked at one by one.
    near = tissue.view(np.uint8)
    for axis, size in enumerate(spacing):
        near = ndimage.maximum_filter1d(near, 2 * int(CSF_REACH_MM / np.sqrt(3) / size) + 1, axis=axis, mode="constant")
    far &= near == 0
    if not far.any() or not tissue.any():
        return far
    rim = np.argwhere(tissue & ~ndimage.binary_erosion(tissue))
    distance, _ = cKDTree(rim * np.asarray(spacing)).query(np.argwhere(far) * np.asarray(spacing))
    far[far] = distance > CSF_REACH_MM
    return far
