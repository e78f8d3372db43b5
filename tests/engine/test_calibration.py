import json

import numpy as np
import pytest

from engine.calibration import Calibration, Curve, calibration_from_json, fitted_curve

LOW = Curve(1.0, (10.0, 40.0, 160.0), (5.0, 20.0, 80.0), (1.0, 3.0, 9.0))
HIGH = Curve(3.0, (10.0, 40.0, 160.0), (10.0, 40.0, 160.0), (0.5, 2.0, 5.0))
CALIBRATION = Calibration((LOW, HIGH))


@pytest.mark.parametrize("target_ml", [5.0, 11.0, 20.0, 33.0, 80.0])
def test_the_condition_is_what_gave_the_target(target_ml):
    # This model gives half of what it is asked for.
    assert CALIBRATION.condition_ml(target_ml, guidance=1.0) == pytest.approx(2 * target_ml)
    assert CALIBRATION.condition_ml(target_ml, guidance=3.0) == pytest.approx(target_ml)


@pytest.mark.parametrize("target_ml", [1.0, 200.0])
def test_beyond_the_ends_the_last_slope_goes_on(target_ml):
    assert CALIBRATION.condition_ml(target_ml, guidance=1.0) == pytest.approx(2 * target_ml)


def test_between_two_guidance_scales_lies_what_is_between_their_conditions():
    assert 20 < CALIBRATION.condition_ml(20, guidance=2.0) < 40
    assert CALIBRATION.condition_ml(20, guidance=0.5) == pytest.approx(40)
    assert CALIBRATION.condition_ml(20, guidance=9.0) == pytest.approx(20)


def test_the_expected_error_is_the_scatter_at_the_target():
    assert CALIBRATION.expected_error_ml(20, guidance=1.0) == pytest.approx(3.0)
    assert CALIBRATION.expected_error_ml(50, guidance=1.0) == pytest.approx(6.0)
    assert CALIBRATION.expected_error_ml(40, guidance=2.0) == pytest.approx((5.0 + 2.0) / 2)


def test_without_curves_the_target_is_the_condition_and_nothing_is_expected():
    assert Calibration().condition_ml(33, guidance=2) == 33
    assert Calibration().expected_error_ml(33, guidance=2) is None


def test_json_and_back():
    assert calibration_from_json(json.loads(json.dumps(CALIBRATION.to_json()))) == CALIBRATION
    assert calibration_from_json([]) == Calibration()


@pytest.mark.parametrize(
    "change",
    [
        {"condition_ml": [10, 5, 20]},
        {"achieved_ml": [10, 10, 20]},
        {"achieved_ml": [0, 10, 20]},
        {"sd_ml": [1, 1]},
        {"sd_ml": [1, -1, 1]},
        {"condition_ml": [10], "achieved_ml": [10], "sd_ml": [1]},
    ],
)
def test_a_curve_that_cannot_be_inverted_is_refused(change):
    with pytest.raises(ValueError, match=r"calibration curve|standard deviation"):
        calibration_from_json([CALIBRATION.to_json()[0] | change])


def test_guidance_scales_that_do_not_rise_are_refused():
    with pytest.raises(ValueError, match="must rise"):
        calibration_from_json(CALIBRATION.to_json()[::-1])


def test_a_fitted_curve_holds_mean_and_scatter_and_always_rises():
    achieved = np.array([[9.0, 11.0], [30.0, 30.0], [28.0, 28.0], [100.0, 140.0]])
    curve = fitted_curve(2.0, (10, 20, 30, 90), achieved)
    assert curve.achieved_ml[0] == pytest.approx(np.sqrt(99), rel=1e-3)
    assert curve.achieved_ml[1] == pytest.approx(30, rel=1e-3)
    assert np.diff(curve.achieved_ml).min() > 0
    assert curve.sd_ml == pytest.approx((np.sqrt(2), 0, 0, np.sqrt(800)))
