"""A comparison as plain data for JSON, as rows for CSV, and as a table to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.comparing.comparison import Comparison, Row
from engine.comparing.pair import Pair
from engine.comparing.registration import Registration

#: Column of files -> decimals.
NUMBERS: Mapping[str, int] = {
    "dice": 4,
    "hd95_mm": 3,
    "surface_mm": 3,
    "first_ml": 3,
    "second_ml": 3,
    "change_ml": 3,
    "change_percent": 2,
}
HEADINGS = ("structure", "Dice", "HD95 mm", "mean mm", "first mL", "second mL", "change mL", "change %")


def comparison_as_data(found: Comparison, pair: Pair) -> dict[str, Any]:
    """Plain data; None for what is not defined or was not found. Positions in world RAS mm."""
    return {
        "first": _case(pair, 0),
        "second": _case(pair, 1),
        "grid": {
            "shape": list(pair.grid.shape),
            "spacing_mm": [round(s, 4) for s in pair.grid.spacing],
            "half_way": pair.registration is not None,
        },
        "registration": None if pair.registration is None else registration_as_data(pair.registration),
        "agreement": round(found.agreement, 4),
        "structures": [
            {"key": row.key, "name": row.name, "labels": list(row.values), "group": row.group, "side": row.side}
            | {name: _rounded(getattr(row, name), decimals) for name, decimals in NUMBERS.items()}
            for row in found.rows
        ],
        "notes": list(found.notes),
    }


def registration_as_data(found: Registration) -> dict[str, Any]:
    """How two scans were aligned; ``matrix`` (4, 4) takes world RAS mm of the first to the second."""
    return {
        "method": "rigid, Mattes mutual information, both directions averaged, half-way space",
        "on": "label maps" if found.on_labels else "images",
        "matrix": [[round(float(n), 8) for n in line] for line in found.movement.matrix],
        "rotation_degrees": round(found.movement.degrees, 4),
        "moved_mm": round(found.moved_mm, 4),
        "similarity_before": round(found.similarity[0], 5),
        "similarity_after": round(found.similarity[1], 5),
        "directions_apart_mm": round(found.apart_mm, 4),
        "brain_overlap": round(found.overlap, 4),
        "iterations": found.iterations,
    }


def csv_rows(found: Comparison) -> list[dict[str, str]]:
    """A row for each structure and group; empty for what is not defined or was not found."""
    rows = []
    for row in found.rows:
        numbers = {n: _written(_rounded(getattr(row, n), decimals)) for n, decimals in NUMBERS.items()}
        labels = " ".join(map(str, row.values)) if len(row.values) == 1 else ""
        rows.append({"label": labels, "structure": row.name, "side": row.side, "group": row.group} | numbers)
    return rows


def comparison_as_text(found: Comparison) -> str:
    """A table: groups, and below each its structures, set in."""
    lines = [HEADINGS, *(_line(row) for row in found.rows)]
    wide = [max(len(line[n]) for line in lines) for n in range(len(HEADINGS))]
    text = [
        "  ".join(part.ljust(wide[n]) if n == 0 else part.rjust(wide[n]) for n, part in enumerate(line))
        for line in lines
    ]
    return "\n".join([*text, f"\nThe same label in both: {found.agreement:.1%} of the voxels labelled in either."])


def _line(row: Row) -> tuple[str, ...]:
    name = f"  {row.name}" if row.group else row.name
    change = row.change_percent
    return (
        name,
        _decimals(row.dice, 3),
        _decimals(row.hd95_mm, 2),
        _decimals(row.surface_mm, 2),
        _decimals(row.first_ml, 2),
        _decimals(row.second_ml, 2),
        "-" if row.change_ml is None else f"{row.change_ml:+.2f}",
        "-" if change is None else f"{change:+.1f}",
    )


def _case(pair: Pair, number: int) -> dict[str, Any]:
    case = (pair.first, pair.second)[number]
    return {"name": case.name, "source": str(case.provenance.get("source", "")), "synthetic": case.synthetic}


def _decimals(number: float | None, decimals: int) -> str:
    return "-" if number is None else f"{number:.{decimals}f}"


def _rounded(number: float | None, decimals: int) -> float | None:
    return None if number is None else round(number, decimals)


def _written(number: float | None) -> str:
    return "" if number is None else str(number)
