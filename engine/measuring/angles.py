"""The callosal angle, on the coronal slice through the posterior commissure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from engine.errors import BadLabelsError
from engine.measuring.definitions import CALLOSAL_ANGLE
from engine.measuring.frame import ESTIMATED, HeadFrame
from engine.measuring.record import Line, Measure, Plane, point
from engine.measuring.sections import EDGE, extent, runs, sample_box
from engine.measuring.structures import Mask, Structures

#: Sampling of the slice; the roof ends where it comes this near to its top; the least width of a roof; how far from
#: the midline the two roofs may meet.
STEP_MM, NEAR_TOP_MM, LEAST_ROOF_MM, MIDLINE_MM = 0.25, 0.25, 3.0, 15.0
#: In voxels: slices this far to either side are averaged, and their mean is smoothed by this standard deviation. A roof
#: across the voxels is a staircase, and its angle is that of its mean.
SLAB_VOXELS, SMOOTH_VOXELS = 1.5, 0.5


def callosal_angle(structures: Structures, frame: HeadFrame) -> Measure:
    """See `CALLOSAL_ANGLE`. A roof is the upper edge of a ventricle from its medial end up to its top, and its line
    the one with the least squared distance. Raises `BadLabelsError` with the sentence why there is no value."""
    roofs = [_roof(structures.cut(value), frame, side) for value, side in ((4, "left"), (43, "right"))]
    (middle_l, along_l), (middle_r, along_r) = (_fitted(roof) for roof in roofs)
    angle = float(np.degrees(np.arccos(np.clip(along_l @ along_r, -1, 1))))
    apex = _meeting(middle_l, along_l, middle_r, along_r)
    if apex is None:
        raise BadLabelsError(
            "The roofs of the lateral ventricles do not meet near the midline at the posterior commissure, so there is "
            "no callosal angle; check the lateral ventricles."
        )

    def world(at: np.ndarray) -> np.ndarray:
        return frame.pc + frame.axes[:, [0, 2]] @ at

    plane = Plane(point(frame.pc), point(frame.axes[:, 1]))
    ends = [
        middle + along * float(((roof - middle) @ along).max())
        for roof, middle, along in zip(roofs, (middle_l, middle_r), (along_l, along_r), strict=True)
    ]
    lines = tuple(
        Line(name, point(world(apex)), point(world(end)), plane)
        for name, end in zip(("left roof", "right roof"), ends, strict=True)
    )
    return Measure(CALLOSAL_ANGLE, angle, "", lines, point(world(apex)), (ESTIMATED,))


def _roof(mask: Mask, frame: HeadFrame, side: str) -> np.ndarray:
    """(N, 2) mm right and up: the upper edge from the medial end to the top, on the mean of the slices next to the
    posterior commissure, from medial to lateral."""
    centred = replace(frame, ac=frame.pc)  # the same axes, with their origin on the slice
    low, high = extent(mask, centred)
    voxel = float(np.mean(mask.grid.spacing))
    low[1], high[1] = -SLAB_VOXELS * voxel, SLAB_VOXELS * voxel
    sampled = sample_box(mask, centred, (STEP_MM, 2 * STEP_MM, STEP_MM), low, high)
    section = ndimage.gaussian_filter(sampled.values.mean(axis=1), SMOOTH_VOXELS * voxel / STEP_MM, mode="constant")
    body = _body(section, float(sampled.start[2]))
    column, _, top = runs(body)
    last = np.flatnonzero(np.append(column[1:] != column[:-1], True))[: len(column)]
    edge = np.column_stack([sampled.position(0)[column[last]], sampled.start[2] + STEP_MM * top[last]])
    if not len(edge):
        raise BadLabelsError(
            f"The {side} lateral ventricle does not reach the coronal slice through the posterior commissure, so there "
            "is no callosal angle; check its label."
        )
    edge = edge if edge[:, 0].mean() > 0 else edge[::-1]
    roof = edge[: int(np.argmax(edge[:, 1] >= edge[:, 1].max() - NEAR_TOP_MM)) + 1]
    # Both ends are rounded by a voxel's corner.
    rim = round(voxel / 2 / STEP_MM)
    if STEP_MM * (len(roof) - 2 * rim) >= LEAST_ROOF_MM:
        roof = roof[rim : len(roof) - rim]
    if abs(roof[-1, 0] - roof[0, 0]) < LEAST_ROOF_MM:
        raise BadLabelsError(
            f"The roof of the {side} lateral ventricle is too short for a line at the posterior commissure, so there "
            "is no callosal angle; check its label."
        )
    return roof


def _body(section: np.ndarray, lowest: float) -> np.ndarray:
    """The largest part of a slice (X, Z) above the commissures: the body of the ventricle."""
    above = section.copy()
    above[:, : max(0, int(np.ceil(-lowest / STEP_MM)))] = 0
    parts, count = ndimage.label(above >= EDGE)
    if count < 2:
        return above
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    # The part's own soft edge stays, so that it is found as finely as anywhere.
    own = ndimage.binary_dilation(parts == sizes.argmax())
    return np.where(own, above, 0)


def _fitted(roof: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A point (2,) on the line through ``roof`` (N, 2), and its direction from medial to lateral."""
    middle = roof.mean(axis=0)
    _, _, directions = np.linalg.svd(roof - middle, full_matrices=False)
    along = directions[0]
    return middle, along if along @ (roof[-1] - roof[0]) > 0 else -along


def _meeting(one: np.ndarray, along: np.ndarray, other: np.ndarray, beside: np.ndarray) -> np.ndarray | None:
    """Where two lines (point, direction) meet, None where they do not near the midline and below the roofs."""
    matrix = np.column_stack([along, -beside])
    if abs(np.linalg.det(matrix)) < 1e-3:
        return None
    back, far = np.linalg.solve(matrix, other - one)
    apex: np.ndarray = one + back * along
    return apex if abs(apex[0]) <= MIDLINE_MM and back < 0 and far < 0 else None
