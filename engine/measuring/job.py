"""The measures of a label map as a job of the engine."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.events import Event
from engine.jobs import new_id
from engine.progress import Progress, retold
from engine.volume import LabelMap

if TYPE_CHECKING:
    from engine.measuring.head import HeadMeasures

STAGE = "Measuring"


@dataclass(frozen=True)
class HeadMeasuresJob:
    """Take every measure of a label map. Result: `HeadMeasures`."""

    labels: LabelMap
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, HeadMeasures]:
        """Yields Progressed after each measure."""
        return measured(self.labels, Progress(self.id, {STAGE: 1.0}), STAGE)


def measured(labels: LabelMap, progress: Progress, stage: str) -> Generator[Event, None, HeadMeasures]:
    """Every measure of a label map, as a stage of a job. Yields Progressed after each."""
    from engine.measuring.head import STEPS, measuring_head

    return (yield from retold(measuring_head(labels), lambda done: progress.at(stage, done, STEPS)))
