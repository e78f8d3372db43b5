"""The width of a temporal horn: across its short axis, since the horn bends round the hippocampus."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from engine.errors import BadLabelsError
from engine.measuring.frame import ESTIMATED, HeadFrame
from engine.measuring.record import Definition, Line, Measure, point
from engine.measuring.sections import COARSE_MM, EDGE, FINE_MM, Sampled, axial_plane, runs, sample, steadied
from engine.measuring.structures import Structures

#: Lines across the thickest place are tried in directions this far apart, and followed in such steps this far.
DIRECTION_DEG, STEP_MM, REACH_MM = 3.0, 0.25, 40.0


def temporal_horn_width(structures: Structures, frame: HeadFrame, definition: Definition, value: int) -> Measure:
    """Width of the horn labelled ``value``; the thickest place is the middle of the largest circle that fits inside on
    any axial slice. Raises `BadLabelsError` with the sentence why there is no value."""
    horn = sample(structures.cut(value), frame, (FINE_MM, FINE_MM, FINE_MM))
    horn = horn.part(1, float(frame.to_frame(frame.pc)[1]), np.inf)
    if not (horn.values >= EDGE).any():
        raise BadLabelsError(
            f"No part of the {structures.name(value)} lies in front of the posterior commissure; correct its label."
        )
    middle, direction, before, behind = _across(horn)
    start, end = (frame.to_world(middle + at * direction) for at in (before, behind))
    line = Line(structures.name(value), point(start), point(end), axial_plane(frame, float(middle[2])))
    return Measure(definition, behind - before, "", (line,), None, (ESTIMATED,))


def _across(horn: Sampled) -> tuple[np.ndarray, np.ndarray, float, float]:
    """The thickest place (3,), the unit direction (3,) of the shortest line across it, and where that line begins and
    ends along it, all in mm of the frame."""
    inside = np.pad(horn.values >= EDGE, ((1, 1), (1, 1), (0, 0)))
    # Distances within each axial slice only: the slices lie as good as infinitely far apart.
    depth = ndimage.distance_transform_edt(inside, sampling=(1, 1, 1e6))[1:-1, 1:-1]
    # Of places equally thick the innermost, since the horn's upper and lower ends are blurred.
    depth += 0.01 * ndimage.distance_transform_edt(np.pad(inside, ((0, 0), (0, 0), (1, 1))))[1:-1, 1:-1, 1:-1]
    at = np.array(np.unravel_index(int(depth.argmax()), depth.shape))
    angles = np.radians(np.arange(0, 180, DIRECTION_DEG))
    before, behind = _edges(horn, np.repeat(at[:, None], len(angles), axis=1), angles)
    angle = float(angles[int(np.nanargmin(behind - before))])
    direction = np.array([np.cos(angle), np.sin(angle), 0.0])
    # The same line once more, steadied by those beside, above and below it.
    shifts = np.mgrid[-2:3, -2:3].reshape(2, -1)
    beside = np.array([[-direction[1], 0.0], [direction[0], 0.0], [0.0, 1.0]]) @ shifts * COARSE_MM / FINE_MM
    edges = np.array(_edges(horn, at[:, None] + beside, np.full(shifts.shape[1], angle)))
    before, behind = steadied(edges.reshape(2, 5, 5), horn.voxel_mm)[:, 2, 2]
    return horn.start + horn.step * at, direction, float(before), float(behind)


def _edges(horn: Sampled, middles: np.ndarray, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the stretch through each middle begins and ends, in mm along lines at ``angles`` (N,) in axial slices;
    ``middles`` (3, N) in samples. NaN where a middle lies outside."""
    distances = np.arange(-REACH_MM, REACH_MM + STEP_MM / 2, STEP_MM)
    along = np.array([np.cos(angles), np.sin(angles), np.zeros_like(angles)])
    places = middles[:, :, None] + along[:, :, None] * distances / FINE_MM
    row, begin, end = runs(ndimage.map_coordinates(horn.values, places, order=1))
    begin, end = begin * STEP_MM - REACH_MM, end * STEP_MM - REACH_MM
    through = (begin <= 0) & (end >= 0)
    found = np.full((2, len(angles)), np.nan)
    found[:, row[through]] = begin[through], end[through]
    return found[0], found[1]
