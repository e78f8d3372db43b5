"""Correcting on a thread of its own: operations that are worked out from a frozen case while the window answers."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.case import Case
from engine.edit.region import Patch
from engine.edit.steps import HAND, Outcome, labels_of, outcome_of, table_of
from engine.events import Event
from engine.jobs import new_id
from engine.progress import Progress
from engine.volume import count_values

#: Labels (I, J, K) -> the patch that changes them, None if there is nothing to change. Yields where it may be stopped.
Operation = Callable[[np.ndarray, Progress], Generator[Event, None, Patch | None]]
STAGE = "Correcting"


def at_once(work: Callable[[np.ndarray], Patch | None]) -> Operation:
    """A function that is too short to be stopped, as an operation."""

    def operation(labels: np.ndarray, _progress: Progress) -> Generator[Event, None, Patch | None]:
        yield from ()
        return work(labels)

    return operation


@dataclass(frozen=True, eq=False)
class OperationJob:
    """One operation on a case's labels. Result: its `Outcome`, None if it changes nothing. ``tool`` and ``label`` go to
    the record; ``stages``: the operation's stages and their usual share of the time."""

    case: Case
    tool: str
    label: int | None
    operation: Operation
    stages: dict[str, float] = field(default_factory=lambda: {STAGE: 1.0})
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Outcome | None]:
        """Yields what the operation yields; raises what it raises."""
        patch = yield from self.operation(labels_of(self.case), Progress(self.id, self.stages))
        if patch is None:
            return None
        record: dict[str, Any] = {"tool": self.tool, "by": HAND, "label": self.label}
        return outcome_of(self.case, patch, record)


@dataclass(frozen=True, eq=False)
class Ready:
    """What a stroke on ``case`` needs before it begins: labels (I, J, K) to write to, and how many voxels each value
    has, (V,)."""

    case: Case
    data: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True, eq=False)
class ReadyJob:
    """Copies a case's labels, so that the first dab on a large map need not. Result: a `Ready`. ``counts``: how many
    voxels each value has, None if that is not known."""

    case: Case
    counts: np.ndarray | None
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Ready]:
        """Yields nothing."""
        yield from ()
        labels = labels_of(self.case)
        counts = self.counts
        if counts is None:
            counts = count_values(labels, len(table_of(self.case).class_of_value))
        return Ready(self.case, labels.copy(order="F"), counts)
