"""What a mask generator makes of the volumes it is asked for, as it was measured, and the inverse.

A model follows its condition with a bias that depends on the volume and on guidance. A pack stores the mean achieved
volume for a few conditions and guidance scales; asking for the condition that gives the target on average takes the
bias away and leaves the scatter from subject to subject.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Curve:
    """Mean achieved volume and its standard deviation over subjects in mL, for rising conditions in mL, at one guidance
    scale."""

    guidance: float
    condition_ml: tuple[float, ...]
    achieved_ml: tuple[float, ...]
    sd_ml: tuple[float, ...]

    def __post_init__(self) -> None:
        if not 2 <= len(self.condition_ml) == len(self.achieved_ml) == len(self.sd_ml):
            raise ValueError("a calibration curve needs two points at least, each with all three figures")
        for values in (self.condition_ml, self.achieved_ml):
            if values[0] <= 0 or not (np.diff(values) > 0).all():
                raise ValueError("the volumes of a calibration curve must be above 0 and rise")
        if min(self.sd_ml) < 0:
            raise ValueError("a standard deviation below 0 makes no sense")

    def log_condition(self, target_ml: float) -> float:
        """Logarithm of the condition that gives ``target_ml`` on average; beyond the ends, the last slope goes on."""
        x, y = np.log(self.achieved_ml), np.log(self.condition_ml)
        at = np.log(target_ml)
        n = int(np.clip(np.searchsorted(x, at) - 1, 0, len(x) - 2))
        return float(y[n] + (at - x[n]) * (y[n + 1] - y[n]) / (x[n + 1] - x[n]))

    def error_ml(self, target_ml: float) -> float:
        """Standard deviation of the achieved volume where ``target_ml`` is achieved on average."""
        return float(np.interp(target_ml, self.achieved_ml, self.sd_ml))


@dataclass(frozen=True)
class Calibration:
    """A pack's curves, by rising guidance. Without one, targets are taken as conditions and nothing is expected."""

    curves: tuple[Curve, ...] = ()

    def condition_ml(self, target_ml: float, *, guidance: float) -> float:
        """The condition to ask the model for, so that ``target_ml`` comes on average."""
        if not self.curves:
            return target_ml
        return float(np.exp(self._between([c.log_condition(target_ml) for c in self.curves], guidance)))

    def expected_error_ml(self, target_ml: float, *, guidance: float) -> float | None:
        """By how much (standard deviation) subjects differ from ``target_ml``; None if that was not measured."""
        if not self.curves:
            return None
        return self._between([c.error_ml(target_ml) for c in self.curves], guidance)

    def _between(self, values: Sequence[float], guidance: float) -> float:
        return float(np.interp(guidance, [c.guidance for c in self.curves], values))

    def to_json(self) -> list[dict[str, Any]]:
        """Plain data for a pack's manifest."""
        return [{key: list(v) if isinstance(v, tuple) else v for key, v in vars(c).items()} for c in self.curves]


def calibration_from_json(data: Sequence[Mapping[str, Any]]) -> Calibration:
    """The inverse of `Calibration.to_json`. Raises `ValueError`, `TypeError` or `KeyError`."""
    curves = [
        Curve(float(c["guidance"]), *(tuple(float(x) for x in c[k]) for k in ("condition_ml", "achieved_ml", "sd_ml")))
        for c in data
    ]
    if any(b.guidance <= a.guidance for a, b in pairwise(curves)):
        raise ValueError("the calibration's guidance scales must rise")
    return Calibration(tuple(curves))


def fitted_curve(guidance: float, condition_ml: Sequence[float], achieved_ml: np.ndarray) -> Curve:
    """A curve of measured volumes: ``achieved_ml`` (conditions, subjects) for each of the rising conditions."""
    logs = np.log(np.maximum(achieved_ml, 0.1))
    mean = np.exp(np.maximum.accumulate(logs.mean(axis=1)))
    # Where more was asked for and no more came, the curve rises by next to nothing, so that it can be inverted.
    mean = mean * (1 + 1e-4 * np.arange(len(mean)))
    deviation = achieved_ml.std(axis=1, ddof=1) if achieved_ml.shape[1] > 1 else np.zeros(len(mean))
    return Curve(float(guidance), tuple(map(float, condition_ml)), tuple(mean.tolist()), tuple(deviation.tolist()))
