"""Widths across the ventricles and their ratios to the skull's inner width, on axial slices of the head's frame.

Each function raises `BadLabelsError` with the sentence why there is no value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.errors import BadLabelsError
from engine.labels import CSF
from engine.measuring.definitions import (
    EVANS_INDEX,
    FRONTAL_OCCIPITAL_HORN_RATIO,
    THIRD_VENTRICLE_WIDTH,
)
from engine.measuring.frame import ESTIMATED, THALAMI, THIRD, HeadFrame
from engine.measuring.record import Measure
from engine.measuring.sections import (
    COARSE_MM,
    FINE_MM,
    Sampled,
    Widest,
    axial_line,
    extent,
    sample,
    sample_box,
    widest,
)
from engine.measuring.structures import Mask, Structures

LATERAL = (4, 43)
#: A share of the thalami's voxels this small may lie in front of their front end, or behind their rear end.
OUTLIERS = 1.0
NO_SKULL = (
    "The label map has no extracerebral CSF, so the brain's width stands in for the skull's and the value is too large."
)


@dataclass(frozen=True, eq=False)
class LateralVentricles:
    """The lateral ventricles and the head around them, sampled once for all widths.

    ``monro``, ``pulvinar``: how far to the front of the anterior commissure the thalami begin and end. In front of
    them lie the frontal horns (the foramina of Monro open at their front end), behind them the occipital ones.
    """

    frame: HeadFrame
    left: Sampled
    right: Sampled
    head: Mask
    monro: float
    pulvinar: float
    skull: bool


def lateral_ventricles(structures: Structures, frame: HeadFrame) -> LateralVentricles:
    """Sample the lateral ventricles."""
    step = (FINE_MM, COARSE_MM, COARSE_MM)
    left, right = (sample(structures.cut(value), frame, step) for value in LATERAL)
    thalami = np.concatenate([structures.voxels(value) for value in THALAMI])
    pulvinar, monro = np.percentile(frame.to_frame(thalami)[:, 1], [OUTLIERS, 100 - OUTLIERS])
    return LateralVentricles(
        frame, left, right, structures.cut_head(), float(monro), float(pulvinar), CSF in structures.boxes
    )


def evans_index(ventricles: LateralVentricles) -> Measure:
    """See `EVANS_INDEX`; frontal horns are the lateral ventricles in front of the thalami."""
    frame = ventricles.frame
    horns = _across(ventricles, "frontal horns lie in front of", ventricles.monro, np.inf)
    skull = _skull(ventricles, horns.up, horns.up)
    lines = (axial_line("frontal horns", horns, frame), axial_line("inner skull", skull, frame))
    return Measure(EVANS_INDEX, horns.width_mm / skull.width_mm, "", lines, None, _notes(ventricles))


def frontal_occipital_horn_ratio(ventricles: LateralVentricles) -> Measure:
    """See `FRONTAL_OCCIPITAL_HORN_RATIO`; occipital horns are the lateral ventricles behind the thalami."""
    frame = ventricles.frame
    upper = replace(ventricles, left=ventricles.left.part(2, 0, np.inf), right=ventricles.right.part(2, 0, np.inf))
    frontal = _across(upper, "frontal horns lie in front of", ventricles.monro, np.inf)
    # Lower down the widest place behind the thalami is where the temporal horns branch off.
    occipital = _across(upper, "occipital horns lie behind", -np.inf, ventricles.pulvinar)
    skull = _skull(ventricles, 0, max(float(side.position(2)[-1]) for side in (upper.left, upper.right)))
    lines = (
        axial_line("frontal horns", frontal, frame),
        axial_line("occipital horns", occipital, frame),
        axial_line("inner skull", skull, frame),
    )
    value = (frontal.width_mm + occipital.width_mm) / (2 * skull.width_mm)
    return Measure(FRONTAL_OCCIPITAL_HORN_RATIO, value, "", lines, None, _notes(ventricles))


def third_ventricle_width(structures: Structures, frame: HeadFrame) -> Measure:
    """See `THIRD_VENTRICLE_WIDTH`."""
    third = sample(structures.cut(THIRD), frame, (FINE_MM, FINE_MM, FINE_MM))
    found = widest(third.part(1, float(frame.to_frame(frame.pc)[1]), 0.0))
    if found is None:
        raise BadLabelsError("The third ventricle does not lie between the commissures; correct its label.")
    line = axial_line("third ventricle", found, frame)
    return Measure(THIRD_VENTRICLE_WIDTH, found.width_mm, "", (line,), None, (ESTIMATED,))


def _across(ventricles: LateralVentricles, where: str, rear: float, front: float) -> Widest:
    """The widest line from one side's horn to the other's, ``rear`` to ``front`` mm along the front axis."""
    sides = [side.part(1, rear, front) for side in (ventricles.left, ventricles.right)]
    if any(widest(side) is None for side in sides):
        raise BadLabelsError(f"No {where} the thalami on both sides; check the lateral ventricles.")
    found = widest(_joined(*sides))
    assert found is not None
    return found


def _joined(one: Sampled, other: Sampled) -> Sampled:
    """Both masks in one; their samples lie at the same multiples of the same step."""
    step = one.step
    first = np.minimum(one.start, other.start)
    ends = [part.start + step * (np.array(part.values.shape) - 1) for part in (one, other)]
    shape = np.rint((np.maximum(*ends) - first) / step).astype(int) + 1
    values = np.zeros(shape, dtype=np.float32)
    for part in (one, other):
        at = np.rint((part.start - first) / step).astype(int)
        place = tuple(slice(a, a + n) for a, n in zip(at, part.values.shape, strict=True))
        values[place] = np.maximum(values[place], part.values)
    return Sampled(values, first, step, one.voxel_mm)


def _skull(ventricles: LateralVentricles, low: float, high: float) -> Widest:
    """The largest inner width of the skull on the axial slices from ``low`` to ``high`` mm above the commissures."""
    head, frame = ventricles.head, ventricles.frame
    lowest, highest = extent(head, frame)
    lowest[2], highest[2] = low, high
    found = widest(sample_box(head, frame, (COARSE_MM, COARSE_MM, COARSE_MM), lowest, highest))
    if found is None:
        raise BadLabelsError("No part of the head lies on the slices of the ventricles; check the label map.")
    return found


def _notes(ventricles: LateralVentricles) -> tuple[str, ...]:
    return (ESTIMATED,) if ventricles.skull else (ESTIMATED, NO_SKULL)
