"""The label map of a case while it is being corrected: applies patches, counts voxels, remembers every step.

A step is one stroke or one operation by hand, or the replacement of the whole case by a model. The editor hands out
frozen cases; only `CaseEditor.data` changes under its reader's eyes, so that a stroke can be drawn as it grows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from engine.case import Case
from engine.edit.history import History, delta_between
from engine.edit.region import Box, Patch, union
from engine.edit.steps import (
    HAND,
    MODEL,
    NEW_IMAGE,
    Edit,
    Outcome,
    Replacement,
    edits_of,
    gained,
    labels_of,
    table_of,
    with_labels,
)
from engine.volume import count_values

#: What undo may take unless told otherwise.
HISTORY_BYTES = 256 * 2**20


class CaseEditor:
    """Edits the labels of one case after the other; ``history`` reaches over all of them until `open`."""

    def __init__(self, budget_bytes: int = HISTORY_BYTES) -> None:
        self.history: History[Edit | Replacement] = History(budget_bytes)
        self._case: Case | None = None
        self._data: np.ndarray | None = None
        self._counts: np.ndarray | None = None
        self._before = np.zeros(0, dtype=np.int64)
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
        if self._data is not None:
            return self._data
        assert self._case is not None
        return labels_of(self._case)

    @property
    def counts(self) -> np.ndarray:
        """(V,) how many voxels carry each label value now."""
        if self._counts is None:
            self._counts = count_values(self.data, len(table_of(self._case).class_of_value))
        return self._counts

    @property
    def known_counts(self) -> np.ndarray | None:
        """`counts`, if they have been counted already."""
        return self._counts

    @property
    def ready(self) -> bool:
        """Whether a stroke can begin at once, without a copy of the whole map."""
        return self._data is not None and self._counts is not None

    def make_ready(self, case: Case, data: np.ndarray, counts: np.ndarray) -> None:
        """Take what `engine.edit.jobs.ReadyJob` made of ``case``, if that is still the case, and nothing has begun."""
        if case is self._case and not self.stroking:
            self._data, self._counts = data, counts

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
        if name == NEW_IMAGE or not _can_be_made_again(before):
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
            self._case = with_labels(self._case, labels_of(self._case), edits_of(self._case))
        self._before = self.counts.copy()
        self._stroke = {"tool": tool, "by": by, "label": label}

    def apply(self, patch: Patch) -> None:
        """Write a patch. Raises `BadLabelsError` if it holds a value the label table does not know."""
        assert self._stroke is not None, "begin a step first"
        data = self._writable()
        self._counts = self.counts + gained(patch, data, table_of(self._case))
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
        self.history.push(Edit(record, delta, self.counts - self._before))
        return self._frozen([*edits_of(self._case), record])

    def finish(self, outcome: Outcome) -> Case | None:
        """Take an operation that was worked out elsewhere; None if it was worked out from another case than this."""
        self.commit()
        if outcome.before is not self._case:
            return None
        counts = self._counts
        self._take(outcome.after)
        if counts is not None:
            self._counts = counts + outcome.edit.counts
        self.history.push(outcome.edit)
        return outcome.after

    def note(self, name: str, case: Case) -> Case:
        """Take the case with another record, such as of a measurement by hand; image and labels are the same."""
        self.commit()
        assert self._case is not None
        self.history.push(Replacement(name, self._case, case))
        self._case = case
        return case

    def undo(self) -> Case | None:
        """The case without its last step; None if there is none."""
        self.commit()
        step = self.history.undo()
        if step is None:
            return None
        if isinstance(step, Replacement):
            self._take(step.before)
            return step.before
        step.delta.take_from(self._writable())
        self._counts = self.counts - step.counts
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
        step.delta.add_to(self._writable())
        self._counts = self.counts + step.counts
        return self._frozen([*edits_of(self._case), step.record])

    # Parts

    def _writable(self) -> np.ndarray:
        if self._data is None:
            self._counts = self.counts
            self._data = self.data.copy(order="F")
        return self._data

    def _take(self, case: Case) -> None:
        self._case, self._data, self._counts, self._stroke, self._box = case, None, None, None, None

    def _frozen(self, edits: list[dict[str, Any]]) -> Case:
        """The case with the labels as they are now: from here on nobody writes to this array, the next step makes its
        own copy."""
        assert self._case is not None
        data, self._data = self._writable(), None
        self._case = with_labels(self._case, data, edits)
        return self._case


def _can_be_made_again(case: Case) -> bool:
    """A generated case that nobody edited or measured by hand: its recipe makes the same again."""
    untouched = not edits_of(case) and "measurements" not in case.provenance
    return case.synthetic and "recipe" in case.provenance and untouched


def _what_happened(before: Case, after: Case) -> str:
    if after.image is not None and after.image is before.image:
        return "segmentation"
    if after.labels is not None and after.labels is before.labels:
        return NEW_IMAGE
    return "ventricle change" if after.provenance.get("morphed") else "generation"


def _recorded(before: Case, after: Case, name: str) -> Case:
    """A model's labels in place of labels that were edited, or its image of them, are a step of their own in the
    record."""
    edits = edits_of(after)
    if not edits or before.labels is None or after.labels is None or before.grid != after.grid:
        return after
    same = before.labels is after.labels
    if same and name != NEW_IMAGE:
        return after
    voxels = 0 if same else int(np.count_nonzero(before.labels.data != after.labels.data))
    record = {"tool": name, "by": MODEL, "label": None, "voxels": voxels, "step": len(edits) + 1}
    return replace(after, provenance={**after.provenance, "edits": [*edits, record]})
