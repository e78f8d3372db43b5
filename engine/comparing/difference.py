"""Where two label maps differ, as a label map of its own."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from engine.labels import BACKGROUND, Label, LabelTable
from engine.volume import LabelMap

GAINED, LOST, RELABELLED = 1, 2, 3
TABLE = LabelTable(
    "Difference",
    (
        Label(BACKGROUND, "No difference", (0, 0, 0), "background", BACKGROUND),
        Label(GAINED, "Gained", (230, 75, 53), "difference", GAINED),
        Label(LOST, "Lost", (60, 120, 216), "difference", LOST),
        Label(RELABELLED, "Relabelled", (240, 200, 60), "difference", RELABELLED),
    ),
)


def difference_map(first: LabelMap, second: LabelMap, values: Collection[int]) -> LabelMap:
    """Of the structures ``values`` taken together: what only the second has is gained, what only the first has is lost,
    and what both have under different labels is relabelled. The two lie on one grid."""
    chosen = np.zeros(len(first.table.class_of_value), dtype=bool)
    chosen[[value for value in values if value in first.table]] = True
    data: np.ndarray = np.zeros(first.grid.shape, dtype=np.uint8, order="F")
    # Slice by slice, so that other threads get their turn.
    for k in range(first.grid.shape[2]):
        a, b = first.data[:, :, k], second.data[:, :, k]
        before, after = chosen[a], chosen[b]
        part = data[:, :, k]
        part[after & ~before] = GAINED
        part[before & ~after] = LOST
        part[before & after & (a != b)] = RELABELLED
    return LabelMap(data, first.grid, TABLE)


def everything(table: LabelTable) -> tuple[int, ...]:
    """Every structure of a table but background."""
    return tuple(label.value for label in table.labels if label.value != BACKGROUND)
