"""A comparison with another label map or time point, as a table of a report."""

from __future__ import annotations

from engine.comparing.comparison import Comparison, Row
from engine.comparing.pair import Pair
from engine.reporting import content
from engine.reporting.texts import NOT_FOUND

COLUMNS = ("", "Dice", "HD95 mm", "mean mm", "first mL", "second mL", "change mL", "change %")
#: Under this group every structure stands in the report; of the others the group alone.
DETAILED = "ventricles"


def comparison_table(found: Comparison, pair: Pair) -> content.Table:
    """Overlap, distances and volumes of the ventricles and of the groups; the change is second minus first."""
    how = ", aligned rigidly" if pair.registration is not None else ""
    heading = f"Comparison: first {pair.first.name}, second {pair.second.name}{how}"
    rows = [_row(row) for row in found.rows if row.group in ("", DETAILED)]
    same = content.Row("Voxels with the same label in both", (f"{100 * found.agreement:.1f} %", *[""] * 6))
    return content.Table(heading, COLUMNS, (*rows, same))


def _row(row: Row) -> content.Row:
    change, percent = row.change_ml, row.change_percent
    return content.Row(
        row.name,
        (
            _number(row.dice, 3),
            _number(row.hd95_mm, 2),
            _number(row.surface_mm, 2),
            _number(row.first_ml, 2, NOT_FOUND),
            _number(row.second_ml, 2, NOT_FOUND),
            "" if change is None else f"{change:+.2f}",
            "" if percent is None else f"{percent:+.1f}",
        ),
    )


def _number(value: float | None, decimals: int, missing: str = "") -> str:
    return missing if value is None else f"{value:.{decimals}f}"
