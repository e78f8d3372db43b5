"""Undo and redo within a byte budget. A step stores run lengths of what changed, never whole maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from engine.edit.region import Box


@dataclass(frozen=True, eq=False)
class Delta:
    """The difference between two maps within ``box``: after minus before, modulo 2^16, in Fortran order, one entry of
    ``differences`` (R,) uint16 a run of ``lengths`` (R,) uint32. Without lengths each run is one voxel, which takes
    less for a map as full of changes as noise is: a delta never needs more than two bytes a voxel."""

    box: Box
    differences: np.ndarray
    lengths: np.ndarray | None

    @property
    def nbytes(self) -> int:
        """Memory it takes."""
        return self.differences.nbytes + (0 if self.lengths is None else self.lengths.nbytes)

    @property
    def voxels(self) -> int:
        """How many voxels changed."""
        changed = self.differences != 0
        return int(np.count_nonzero(changed) if self.lengths is None else self.lengths[changed].sum(dtype=np.int64))

    def add_to(self, data: np.ndarray) -> None:
        """Turn the map before, ``data`` (I, J, K) uint16, into the map after, in place."""
        data[self.box] += self._expanded()

    def take_from(self, data: np.ndarray) -> None:
        """Turn the map after, ``data`` (I, J, K) uint16, into the map before, in place."""
        data[self.box] -= self._expanded()

    def _expanded(self) -> np.ndarray:
        flat = self.differences if self.lengths is None else np.repeat(self.differences, self.lengths)
        return flat.reshape([part.stop - part.start for part in self.box], order="F")


def delta_between(before: np.ndarray, after: np.ndarray, box: Box) -> Delta | None:
    """What changed within ``box`` between two maps (I, J, K) uint16; None if nothing did."""
    difference = (after[box] - before[box]).ravel(order="F")
    if not difference.any():
        return None
    starts = np.concatenate(([0], np.flatnonzero(difference[1:] != difference[:-1]) + 1))
    run_bytes = np.dtype(np.uint16).itemsize + np.dtype(np.uint32).itemsize
    if len(starts) * run_bytes >= difference.nbytes:
        return Delta(box, difference, None)
    return Delta(box, difference[starts], np.diff(starts, append=len(difference)).astype(np.uint32))


class Step(Protocol):
    """Something that can be undone."""

    @property
    def nbytes(self) -> int:
        """Memory it takes."""


S = TypeVar("S", bound=Step)


class History(Generic[S]):
    """Steps that were taken, and steps that were taken back. ``budget_bytes``: what all of them may take together; the
    oldest fall off, but never the last one taken."""

    def __init__(self, budget_bytes: int) -> None:
        self._budget = budget_bytes
        self._done: list[S] = []
        self._undone: list[S] = []

    def __len__(self) -> int:
        return len(self._done)

    @property
    def budget_bytes(self) -> int:
        """What all steps may take together."""
        return self._budget

    def set_budget(self, budget_bytes: int) -> None:
        """Allow another amount of memory from now on."""
        self._budget = budget_bytes
        self._trim()

    @property
    def used_bytes(self) -> int:
        """What all steps take together, those taken back included."""
        return sum(step.nbytes for step in (*self._done, *self._undone))

    @property
    def last(self) -> S | None:
        """The step that undo would take back."""
        return self._done[-1] if self._done else None

    @property
    def next(self) -> S | None:
        """The step that redo would take again."""
        return self._undone[-1] if self._undone else None

    def push(self, step: S) -> None:
        """A new step; what was taken back before is gone."""
        self._undone.clear()
        self._done.append(step)
        self._trim()

    def undo(self) -> S | None:
        """Take the last step back; the caller does it."""
        if not self._done:
            return None
        self._undone.append(self._done.pop())
        return self._undone[-1]

    def redo(self) -> S | None:
        """Take the step again that was taken back last; the caller does it."""
        if not self._undone:
            return None
        self._done.append(self._undone.pop())
        return self._done[-1]

    def clear(self) -> None:
        """Forget all steps."""
        self._done.clear()
        self._undone.clear()

    def _trim(self) -> None:
        used = self.used_bytes
        while used > self._budget and len(self._done) > 1:
            used -= self._done.pop(0).nbytes
