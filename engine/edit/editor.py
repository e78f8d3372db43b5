"""The label map of a case while it is being corrected: applies patches, counts voxels, remembers every step.

A step is one stroke or one operation by hand, or the replacement of the whole case by a model. The editor hands out
frozen cases; only `CaseEditor.data` changes under its reader's eyes, so that a stroke can be drawn as it grows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.case import Case
from engine.edit.history import Delta, History, delta_between
from engine.edit.region import Box, Patch, union
from engine.errors import BadLabelsError
from engine.labels import LabelTable, synthseg33
from engine.volume import LabelMap, count_values

HAND, MODEL = "hand", "model"
#: What undo may take unless told otherwise.
HISTORY_BYTES = 256 * 2**20


@dataclass(frozen=True, eq=False)
class Edit:
    """One stroke or operation: its record for the provenance, what it changed, and by how many voxels each value's
    count changed, ``counts`` (V,)."""

    record: dict[str, Any]
    delta: Delta
    counts: np.ndarray

    @property
    def name(self) -> str:
        """What was done."""
        return str(self.record["tool"])

    @property
    def nbytes(self) -> int:
        """Memory it takes."""
        return self.delta.nbytes + self.counts.nbytes


@dataclass(frozen=True, eq=False)
class Replacement:
    """A model's result took a case's place: the checkpoint before an automatic step."""

    name: str
    before: Case
    after: Case

    @property
    def nbytes(self) -> int:
        """Memory of the parts of the case before that the case after does not share."""
        parts = ((self.before.image, self.after.image), (self.before.labels, self.after.labels))
        return sum(before.data.nbytes for before, after in parts if before is not None and before is not after)


class _EditedLabels(LabelMap):
    """A frozen copy of a map whose values were checked patch by patch: no second look at every voxel of it."""

    def __post_init__(self) -> None:
        data = np.array(self.data, dtype=np.uint16, order="F")
        data.setflags(write=False)
        object.__setattr__(self, "data", data)


class CaseEditor:
    """Edits the labels of one case after the other; ``history`` reaches over all of them until `open`."""

    def __init__(self, budget_bytes: int = HISTORY_BYTES) -> None:
        self.history: History[Edit | Replacement] = History(budget_bytes)
        self._case: Case | None = None
        self._data: np.ndarray | None = None
        self._counts = np.zeros(0, dtype=np.int64)
        self._before = self._counts
        self._stroke: dict[str, Any] | None = None
        self._box: Box | None = None

    # State

    @property
    def case(self) -> Case | None:
        """The case as it was after the last step."""
        return self._case

    @property
    def data(self) -> np.ndarray:
        """(I, J, K) uint16, Fortran order: the labels now, in the middle of a stroke too. Only `apply` writes to it."""
        if self._data is None:
            assert self._case is not None
            labels = self._case.labels
            self._data = (
                np.zeros(self._case.grid.shape, dtype=np.uint16, order="F")
                if labels is None
                else np.array(labels.data, order="F")
            )
            self._counts = count_values(self._data, self._size)
        return self._data

    @property
    def counts(self) -> np.ndarray:
        """(V,) how many voxels carry each label value now."""
        assert self.data is not None
        return self._counts

    @property
    def stroking(self) -> bool:
        """Whether a step has begun and not ended."""
        return self._stroke is not None

    @property
    def edited_by_hand(self) -> bool:
        """Whether the case holds edits by hand."""
        return any(record["by"] == HAND for record in edits_of(self._case))

    # Steps

    def open(self, case: Case) -> Case:
        """Begin anew with a case from a file."""
        self.history.clear()
        self._take(case)
        return case

    def replace(self, case: Case) -> Case:
        """Take a model's result, and remember the case before if no recipe could make it again; returns the case with
        the model's step in its record."""
        self.commit()
        before = self._case
        if before is None:
            return self.open(case)
        name = _what_happened(before, case)
        case = _recorded(before, case, name)
        last = self.history.last
        if not _can_be_made_again(before):
            self.history.push(Replacement(name, before, case))
        elif isinstance(last, Replacement):
            self.history.undo()
            self.history.push(Replacement(name, last.before, case))
        else:
            self.history.clear()
        self._take(case)
        return case

    def begin(self, tool: str, *, label: int | None = None, by: str = HAND) -> None:
        """Begin a step. All patches until `commit` belong to it. A scan without a label map gets an empty one."""
        self.commit()
        assert self._case is not None
        if self._case.labels is None:
            self._case = replace(self._case, labels=_EditedLabels(self.data, self._case.grid, self._table))
        self._before = self.counts.copy()
        self._stroke = {"tool": tool, "by": by, "label": label}

    def apply(self, patch: Patch) -> None:
        """Write a patch. Raises `BadLabelsError` if it holds a value the label table does not know."""
        assert self._stroke is not None, "begin a step first"
        data = self.data
        if int(patch.data.max()) >= self._size:
            raise BadLabelsError("This label is not in the label table; choose one of its structures.")
        gained = count_values(patch.data, self._size)
        if gained[self._table.class_of_value < 0].any():
            raise BadLabelsError("This label is not in the label table; choose one of its structures.")
        self._counts += gained - count_values(data[patch.box], self._size)
        data[patch.box] = patch.data
        self._box = union(self._box, patch.box)

    def commit(self) -> Case | None:
        """End the step; the case with it, or None if nothing changed."""
        stroke, box, self._stroke, self._box = self._stroke, self._box, None, None
        if stroke is None or box is None or self._case is None:
            return None
        assert self._case.labels is not None
        delta = delta_between(self._case.labels.data, self.data, box)
        if delta is None:
            return None
        record = stroke | {"voxels": delta.voxels, "step": len(edits_of(self._case)) + 1}
        self.history.push(Edit(record, delta, self._counts - self._before))
        return self._frozen([*edits_of(self._case), record])

    def undo(self) -> Case | None:
        """The case without its last step; None if there is none."""
        self.commit()
        step = self.history.undo()
        if step is None:
            return None
        if isinstance(step, Replacement):
            self._take(step.before)
            return step.before
        step.delta.take_from(self.data)
        self._counts -= step.counts
        return self._frozen(edits_of(self._case)[:-1])

    def redo(self) -> Case | None:
        """The case with the step again that was undone last; None if there is none."""
        self.commit()
        step = self.history.redo()
        if step is None:
            return None
        if isinstance(step, Replacement):
            self._take(step.after)
            return step.after
        step.delta.add_to(self.data)
        self._counts += step.counts
        return self._frozen([*edits_of(self._case), step.record])

    # Parts

    @property
    def _table(self) -> LabelTable:
        labels = self._case.labels if self._case is not None else None
        return synthseg33() if labels is None else labels.table

    @property
    def _size(self) -> int:
        return len(self._table.class_of_value)

    def _take(self, case: Case) -> None:
        self._case, self._data, self._stroke, self._box = case, None, None, None

    def _frozen(self, edits: list[dict[str, Any]]) -> Case:
        assert self._case is not None
        provenance = {key: value for key, value in self._case.provenance.items() if key != "edits"}
        if edits:
            provenance["edits"] = edits
        labels = _EditedLabels(self.data, self._case.grid, self._table)
        self._case = replace(self._case, labels=labels, provenance=provenance)
        return self._case


def edits_of(case: Case | None) -> list[dict[str, Any]]:
    """The records of a case's edits, oldest first: tool, by (hand or model), label, voxels, step."""
    return list(case.provenance.get("edits", [])) if case is not None else []


def _can_be_made_again(case: Case) -> bool:
    """A generated case that nobody edited: its recipe makes the same voxels."""
    return case.synthetic and "recipe" in case.provenance and not edits_of(case)


def _what_happened(before: Case, after: Case) -> str:
    if after.image is not None and after.image is before.image:
        return "segmentation"
    if after.labels is not None and after.labels is before.labels:
        return "new image"
    return "ventricle change" if after.provenance.get("morphed") else "generation"


def _recorded(before: Case, after: Case, name: str) -> Case:
    """A model's labels in place of labels that were edited are a step of their own in the record."""
    edits = edits_of(after)
    if not edits or before.labels is None or after.labels is None or before.labels is after.labels:
        return after
    if before.grid != after.grid:
        return after
    voxels = int(np.count_nonzero(before.labels.data != after.labels.data))
    record = {"tool": name, "by": MODEL, "label": None, "voxels": voxels, "step": len(edits) + 1}
    return replace(after, provenance={**after.provenance, "edits": [*edits, record]})
