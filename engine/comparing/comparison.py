"""Overlap, distances and volumes of every structure of two label maps, and of groups of structures."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass

import numpy as np

from engine.comparing.pair import Pair
from engine.comparing.surfaces import surface_change
from engine.errors import BadLabelsError
from engine.events import Event
from engine.labels import BACKGROUND, LATERAL_VENTRICLES, VENTRICLES, LabelTable
from engine.progress import Progress
from engine.volume import LabelMap, Volume

MEASURING = "Measuring"
LEFT, RIGHT, BOTH = "left", "right", ""


@dataclass(frozen=True)
class Row:
    """One structure, or several taken as one, in two label maps.

    ``key``: what it is called in files; ``values``: its labels; ``group``: the key of the row it stands under, "" for
    a group; ``side``: left, right or "". ``dice``, ``hd95_mm`` and ``surface_mm`` (the mean surface distance) are None
    where they are not defined, and so is the volume of what was not found: it is never 0 mL.
    """

    key: str
    name: str
    values: tuple[int, ...]
    group: str = ""
    side: str = BOTH
    dice: float | None = None
    hd95_mm: float | None = None
    surface_mm: float | None = None
    first_ml: float | None = None
    second_ml: float | None = None

    @property
    def change_ml(self) -> float | None:
        """Second minus first; None unless both have it."""
        if self.first_ml is None or self.second_ml is None:
            return None
        return self.second_ml - self.first_ml

    @property
    def change_percent(self) -> float | None:
        """The change as a share of the first, in percent."""
        return None if self.change_ml is None or not self.first_ml else 100 * self.change_ml / self.first_ml


@dataclass(frozen=True, eq=False)
class Comparison:
    """``rows``: groups, each followed by its structures; a structure that is alone in its group stands for it.
    ``agreement``: share (0-1) of the voxels labelled in either that have the same label in both. ``surface``: how far
    the ventricles' surface moved, in mm around it, outwards positive (see `surface_change`); None where one has no
    ventricles."""

    rows: tuple[Row, ...]
    agreement: float
    surface: Volume | None
    notes: tuple[str, ...] = ()

    def row(self, key: str) -> Row:
        """The row of that key. Raises `KeyError`."""
        for row in self.rows:
            if row.key == key:
                return row
        raise KeyError(key)


def compared(pair: Pair, progress: Progress) -> Generator[Event, None, Comparison]:
    """Measure two cases on one grid. ``progress`` has the stage `MEASURING`.

    Raises `BadLabelsError` where one of them has no label map, or nothing is labelled in it.
    """
    first, second = pair.first.labels, pair.second.labels
    if first is None or second is None:
        which = "first" if first is None else "second"
        raise BadLabelsError(f"The {which} has no label map, so there is nothing to measure; segment it first.")
    for which, volumes in zip(("first", "second"), pair.volumes_ml, strict=True):
        if not volumes:
            raise BadLabelsError(f"Nothing is labelled in the {which} label map; choose another one, or segment again.")
    planned = _planned(first.table)
    steps = len(planned) + 2
    yield progress.at(MEASURING, 0, steps)
    counts = _counts(first, second)
    boxes = _boxes(first, second)
    rows = []
    for step, row in enumerate(planned):
        yield progress.at(MEASURING, step + 1, steps)
        rows.append(_measured(row, pair, counts, boxes))
    yield progress.at(MEASURING, steps - 1, steps)
    surface = surface_change(first, second, VENTRICLES)
    found = tuple(row for row in rows if row.first_ml is not None or row.second_ml is not None)
    same = float(np.trace(counts) - counts[0, 0]) / float(counts.sum() - counts[0, 0])
    return Comparison(found, same, surface, pair.notes + _missing(found, first.table) + _sides(first, second))


def _planned(table: LabelTable) -> list[Row]:
    """Every row there may be, not measured yet: groups, their sides, their structures."""
    groups: dict[str, list[int]] = {}
    for label in table.labels:
        if label.value != BACKGROUND:
            groups.setdefault(label.group, []).append(label.value)
    names = {"ventricles": "Ventricular volume"}
    rows = []
    for key in sorted(groups, key=lambda name: name != "ventricles"):
        values = groups[key] if key != "ventricles" else [v for v in VENTRICLES if v in table]
        if len(values) == 1:
            rows.append(Row(str(values[0]), table[values[0]].name, tuple(values)))
            continue
        rows += _group(key, names.get(key, key[:1].upper() + key[1:]), values, table)
        if key == "ventricles":
            lateral = [v for v in LATERAL_VENTRICLES if v in table]
            rows += _group("lateral ventricles", "Lateral ventricles", lateral, table, alone=True)
        rows += [Row(str(v), table[v].name, (v,), key, _side(table, v)) for v in values]
    everything = tuple(label.value for label in table.labels if label.value != BACKGROUND)
    return [*rows, Row("intracranial", "Intracranial volume", everything)]


def _group(key: str, name: str, values: list[int], table: LabelTable, *, alone: bool = False) -> list[Row]:
    """A group, and its left and right halves where it has any; ``alone``: under the ventricles."""
    rows = [Row(key, name, tuple(values), "ventricles" if alone else "")]
    for side in (LEFT, RIGHT):
        half = tuple(v for v in values if _side(table, v) == side)
        # Halves of one structure each are those structures.
        if len(half) > 1 and (alone or key != "ventricles"):
            rows.append(Row(f"{key} {side}", f"{name}, {side}", half, "ventricles" if alone else key, side))
    return rows


def _side(table: LabelTable, value: int) -> str:
    if table[value].mirror == value:
        return BOTH
    return LEFT if table[value].name.lower().startswith("left") else RIGHT


def _counts(first: LabelMap, second: LabelMap) -> np.ndarray:
    """(C, C) voxels of each pair of classes; slice by slice, so that other threads get their turn."""
    from engine.overlap import confusion

    table, size = first.table, len(first.table.labels)
    counts = np.zeros((size, size), dtype=np.int64)
    for k in range(first.grid.shape[2]):
        a, b = (table.class_of_value[labels.data[:, :, k]] for labels in (first, second))
        counts += confusion(a, b, size)
    return counts


Box = tuple[slice, slice, slice]


def _boxes(first: LabelMap, second: LabelMap) -> Mapping[int, tuple[Box, ...]]:
    """Label value -> the boxes around it in either map."""
    from scipy import ndimage

    found: dict[int, tuple[Box, ...]] = {}
    for labels in (first, second):
        # Transposed, since scipy would copy a Fortran-ordered array.
        for value, box in enumerate(ndimage.find_objects(labels.data.T), start=1):
            if box is not None:
                found[value] = (*found.get(value, ()), box[::-1])
    return found


def _measured(row: Row, pair: Pair, counts: np.ndarray, boxes: Mapping[int, tuple[Box, ...]]) -> Row:
    from engine.overlap import hd95_of, mean_distance_of, pooled_dice, surface_distances

    first, second = pair.first.labels, pair.second.labels
    assert first is not None
    assert second is not None
    classes = [int(first.table.class_of_value[v]) for v in row.values]
    around = [box for value in row.values for box in boxes.get(value, ())]
    distances = np.empty(0)
    if around:
        chosen = np.zeros(len(first.table.class_of_value), dtype=bool)
        chosen[list(row.values)] = True
        box = tuple(slice(min(b[a].start for b in around), max(b[a].stop for b in around)) for a in range(3))
        distances = surface_distances(chosen[first.data[box]], chosen[second.data[box]], pair.grid.spacing)
    one, other = (sum(volumes.get(v, 0.0) for v in row.values) or None for volumes in pair.volumes_ml)
    return Row(
        row.key,
        row.name,
        row.values,
        row.group,
        row.side,
        _defined(pooled_dice(counts, classes)),
        _defined(hd95_of(distances)),
        _defined(mean_distance_of(distances)),
        one,
        other,
    )


def _defined(number: float) -> float | None:
    return None if math.isnan(number) else number


def _sides(first: LabelMap, second: LabelMap) -> tuple[str, ...]:
    """Sentences on a label map whose left and right cannot be right."""
    from engine.measuring.sides import check_sides
    from engine.measuring.structures import Structures

    maps = (("first", first), ("second", second))
    return tuple(f"The {which}: {note}" for which, labels in maps for note in check_sides(Structures(labels), None))


def _missing(rows: tuple[Row, ...], table: LabelTable) -> tuple[str, ...]:
    """Sentences on structures that only one of the two has."""
    notes = []
    for which, absent in (("first", lambda r: r.first_ml is None), ("second", lambda r: r.second_ml is None)):
        names = [row.name.lower() for row in rows if len(row.values) == 1 and absent(row)]
        if names:
            listed = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
            notes.append(f"Not found in the {which}: {listed}.")
    return tuple(notes)
