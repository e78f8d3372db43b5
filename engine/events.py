"""What happened: the only thing the engine's thread says to anyone.

For each job: Started, any number of Progressed, Previewed and Noticed, then exactly one of Finished, Failed, Cancelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.case import Case
from engine.errors import EngineError


@dataclass(frozen=True)
class Event:
    """News of the job ``job_id``."""

    job_id: int


@dataclass(frozen=True)
class Started(Event):
    """The job left the queue."""


@dataclass(frozen=True)
class Progressed(Event):
    """``fraction`` 0-1 over all stages, the current ``stage`` with ``step`` of ``steps``, and an estimate of the
    seconds left (None while there is nothing to estimate from)."""

    stage: str
    step: int
    steps: int
    fraction: float
    seconds_left: float | None


@dataclass(frozen=True)
class Previewed(Event):
    """A case that is not final yet."""

    case: Case


@dataclass(frozen=True)
class Noticed(Event):
    """Something the user should know although the job goes on, as a sentence."""

    sentence: str


@dataclass(frozen=True)
class Finished(Event):
    """The job's result: a `Case`, or the folder or file that was written."""

    result: Any


@dataclass(frozen=True)
class Failed(Event):
    """The job could not be done; ``str(error)`` is the sentence to show."""

    error: EngineError


@dataclass(frozen=True)
class Cancelled(Event):
    """The job was stopped, or replaced before it began."""


Outcome = Finished | Failed | Cancelled
