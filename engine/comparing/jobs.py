"""Comparing as jobs for a worker: first onto one grid, then the measures; and one difference map at a time."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

from engine.case import Case
from engine.comparing.comparison import MEASURING, Comparison, compared
from engine.comparing.difference import difference_map
from engine.comparing.pair import RESAMPLING, STAGES, Pair, paired
from engine.errors import BadLabelsError
from engine.events import Event
from engine.jobs import new_id
from engine.progress import Progress
from engine.volume import LabelMap


@dataclass(frozen=True)
class PairJob:
    """Two cases onto one grid; ``align``: registered first. Result: a `Pair`."""

    first: Case
    second: Case
    align: bool = False
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Pair]:
        """Yields Progressed, after each iteration while aligning; raises what `paired` raises."""
        progress = Progress(self.id, STAGES if self.align else {RESAMPLING: 1.0})
        return (yield from paired(self.first, self.second, progress, align=self.align))


@dataclass(frozen=True)
class CompareJob:
    """The measures of a pair. Result: a `Comparison`."""

    pair: Pair
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Comparison]:
        """Yields Progressed for each structure; raises `BadLabelsError`."""
        return (yield from compared(self.pair, Progress(self.id, {MEASURING: 1.0})))


@dataclass(frozen=True)
class DifferenceJob:
    """Where the structures ``values`` of a pair differ. Result: a `LabelMap` with the table of differences."""

    pair: Pair
    values: tuple[int, ...]
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, LabelMap]:
        """Yields Progressed once; raises `BadLabelsError` where one of the two has no labels."""
        first, second = self.pair.first.labels, self.pair.second.labels
        if first is None or second is None:
            raise BadLabelsError("Only two label maps have a difference; segment the scan first.")
        yield Progress(self.id, {"Difference": 1.0}).at("Difference", 0, 1)
        return difference_map(first, second, self.values)
