import pytest

from engine.progress import Progress


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_stages_add_up_and_the_time_left_follows():
    clock = Clock()
    progress = Progress(5, {"One": 1, "Two": 3}, clock)
    first = progress.at("One", 0, 10)
    assert (first.job_id, first.fraction, first.seconds_left) == (5, 0, None)
    clock.now += 10
    half = progress.at("One", 10, 10)
    assert half.fraction == pytest.approx(0.25)
    assert half.seconds_left == pytest.approx(30)
    clock.now += 10
    later = progress.at("Two", 1, 3)
    assert (later.stage, later.step, later.steps) == ("Two", 1, 3)
    assert later.fraction == pytest.approx(0.5)
    assert later.seconds_left == pytest.approx(20)
    assert progress.at("Two", 3, 3).fraction == pytest.approx(1)


def test_a_stage_without_steps_does_not_divide_by_zero():
    assert Progress(1, {"Only": 1}).at("Only", 0, 0).fraction == 0
