"""What a measure says: its value or why there is none, and the lines to draw, all in world RAS mm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Point = tuple[float, float, float]


def point(position: np.ndarray) -> Point:
    """A world position (3,) as plain numbers."""
    x, y, z = (float(value) for value in position)
    return x, y, z


@dataclass(frozen=True)
class Plane:
    """A plane in world RAS mm: a ``point`` on it and its unit ``normal``."""

    point: Point
    normal: Point


@dataclass(frozen=True)
class Line:
    """A line from ``start`` to ``end`` in world RAS mm, and the ``plane`` of the slice it was taken from."""

    name: str
    start: Point
    end: Point
    plane: Plane

    @property
    def length_mm(self) -> float:
        """Distance between the two ends."""
        return float(np.linalg.norm(np.subtract(self.end, self.start)))


@dataclass(frozen=True)
class Definition:
    """What a measure is: ``key`` for files, ``name`` for people, ``unit`` ("" for a ratio), a sentence, its source.
    ``doi`` is "" where it could not be looked up."""

    key: str
    name: str
    unit: str
    sentence: str
    citation: str
    doi: str = ""


@dataclass(frozen=True)
class Measure:
    """One measure of one label map.

    ``value`` is None where it cannot be taken; ``reason`` is then the sentence that says why. ``apex``: where the two
    lines of an angle meet. ``notes``: what the reader should know of this value. ``by_hand``: whether somebody moved
    its lines.
    """

    definition: Definition
    value: float | None
    reason: str = ""
    lines: tuple[Line, ...] = ()
    apex: Point | None = None
    notes: tuple[str, ...] = ()
    by_hand: bool = False

    @property
    def plane(self) -> Plane | None:
        """The slice of the first line; every line carries its own."""
        return self.lines[0].plane if self.lines else None
