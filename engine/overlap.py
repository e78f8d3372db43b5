"""How well two label maps agree: Dice, surface distance, volumes. Numpy and scipy only, so that the window may use it.

Conventions: Dice 1962 / Sorensen 1948, ``2 |A and B| / (|A| + |B|)``; surface distances are those from the surface
voxels of either structure to the nearest of the other, both directions pooled. HD95 is their 95th percentile, and the
mean surface distance their mean (Heimann et al. 2009, doi:10.1109/TMI.2009.2013851).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Overlap:
    """One structure in two label maps. ``dice`` is NaN where neither has it, ``hd95_mm`` and ``surface_mm`` (the mean
    surface distance) where one lacks it."""

    dice: float
    hd95_mm: float
    found_ml: float
    reference_ml: float
    surface_mm: float


def confusion(found: np.ndarray, reference: np.ndarray, count: int) -> np.ndarray:
    """(count, count) voxels of each pair of class indices 0..count - 1: rows ``found``, columns ``reference``."""
    pairs = found.ravel(order="K").astype(np.intp) * count
    pairs += reference.ravel(order="K") if _same_order(found, reference) else _like(reference, found).ravel(order="K")
    return np.bincount(pairs, minlength=count * count).reshape(count, count)


def _same_order(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and np.argsort(a.strides).tolist() == np.argsort(b.strides).tolist()


def _like(array: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The same values laid out in memory as ``other`` is. Raises `ValueError` if the shapes differ."""
    if array.shape != other.shape:
        raise ValueError(f"label maps of {array.shape} and {other.shape} voxels cannot be compared")
    laid_out = np.empty_like(other, dtype=array.dtype)
    laid_out[...] = array
    return laid_out


def dice_per_class(counts: np.ndarray) -> np.ndarray:
    """`confusion` (C, C) -> (C,) Dice of each class; NaN where neither label map has it."""
    both = np.diagonal(counts).astype(np.float64)
    total = counts.sum(axis=0) + counts.sum(axis=1)
    return np.divide(2 * both, total, out=np.full(len(both), np.nan), where=total > 0)


def pooled_dice(counts: np.ndarray, classes: Sequence[int]) -> float:
    """`confusion` (C, C) -> Dice of several classes taken as one structure; NaN where neither has any of them."""
    chosen = list(classes)
    total = counts[chosen].sum() + counts[:, chosen].sum()
    return float(2 * counts[np.ix_(chosen, chosen)].sum() / total) if total else math.nan


def dice(found: np.ndarray, reference: np.ndarray) -> float:
    """Dice of two boolean arrays (I, J, K); NaN where both are empty."""
    total = np.count_nonzero(found) + np.count_nonzero(reference)
    return float(2 * np.count_nonzero(found & reference) / total) if total else math.nan


def surface_distances(found: np.ndarray, reference: np.ndarray, spacing: tuple[float, float, float]) -> np.ndarray:
    """(N,) mm from each surface voxel of two boolean arrays (I, J, K) to the nearest one of the other; none where one
    of them is empty. The order of the two does not matter, save for that of the distances."""
    from scipy import ndimage

    if not (found.any() and reference.any()):
        return np.empty(0)
    box = ndimage.find_objects((found | reference).view(np.uint8))[0]
    a, b = _surface(found[box]), _surface(reference[box])
    # Where the surfaces coincide nothing has to be searched for.
    shared = np.zeros(2 * np.count_nonzero(a & b))
    return np.concatenate([shared, _to_nearest(a & ~b, b, spacing), _to_nearest(b & ~a, a, spacing)])


def _to_nearest(of: np.ndarray, to: np.ndarray, spacing: tuple[float, float, float]) -> np.ndarray:
    """(N,) mm from each voxel of one boolean array to the nearest of another, which has some."""
    from scipy.spatial import cKDTree

    # The search lets other threads run, which distance transforms of whole boxes do not.
    tree = cKDTree(np.argwhere(to) * spacing, balanced_tree=False, compact_nodes=False)
    return tree.query(np.argwhere(of) * spacing)[0]


def hd95(found: np.ndarray, reference: np.ndarray, spacing: tuple[float, float, float]) -> float:
    """HD95 in mm of two boolean arrays (I, J, K) with voxels of ``spacing`` mm; NaN where one is empty."""
    return hd95_of(surface_distances(found, reference, spacing))


def hd95_of(distances: np.ndarray) -> float:
    """HD95 in mm of `surface_distances`; NaN where there are none."""
    return float(np.percentile(distances, 95)) if len(distances) else math.nan


def mean_distance_of(distances: np.ndarray) -> float:
    """Mean surface distance in mm of `surface_distances`; NaN where there are none."""
    return float(distances.mean()) if len(distances) else math.nan


def _surface(mask: np.ndarray) -> np.ndarray:
    """The voxels of a mask that touch something else with a face."""
    from scipy import ndimage

    return mask & ~ndimage.binary_erosion(mask)


def compare(found: np.ndarray, reference: np.ndarray, spacing: tuple[float, float, float], voxel_ml: float) -> Overlap:
    """One structure, as two boolean arrays (I, J, K) on the same voxels."""
    distances = surface_distances(found, reference, spacing)
    return Overlap(
        dice(found, reference),
        hd95_of(distances),
        float(np.count_nonzero(found) * voxel_ml),
        float(np.count_nonzero(reference) * voxel_ml),
        mean_distance_of(distances),
    )
