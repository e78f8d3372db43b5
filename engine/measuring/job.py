"""The measures of a label map as a job of the engine."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.events import Event
from engine.jobs import new_id
from engine.progress import Progress
from engine.volume import LabelMap

if TYPE_CHECKING:
    from engine.measuring.head import HeadMeasures


@dataclass(frozen=True)
class HeadMeasuresJob:
    """Take every measure of a label map. Result: `HeadMeasures`."""

    labels: LabelMap
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, HeadMeasures]:
        """Yields Progressed after each measure."""
        from engine.measuring.head import STEPS, measuring_head

        progress = Progress(self.id, {"Measuring": 1.0})
        steps = measuring_head(self.labels)
        while True:
            try:
                done = next(steps)
            except StopIteration as end:
                found: HeadMeasures = end.value
                return found
            yield progress.at("Measuring", done, STEPS)
