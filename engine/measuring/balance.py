"""Ratios of volumes: the ventricles' share of the head, and how the two sides differ."""

from __future__ import annotations

from engine.errors import BadLabelsError
from engine.measures import Volumes
from engine.measuring.definitions import INFERIOR_LATERAL_ASYMMETRY, LATERAL_ASYMMETRY, VENTRICULAR_SHARE
from engine.measuring.record import Measure
from engine.measuring.structures import Structures


def ventricular_share(volumes: Volumes) -> Measure:
    """See `VENTRICULAR_SHARE`. Raises `BadLabelsError` where there is no ventricle."""
    if volumes.ratio is None:
        raise BadLabelsError(" ".join(volumes.notes) or "There is no ventricular volume; check the label map.")
    return Measure(VENTRICULAR_SHARE, volumes.ratio)


def lateral_asymmetry(structures: Structures, volumes: Volumes) -> Measure:
    """See `LATERAL_ASYMMETRY`. Raises `BadLabelsError` where a side is missing."""
    return Measure(LATERAL_ASYMMETRY, _asymmetry(structures, volumes, 4))


def inferior_lateral_asymmetry(structures: Structures, volumes: Volumes) -> Measure:
    """See `INFERIOR_LATERAL_ASYMMETRY`. Raises `BadLabelsError` where a side is missing."""
    return Measure(INFERIOR_LATERAL_ASYMMETRY, _asymmetry(structures, volumes, 5))


def _asymmetry(structures: Structures, volumes: Volumes, left: int) -> float:
    ml = dict(volumes.structures)
    right = structures.labels.table[left].mirror
    missing = [structures.name(value) for value in (left, right) if not ml.get(value)]
    if missing:
        raise BadLabelsError(f"No voxel is labelled {' or '.join(missing)}, so the sides cannot be compared.")
    return (ml[left] - ml[right]) / (ml[left] + ml[right])
