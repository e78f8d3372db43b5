"""The width of a temporal horn: across its short axis, since the horn bends round the hippocampus."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from engine.errors import BadLabelsError
from engine.measuring.frame import ESTIMATED, HeadFrame
from engine.measuring.record import Definition, Line, Measure, point
from engine.measuring.sections import EDGE, FINE_MM, Sampled, axial_plane, runs, sample
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
    at = np.array(np.unravel_index(int(depth.argmax()), depth.shape))
    angles = np.radians(np.arange(0, 180, DIRECTION_DEG))
    directions = np.column_stack([np.cos(angles), np.sin(angles)])
    distances = np.arange(-REACH_MM, REACH_MM + STEP_MM / 2, STEP_MM)
    places = at[:2, None, None] + directions.T[:, :, None] * distances / FINE_MM
    row, begin, end = runs(ndimage.map_coordinates(horn.values[:, :, at[2]], places, order=1))
    # Of each line only the stretch through the middle counts, which is one a row.
    through = (begin * STEP_MM <= REACH_MM) & (end * STEP_MM >= REACH_MM)
    row, begin, end = row[through], begin[through], end[through]
    shortest = int(np.argmin(end - begin))
    direction = np.array([*directions[row[shortest]], 0.0])
    before, behind = (float(edge[shortest]) * STEP_MM - REACH_MM for edge in (begin, end))
    return horn.start + horn.step * at, direction, before, behind
