"""Measures as plain data for JSON, as a row for CSV, and as a table to read."""

from __future__ import annotations

from typing import Any

from engine.labels import LabelTable
from engine.measures import Volumes, group_volumes
from engine.measuring.head import HeadMeasures
from engine.measuring.record import Line, Measure, Plane

#: Decimals of a value by unit: ratios finer than millimetres and degrees.
DECIMALS = {"": 4, "mm": 2, "°": 1}


def measures_as_data(found: HeadMeasures, table: LabelTable) -> dict[str, Any]:
    """Groups, frame and measures as plain data; None for what was not found. Positions in world RAS mm."""
    frame = found.frame
    return {
        "groups": [{"group": group, "volume_ml": _rounded(ml, 3)} for group, ml in group_volumes(found.volumes, table)],
        "frame": None
        if frame is None
        else {
            "anterior_commissure": _position(frame.ac),
            "posterior_commissure": _position(frame.pc),
            "right": [round(float(part), 6) for part in frame.axes[:, 0]],
            "front": [round(float(part), 6) for part in frame.axes[:, 1]],
            "up": [round(float(part), 6) for part in frame.axes[:, 2]],
        },
        "measures": [_measure(measure) for measure in found.measures],
        "notes": list(found.notes),
    }


def _measure(measure: Measure) -> dict[str, Any]:
    definition = measure.definition
    return {
        "key": definition.key,
        "name": definition.name,
        "value": _rounded(measure.value, DECIMALS[definition.unit]),
        "unit": definition.unit,
        "reason": measure.reason,
        "by_hand": measure.by_hand,
        "lines": [_line(line) for line in measure.lines],
        "apex": None if measure.apex is None else _position(measure.apex),
        "plane": None if measure.plane is None else _plane(measure.plane),
        "notes": list(measure.notes),
        "definition": definition.sentence,
        "citation": definition.citation,
        "doi": definition.doi,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "name": line.name,
        "start": _position(line.start),
        "end": _position(line.end),
        "length_mm": round(line.length_mm, 3),
        "plane": _plane(line.plane),
    }


def _plane(plane: Plane) -> dict[str, Any]:
    return {"point": _position(plane.point), "normal": [round(part, 6) for part in plane.normal]}


def _position(at: Any) -> list[float]:
    return [round(float(part), 3) for part in at]


def _rounded(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(value, decimals)


def csv_row(file: str, found: HeadMeasures, table: LabelTable) -> dict[str, str]:
    """One line for a label map: mL of totals, groups and structures, and every measure; what was not found is empty."""
    volumes: Volumes = found.volumes
    totals = {
        "ventricular_ml": volumes.ventricular_ml,
        "lateral_ml": volumes.lateral_ml,
        "icv_ml": volumes.icv_ml,
    }
    totals |= {f"{_column(group)}_group_ml": ml for group, ml in group_volumes(volumes, table)}
    totals |= {f"{_column(table[value].name)}_ml": ml for value, ml in volumes.structures}
    row = {"file": file}
    for measure in found.measures:
        value = measure.value
        unit = {"°": "_deg", "mm": "_mm"}.get(measure.definition.unit, "")
        row[measure.definition.key + unit] = "" if value is None else f"{value:.{DECIMALS[measure.definition.unit]}f}"
    row |= {name: f"{ml:.3f}" if ml else "" for name, ml in totals.items()}
    reasons = dict.fromkeys(measure.reason for measure in found.measures if measure.reason)
    return {**row, "notes": " ".join([*found.notes, *reasons])}


def _column(name: str) -> str:
    return name.lower().replace(" ", "_").replace("-", "_")


def measures_as_text(found: HeadMeasures) -> str:
    """Measures as a table to read, what could not be measured with its sentence."""
    wide = max(len(measure.definition.name) for measure in found.measures)
    lines = []
    for measure in found.measures:
        unit = measure.definition.unit
        value = "not found" if measure.value is None else f"{measure.value:.{DECIMALS[unit]}f}"
        hand = "  (by hand)" if measure.by_hand else ""
        lines.append(f"{'':>5}  {measure.definition.name:<{wide}}  {value:>9} {unit}{hand}".rstrip())
    reasons = dict.fromkeys(measure.reason for measure in found.measures if measure.reason)
    return "\n".join([*lines, *reasons])
