"""Measurements by hand: distances, angles and regions drawn on a slice, and automatic lines that somebody moved.

They are plain data under `KEY` of a case's record, so that they are saved, opened and undone with it. Positions are
world RAS mm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.case import Case
from engine.grid import Grid
from engine.measuring import definitions as d
from engine.measuring.record import Line, Measure, Plane, Point, point

if TYPE_CHECKING:
    from engine.measuring.head import HeadMeasures

KEY = "measurements"
DISTANCE, ANGLE, RECTANGLE, ELLIPSE, MOVED = "distance", "angle", "rectangle", "ellipse", "moved"
#: Kind of a drawn measurement -> how many points it has.
POINTS = {DISTANCE: 2, ANGLE: 3, RECTANGLE: 2, ELLIPSE: 2}
REGIONS = (RECTANGLE, ELLIPSE)
MOVED_NOTE = "Its line was moved by hand."


@dataclass(frozen=True)
class Drawn:
    """A distance between two points, an angle at the second of three, or a rectangle or ellipse between two opposite
    corners with sides along the voxels. ``normal``: the unit normal of the slice it was drawn on."""

    kind: str
    points: tuple[Point, ...]
    normal: Point

    @property
    def value(self) -> float | None:
        """Length in mm or angle in degrees; None for a region."""
        at = np.array(self.points)
        if self.kind == DISTANCE:
            return float(np.linalg.norm(at[1] - at[0]))
        return angle_deg(at[0] - at[1], at[2] - at[1]) if self.kind == ANGLE else None


@dataclass(frozen=True)
class Statistics:
    """Voxels whose centres lie in a region, their area and volume, and their intensities (None without an image).
    ``sd`` divides by the number of voxels."""

    voxels: int
    area_mm2: float
    volume_ml: float
    mean: float | None = None
    sd: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Moved:
    """The lines of an automatic measure, at least one of whose ends somebody moved."""

    key: str
    lines: tuple[Line, ...]


def angle_deg(one: np.ndarray, other: np.ndarray) -> float:
    """The angle between two vectors (3,), 0 to 180; 0 where one has no length."""
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.degrees(np.arccos(np.clip(one @ other / lengths, -1, 1)))) if lengths else 0.0


# Regions


def statistics(region: Drawn, case: Case) -> Statistics:
    """What lies in a region of the case."""
    inside = voxels_in(region, case.grid)
    grid, count = case.grid, len(inside)
    steps = np.delete(grid.affine[:3, :3], _axis(region, grid), axis=1)
    area = float(np.linalg.norm(np.cross(steps[:, 0], steps[:, 1])))
    found = Statistics(count, count * area, count * grid.voxel_ml)
    if case.image is None or not count:
        return found
    grey = case.image.data[tuple(inside.T)].astype(np.float64)
    return replace(found, mean=float(grey.mean()), sd=float(grey.std()), low=float(grey.min()), high=float(grey.max()))


def voxels_in(region: Drawn, grid: Grid) -> np.ndarray:
    """(N, 3) indices of the voxels of the region's slice whose centres lie in it."""
    axis = _axis(region, grid)
    corners = grid.world_to_voxel(np.array(region.points))
    index = round(float(corners[:, axis].mean()))
    if not 0 <= index < grid.shape[axis]:
        return np.empty((0, 3), dtype=int)
    low, high = corners.min(axis=0), corners.max(axis=0)
    # A hair's breadth, so that a corner put on a voxel's centre takes it in.
    first = np.maximum(np.ceil(low - 1e-6), 0).astype(int)
    last = np.minimum(np.floor(high + 1e-6), np.array(grid.shape) - 1).astype(int)
    first[axis] = last[axis] = index
    box = np.stack(np.meshgrid(*(np.arange(a, b + 1) for a, b in zip(first, last, strict=True)), indexing="ij"), -1)
    voxels: np.ndarray = box.reshape(-1, 3)
    if region.kind == ELLIPSE:
        half = np.maximum((high - low) / 2, 1e-6)
        away = np.delete((voxels - (low + high) / 2) / half, axis, axis=1)
        voxels = voxels[(away**2).sum(axis=1) <= 1 + 1e-6]
    return voxels


def _axis(region: Drawn, grid: Grid) -> int:
    """The voxel axis along which the region's slices are stacked."""
    across = np.cross(grid.direction[:, [1, 2, 0]], grid.direction[:, [2, 0, 1]], axis=0)
    return int(np.abs(np.array(region.normal) @ (across / np.linalg.norm(across, axis=0))).argmax())


# Automatic measures


def value_of(key: str, lines: Sequence[Line]) -> float:
    """The value of the measure ``key`` by its lines, as its definition has it."""
    lengths = [line.length_mm for line in lines]
    if key == d.EVANS_INDEX.key:
        return lengths[0] / max(lengths[1], 1e-9)
    if key == d.FRONTAL_OCCIPITAL_HORN_RATIO.key:
        return (lengths[0] + lengths[1]) / max(2 * lengths[2], 1e-9)
    if key == d.CALLOSAL_ANGLE.key:
        one, other = (np.subtract(line.end, line.start) for line in lines)
        return angle_deg(one, other)
    return lengths[0]


def with_end_at(measure: Measure, number: int, position: np.ndarray) -> Moved:
    """The measure's lines with one end at a world position (3,), which is put onto the line's plane along its normal.
    Ends are numbered from the first line's start; where two lines meet in an apex, both follow it."""
    line = measure.lines[number // 2]
    normal = np.array(line.plane.normal)
    onto = point(position - ((position - line.plane.point) @ normal) * normal)
    before = line.start if number % 2 == 0 else line.end
    together = measure.apex is not None and before == measure.apex
    moved = []
    for n, each in enumerate(measure.lines):
        ours = n == number // 2
        start = onto if (ours and number % 2 == 0) or (together and each.start == before) else each.start
        moved.append(replace(each, start=start, end=onto if ours and number % 2 else each.end))
    return Moved(measure.definition.key, tuple(moved))


def with_moved(found: HeadMeasures, record: Mapping[str, Any]) -> HeadMeasures:
    """The measures with those of the record that somebody moved in their place, marked ``by_hand``."""
    moved = {one.key: one for one in moved_of(record)}

    def as_moved(measure: Measure) -> Measure:
        one = moved.get(measure.definition.key)
        if one is None:
            return measure
        apex = one.lines[0].start if measure.definition == d.CALLOSAL_ANGLE else None
        value = value_of(one.key, one.lines)
        return Measure(measure.definition, value, "", one.lines, apex, (*measure.notes, MOVED_NOTE), by_hand=True)

    return replace(found, measures=tuple(as_moved(measure) for measure in found.measures))


# Record


def drawn_of(record: Mapping[str, Any]) -> tuple[Drawn, ...]:
    """What was drawn by hand, by a case's record; what is damaged in it is passed over."""
    found = []
    for entry in _entries(record):
        kind = entry.get("kind")
        try:
            drawn = Drawn(str(kind), tuple(_point(at) for at in entry["points"]), _point(entry["normal"]))
        except (KeyError, TypeError, ValueError):
            continue
        if len(drawn.points) == POINTS.get(drawn.kind):
            found.append(drawn)
    return tuple(found)


def moved_of(record: Mapping[str, Any]) -> tuple[Moved, ...]:
    """The automatic measures that were moved, by a case's record; what is damaged in it is passed over."""
    found = []
    for entry in _entries(record):
        try:
            moved = Moved(entry["key"], tuple(_line(line) for line in entry["lines"]))
        except (KeyError, TypeError, ValueError):
            continue
        if len(moved.lines) == LINES.get(moved.key):
            found.append(moved)
    return tuple(found)


#: Key of a measure -> how many lines it has.
LINES = {
    d.EVANS_INDEX.key: 2,
    d.FRONTAL_OCCIPITAL_HORN_RATIO.key: 3,
    d.CALLOSAL_ANGLE.key: 2,
    d.THIRD_VENTRICLE_WIDTH.key: 1,
    d.LEFT_TEMPORAL_HORN_WIDTH.key: 1,
    d.RIGHT_TEMPORAL_HORN_WIDTH.key: 1,
}


def noted(case: Case, drawn: Sequence[Drawn], moved: Sequence[Moved]) -> Case:
    """The case with these measurements in its record."""
    provenance = {key: value for key, value in case.provenance.items() if key != KEY}
    entries = [*(_drawn_as_data(one, case) for one in drawn), *(_moved_as_data(one) for one in moved)]
    return replace(case, provenance=provenance | ({KEY: entries} if entries else {}))


def _drawn_as_data(drawn: Drawn, case: Case) -> dict[str, Any]:
    data: dict[str, Any] = {
        "kind": drawn.kind,
        "by": "hand",
        "points": [[round(part, 3) for part in at] for at in drawn.points],
        "normal": [round(part, 6) for part in drawn.normal],
    }
    if drawn.kind not in REGIONS:
        assert drawn.value is not None
        return data | {"value": round(drawn.value, 2), "unit": "mm" if drawn.kind == DISTANCE else "°"}
    found = statistics(drawn, case)
    numbers = {"mean": found.mean, "sd": found.sd, "min": found.low, "max": found.high}
    return data | {
        "voxels": found.voxels,
        "area_mm2": round(found.area_mm2, 2),
        "volume_ml": round(found.volume_ml, 4),
        **{name: None if number is None else round(number, 4) for name, number in numbers.items()},
    }


def _moved_as_data(moved: Moved) -> dict[str, Any]:
    lines = [
        {
            "name": line.name,
            "start": [round(part, 3) for part in line.start],
            "end": [round(part, 3) for part in line.end],
            "plane": {"point": list(line.plane.point), "normal": list(line.plane.normal)},
        }
        for line in moved.lines
    ]
    value = round(value_of(moved.key, moved.lines), 4)
    return {"kind": MOVED, "by": "hand", "key": moved.key, "value": value, "lines": lines}


def _entries(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    entries = record.get(KEY)
    return [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []


def _line(data: Mapping[str, Any]) -> Line:
    plane = Plane(_point(data["plane"]["point"]), _point(data["plane"]["normal"]))
    return Line(str(data["name"]), _point(data["start"]), _point(data["end"]), plane)


def _point(data: Any) -> Point:
    x, y, z = (float(part) for part in data)
    if not np.isfinite((x, y, z)).all():
        raise ValueError("not a position")
    return x, y, z
