"""Steps of correction: what one of them is, what it leaves in the record, and how it is worked out from frozen cases,
on whichever thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.case import Case
from engine.edit.history import Delta, delta_between
from engine.edit.region import Patch
from engine.errors import BadLabelsError
from engine.labels import LabelTable, synthseg33
from engine.volume import LabelMap, count_values

HAND, MODEL = "hand", "model"
NEW_IMAGE = "new image"


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


class EditedLabels(LabelMap):
    """A map whose values were checked patch by patch: no second look at every voxel, and no copy of them. It takes the
    array over, (I, J, K) uint16 in Fortran order, which nobody may write to from then on."""

    def __post_init__(self) -> None:
        assert self.data.dtype == np.uint16
        self.data.setflags(write=False)


@dataclass(frozen=True, eq=False)
class Outcome:
    """An operation that was worked out: the case with it, and the step that undo takes back."""

    before: Case
    after: Case
    edit: Edit


def edits_of(case: Case | None) -> list[dict[str, Any]]:
    """The records of a case's edits, oldest first: tool, by (hand or model), label, voxels, step."""
    return list(case.provenance.get("edits", [])) if case is not None else []


def voxels_since_image(provenance: Mapping[str, Any]) -> int:
    """How many voxels of the labels were changed since the image was made, by a case's record."""
    voxels = 0
    for record in provenance.get("edits", []):
        voxels = 0 if record.get("tool") == NEW_IMAGE else voxels + int(record.get("voxels", 0))
    return voxels


def corrected_voxels(case: Case | None) -> int:
    """How many voxels were changed since the image of a synthetic case was made; 0 while the image shows the label map,
    and for a scan, whose image is as it is."""
    if case is None or not case.synthetic or case.image is None:
        return 0
    return voxels_since_image(case.provenance)


def table_of(case: Case | None) -> LabelTable:
    """The labels a case may be corrected with."""
    labels = case.labels if case is not None else None
    return synthseg33() if labels is None else labels.table


def labels_of(case: Case) -> np.ndarray:
    """(I, J, K) uint16, Fortran order: a case's labels; background everywhere where it has none."""
    if case.labels is None:
        return np.zeros(case.grid.shape, dtype=np.uint16, order="F")
    return case.labels.data


def gained(patch: Patch, before: np.ndarray, table: LabelTable) -> np.ndarray:
    """(V,) by how many voxels each value's count changes when ``patch`` takes the place of the labels ``before``
    (I, J, K). Raises `BadLabelsError` if it holds a value the table does not know."""
    size = len(table.class_of_value)
    if int(patch.data.max()) >= size:
        raise BadLabelsError("This label is not in the label table; choose one of its structures.")
    new = count_values(patch.data, size)
    if new[table.class_of_value < 0].any():
        raise BadLabelsError("This label is not in the label table; choose one of its structures.")
    return new - count_values(before[patch.box], size)


def outcome_of(case: Case, patch: Patch, record: Mapping[str, Any]) -> Outcome | None:
    """What a patch makes of a case; None if nothing changes. Neither the case nor the patch is written to."""
    before = labels_of(case)
    counts = gained(patch, before, table_of(case))
    data = before.copy(order="F")
    data[patch.box] = patch.data
    delta = delta_between(before, data, patch.box)
    if delta is None:
        return None
    edits = edits_of(case)
    full = dict(record) | {"voxels": delta.voxels, "step": len(edits) + 1} | dict(patch.details)
    return Outcome(case, with_labels(case, data, [*edits, full]), Edit(full, delta, counts))


def with_labels(case: Case, data: np.ndarray, edits: Sequence[Mapping[str, Any]]) -> Case:
    """The case with other labels, an array that nobody writes to any more, and another record of edits."""
    provenance = {key: value for key, value in case.provenance.items() if key != "edits"}
    if edits:
        provenance["edits"] = list(edits)
    return replace(case, labels=EditedLabels(data, case.grid, table_of(case)), provenance=provenance)
