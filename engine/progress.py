"""One progress over all stages of a job, with time left."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from typing import TypeVar, cast

from engine.events import Progressed

Result = TypeVar("Result")
Step = TypeVar("Step")
Told = TypeVar("Told")


class Progress:
    """Turns "step i of n in this stage" into the share of the whole job.

    ``stages`` maps each stage's name, in order, to its usual share of the time (any unit).
    """

    def __init__(self, job_id: int, stages: Mapping[str, float], clock: Callable[[], float] = time.monotonic) -> None:
        self.job_id = job_id
        self._stages = dict(stages)
        self._clock = clock
        self._began = clock()

    def at(self, stage: str, step: int, steps: int) -> Progressed:
        """The event for ``step`` of ``steps`` being done in ``stage``."""
        names = list(self._stages)
        total = sum(self._stages.values())
        before = sum(self._stages[name] for name in names[: names.index(stage)])
        fraction = (before + self._stages[stage] * step / max(1, steps)) / total
        elapsed = self._clock() - self._began
        left = elapsed * (1 - fraction) / fraction if fraction > 0.02 else None
        return Progressed(self.job_id, stage, step, steps, fraction, left)


def retold(steps: Generator[Step, None, Result], tell: Callable[[Step], Told]) -> Generator[Told, None, Result]:
    """A slow function whose steps are told in other words: ``tell`` makes of each what is yielded. The result is the
    function's, and who stops this stops it."""
    try:
        while True:
            yield tell(next(steps))
    except StopIteration as done:
        return cast(Result, done.value)
    finally:
        steps.close()


def result_of(steps: Generator[object, None, Result]) -> Result:
    """Drive a slow function to its end, for callers that care for its result alone."""
    try:
        while True:
            next(steps)
    except StopIteration as done:
        return cast(Result, done.value)
