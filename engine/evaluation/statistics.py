"""The few statistics that several evaluations share."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

Values = Sequence[float] | np.ndarray
#: Bins of the histograms whose overlap is measured, over the range of both samples.
BINS = 10


def agreement(reference: Values, found: Values) -> dict[str, float]:
    """Volumes in mL found against volumes expected: number, bias, mean absolute error and standard deviation of the
    error (mL), Pearson's r. NaN where there are too few, or where all are the same."""
    expected, got = np.asarray(reference, dtype=np.float64), np.asarray(found, dtype=np.float64)
    error = got - expected
    n = len(error)
    vary = n > 1 and np.ptp(expected) > 0 and np.ptp(got) > 0
    return {
        "n": n,
        "bias_ml": float(error.mean()) if n else math.nan,
        "mae_ml": float(np.abs(error).mean()) if n else math.nan,
        "sd_ml": float(error.std(ddof=1)) if n > 1 else math.nan,
        "r": float(np.corrcoef(expected, got)[0, 1]) if vary else math.nan,
    }


def spread(values: Values) -> dict[str, float]:
    """Number, mean, standard deviation, median, smallest and largest of the values that are numbers."""
    kept = np.asarray(values, dtype=np.float64)
    kept = kept[np.isfinite(kept)]
    if not len(kept):
        return {"n": 0}
    return {
        "n": len(kept),
        "mean": float(kept.mean()),
        "sd": float(kept.std(ddof=1)) if len(kept) > 1 else math.nan,
        "median": float(np.median(kept)),
        "min": float(kept.min()),
        "max": float(kept.max()),
    }


def mean(values: Values) -> float:
    """Mean of the values that are numbers; NaN if none is."""
    return spread(values).get("mean", math.nan)


def histogram_overlap(a: Values, b: Values, bins: int = BINS) -> float:
    """The share (0-1) that the normalised histograms of two samples have in common; NaN if one is empty."""
    if not len(a) or not len(b):
        return math.nan
    low, high = float(min(np.min(a), np.min(b))), float(max(np.max(a), np.max(b)))
    if low == high:
        return 1.0
    one, other = (np.histogram(x, bins, (low, high))[0] / len(x) for x in (a, b))
    return float(np.minimum(one, other).sum())
