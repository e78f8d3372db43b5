"""Volume lock: the condition is solved for, so that the label map has the volume that was asked for.

With its noise fixed a sampler is deterministic, and the volume it achieves a nearly smooth function of the condition.
A secant in logarithms finds the condition; once the target is bracketed, steps that leave the bracket are replaced by
its middle. No voxel is edited.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar

News = TypeVar("News")
Sampled = TypeVar("Sampled")

#: Good enough to stop, in mL; what may be left where no more samplings are allowed is the lock's promise.
CLOSE_ENOUGH_ML = 0.5
PROMISED_ML = 1.0
MOST_SAMPLINGS = 10
#: One step changes the condition by at most this factor.
LONGEST_STEP = 2.0


@dataclass(frozen=True)
class Lock:
    """How a volume was met: the condition that did it in mL, and how many samplings it took."""

    condition_ml: float
    achieved_ml: float
    samplings: int
    reached: bool


@dataclass(frozen=True)
class _Trial:
    """Logarithm of a condition, and by how much the logarithm of what came of it exceeds the target's."""

    condition: float
    excess: float


def next_condition(trials: list[_Trial]) -> float:
    """The logarithm of the condition to try next."""
    last = trials[-1]
    below = max((t for t in trials if t.excess < 0), key=lambda t: t.excess, default=None)
    above = min((t for t in trials if t.excess >= 0), key=lambda t: t.excess, default=None)
    if below is None or above is None or below.condition >= above.condition:
        # Not bracketed yet: as if the volume were proportional to the condition, or as the last two trials say.
        slope = 1.0
        if len(trials) > 1 and trials[-2].condition != last.condition:
            slope = (last.excess - trials[-2].excess) / (last.condition - trials[-2].condition)
        step = -last.excess / min(max(slope, 0.4), 3.0)
        return last.condition + min(max(step, -math.log(LONGEST_STEP)), math.log(LONGEST_STEP))
    share = -below.excess / (above.excess - below.excess)
    # A chord that hugs one end of the bracket would creep; then the middle is taken.
    share = share if 0.05 < share < 0.95 and len(trials) < 6 else 0.5
    return below.condition + share * (above.condition - below.condition)


def locked(
    sample: Callable[[float], Generator[News, None, tuple[Sampled, float | None]]],
    target_ml: float,
    *,
    first_ml: float,
    range_ml: tuple[float, float],
) -> Generator[News, None, tuple[Sampled, Lock]]:
    """Sample until the target is met within `CLOSE_ENOUGH_ML`, and return the nearest sample.

    ``sample(condition_ml)`` gives a label map and its volume in mL (None: no ventricles at all); ``first_ml`` is the
    condition to begin with, ``range_ml`` what conditions may be.
    """
    low, high = (math.log(ml) for ml in range_ml)
    condition, trials = min(max(math.log(first_ml), low), high), []
    best: tuple[float, Sampled, float, float] | None = None
    samplings = 0
    while samplings < MOST_SAMPLINGS:
        samplings += 1
        sampled, achieved = yield from sample(math.exp(condition))
        achieved = achieved or 0.1
        error = abs(achieved - target_ml)
        if best is None or error < best[0]:
            best = error, sampled, math.exp(condition), achieved
        if error <= CLOSE_ENOUGH_ML:
            break
        trials.append(_Trial(condition, math.log(achieved / target_ml)))
        following = min(max(next_condition(trials), low), high)
        if abs(following - condition) < 1e-4:
            break
        condition = following
    assert best is not None
    error, sampled, condition_ml, achieved = best
    return sampled, Lock(condition_ml, achieved, samplings, error <= PROMISED_ML)
