import math

import pytest

from engine.evaluation.statistics import agreement, histogram_overlap, mean, spread


def test_agreement_of_known_errors():
    figures = agreement([10, 20, 30], [12, 20, 31])
    assert figures == pytest.approx({"n": 3, "bias_ml": 1.0, "mae_ml": 1.0, "sd_ml": 1.0, "r": figures["r"]})
    assert figures["r"] == pytest.approx(0.99587, abs=1e-5)


def test_agreement_of_too_little_is_not_a_number_and_no_warning():
    assert math.isnan(agreement([], [])["bias_ml"])
    one = agreement([10], [12])
    assert (one["n"], one["bias_ml"]) == (1, 2)
    assert math.isnan(one["sd_ml"])
    assert math.isnan(agreement([10, 10], [12, 14])["r"])


def test_the_spread_leaves_out_what_is_not_a_number():
    assert spread([1, math.nan, 3]) == pytest.approx(
        {"n": 2, "mean": 2, "sd": math.sqrt(2), "median": 2, "min": 1, "max": 3}
    )
    assert spread([math.nan]) == {"n": 0}
    assert math.isnan(mean([]))


def test_histograms_overlap_wholly_partly_or_not_at_all():
    assert histogram_overlap([1, 2, 3], [1, 2, 3]) == pytest.approx(1)
    assert histogram_overlap([0, 0.1], [9, 10]) == 0
    assert histogram_overlap([0, 0, 10, 10], [10, 10]) == pytest.approx(0.5)
    assert histogram_overlap([2, 2], [2]) == 1
    assert math.isnan(histogram_overlap([], [1]))


def test_the_overlap_does_not_depend_on_how_many_there_are(rng):
    many, few = rng.normal(0, 1, 4000), rng.normal(0, 1, 400)
    assert histogram_overlap(many, few) > 0.9
