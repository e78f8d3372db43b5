"""Opening as a slow function that tells how far it is: for the window, which can ask, and for commands, which can
not."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from engine.errors import EngineError
from engine.events import Event
from engine.io.dicom.series import Listing, Series, thumbnail
from engine.io.scans import READING, STAGES, Found, open_one, open_steps
from engine.progress import Progress, retold

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Pictured(Event):
    """The thumbnail of series ``number``: (rows, columns) uint8."""

    number: int
    picture: np.ndarray


@dataclass(frozen=True)
class ThumbnailsJob:
    """A picture of each series of a DICOM folder, for a worker of its own. Result: None."""

    series: tuple[Series, ...]
    id: int = 0

    def run(self) -> Generator[Event, None, None]:
        """Yields Pictured for each series that has one; what cannot be read has none."""
        for series in self.series:
            with suppress(EngineError):
                yield Pictured(self.id, series.number, thumbnail(series))


def opening(job_id: int, path: Path, series: Series | None = None) -> Generator[Event, None, Found | Listing]:
    """Open ``path``, see `engine.io.scans.open_steps`. Yields Progressed."""
    progress = Progress(job_id, STAGES)
    yield progress.at(READING, 0, 1)
    return (yield from retold(open_steps(path, series), lambda step: progress.at(*step)))


def opening_one(job_id: int, path: Path, number: int | None) -> Generator[Event, None, Found]:
    """Open ``path``, or series ``number`` of it, see `engine.io.scans.open_one`. Yields Progressed."""
    progress = Progress(job_id, STAGES)
    return (yield from retold(open_one(path, number), lambda step: progress.at(*step)))
