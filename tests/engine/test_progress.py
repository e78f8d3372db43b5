import pytest

from engine.progress import Progress, retold


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


def counting(ended):
    try:
        yield 1
        yield 2
    finally:
        ended.append(True)
    return "done"


def test_steps_are_told_in_other_words_and_the_result_is_the_same():
    heard = []

    def listening():
        heard.append((yield from retold(counting([]), lambda step: 10 * step)))

    assert list(listening()) == [10, 20]
    assert heard == ["done"]


def test_who_stops_what_is_told_stops_the_steps():
    ended: list[bool] = []
    told = retold(counting(ended), str)
    assert next(told) == "1"
    told.close()
    assert ended == [True]
