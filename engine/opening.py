"""Opening as a slow function that tells how far it is: for the window, which can ask, and for commands, which can
not."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

from engine.events import Event
from engine.io.dicom.series import Listing, Series
from engine.io.scans import READING, STAGES, Found, StagedStep, open_one, open_steps
from engine.progress import Progress

Result = TypeVar("Result")


def opening(job_id: int, path: Path, series: Series | None = None) -> Generator[Event, None, Found | Listing]:
    """Open ``path``, see `engine.io.scans.open_steps`. Yields Progressed."""
    progress = Progress(job_id, STAGES)
    yield progress.at(READING, 0, 1)
    return (yield from _told(open_steps(path, series), progress))


def opening_one(job_id: int, path: Path, number: int | None) -> Generator[Event, None, Found]:
    """Open ``path``, or series ``number`` of it, see `engine.io.scans.open_one`. Yields Progressed."""
    return (yield from _told(open_one(path, number), Progress(job_id, STAGES)))


def _told(steps: Generator[StagedStep, None, Result], progress: Progress) -> Generator[Event, None, Result]:
    try:
        while True:
            yield progress.at(*next(steps))
    except StopIteration as end:
        result: Result = end.value
        return result
    finally:
        steps.close()
