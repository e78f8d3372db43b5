"""Measurements as figures to draw: points in the world, which of them are joined, and the words beside them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.measuring.by_hand import ANGLE, DISTANCE, ELLIPSE, RECTANGLE, Drawn, Statistics
from engine.measuring.record import Measure, Point
from gui.viewer.planes import Plane

LINES, BOX, OVAL = "lines", "box", "oval"
#: Half a slice, and a hair's breadth for rounding: what lies nearer counts as lying on the slice.
HAIR_MM = 0.01
#: A figure can be taken hold of where its plane and the slice lean apart less than this cosine says (60 degrees).
LEAST_COSINE = 0.5


@dataclass(frozen=True)
class Label:
    """Words beside the middle of the points numbered ``between``."""

    words: str
    between: tuple[int, ...]


@dataclass(frozen=True)
class Figure:
    """What is drawn of a measurement.

    ``item``: what it is called by whoever listens. ``points``: its ends in world RAS mm; ``normal``: the unit normal of
    the plane they lie in. ``shape``: lines that join points as ``joins`` says, or a box or an oval between two corners.
    ``by_hand``: drawn by hand, not automatic.
    """

    item: Hashable
    points: tuple[Point, ...]
    normal: Point
    labels: tuple[Label, ...]
    joins: tuple[tuple[int, int], ...] = ()
    shape: str = LINES
    by_hand: bool = False

    def depths(self, plane: Plane, crosshair: np.ndarray) -> np.ndarray:
        """(N,) how far each point lies behind the slice that is shown, in mm."""
        return np.asarray((np.array(self.points) - crosshair) @ plane.forward)

    def is_seen(self, plane: Plane, crosshair: np.ndarray) -> bool:
        """Whether the slice under the crosshair cuts it."""
        depths, reach = self.depths(plane, crosshair), self._reach(plane)
        return bool(depths.min() <= reach and depths.max() >= -reach)

    def is_projected(self, plane: Plane, crosshair: np.ndarray) -> bool:
        """Whether some of it lies in front of or behind the slice, so that it is seen in projection."""
        return bool(np.abs(self.depths(plane, crosshair)).max() > self._reach(plane))

    def faces(self, plane: Plane) -> bool:
        """Whether it lies flat enough in this view to be taken hold of."""
        return bool(abs(np.array(self.normal) @ plane.forward) >= LEAST_COSINE)

    def onto_plane(self, number: int, seen: np.ndarray, plane: Plane) -> np.ndarray:
        """(3,) where point ``number`` goes when it is drawn to ``seen`` (3,): along the line of sight, in its plane."""
        normal = np.array(self.normal)
        way = (np.array(self.points[number]) - seen) @ normal / (plane.forward @ normal)
        return np.asarray(seen + way * plane.forward)

    @staticmethod
    def _reach(plane: Plane) -> float:
        return plane.grid.spacing[plane.axis] / 2 + HAIR_MM


def figure_of_measure(item: Hashable, measure: Measure) -> Figure | None:
    """An automatic measure's lines; None where there is none to draw."""
    plane = measure.plane
    if plane is None or measure.value is None:
        return None
    if measure.apex is not None:
        points = (measure.apex, *(line.end for line in measure.lines))
        joins = tuple((0, number) for number in range(1, len(points)))
        words = f"{measure.definition.name} {measure.value:.1f}°"
        return Figure(item, points, plane.normal, (Label(words, (0,)),), joins)
    ends = tuple(end for line in measure.lines for end in (line.start, line.end))
    joins = tuple((2 * n, 2 * n + 1) for n in range(len(measure.lines)))
    labels = tuple(
        Label(f"{line.name[:1].upper()}{line.name[1:]} {line.length_mm:.1f} mm", join)
        for line, join in zip(measure.lines, joins, strict=True)
    )
    return Figure(item, ends, plane.normal, labels, joins)


def figure_of_drawn(item: Hashable, drawn: Drawn, found: Statistics | None) -> Figure:
    """What was drawn by hand, with what was ``found`` in a region."""
    count = len(drawn.points)
    words = drawn_words(drawn, found)
    if drawn.kind in (DISTANCE, ANGLE):
        joins = tuple((n, n + 1) for n in range(count - 1))
        where: tuple[int, ...] = (1,) if drawn.kind == ANGLE else (0, 1)
        return Figure(item, drawn.points, drawn.normal, (Label(words, where),), joins, by_hand=True)
    shape = {RECTANGLE: BOX, ELLIPSE: OVAL}[drawn.kind]
    return Figure(item, drawn.points, drawn.normal, (Label(words, (1,)),), (), shape, by_hand=True)


def drawn_words(drawn: Drawn, found: Statistics | None) -> str:
    """The value to write beside a drawing."""
    if drawn.kind == DISTANCE:
        return f"{drawn.value:.1f} mm"
    if drawn.kind == ANGLE:
        return f"{drawn.value:.1f}°"
    if found is None:
        return ""
    if not found.voxels:
        return "no voxel"
    grey = "" if found.mean is None else f"mean {found.mean:.4g}  SD {found.sd:.3g}\n"
    return f"{grey}{found.area_mm2:.4g} mm²  {found.voxels} voxels"


def moved_points(points: Sequence[Point], number: int, position: np.ndarray) -> tuple[Point, ...]:
    """The points with one of them somewhere else."""
    x, y, z = (float(part) for part in position)
    return tuple((x, y, z) if n == number else point for n, point in enumerate(points))
