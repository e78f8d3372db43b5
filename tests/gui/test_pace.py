"""When drafts and cases are due."""

import pytest

from engine.recipe import Recipe
from gui.pace import Pace


class RecordedPace(Pace):
    """A pace that rests after 20 ms and lists what was due."""

    def __init__(self) -> None:
        super().__init__(rest_ms=20)
        self.due: list[tuple[str, int]] = []
        self.draft_due.connect(lambda recipe: self.due.append(("draft", recipe.anatomy_seed)))
        self.case_due.connect(lambda recipe: self.due.append(("case", recipe.anatomy_seed)))


@pytest.fixture
def pace(qtbot):
    return RecordedPace()


def recipe(number: int) -> Recipe:
    return Recipe(number, 0, ())


def test_the_first_move_asks_for_a_draft_at_once(pace):
    pace.edited(recipe(1))
    assert pace.due == [("draft", 1)]


def test_one_draft_at_a_time_and_the_newest_next(pace):
    for number in (1, 2, 3, 4):
        pace.edited(recipe(number))
    assert pace.due == [("draft", 1)]
    pace.draft_over()
    assert pace.due == [("draft", 1), ("draft", 4)]


def test_at_rest_the_case_follows_its_draft(pace, qtbot):
    pace.edited(recipe(1))
    pace.draft_over()
    assert pace.due == [("draft", 1)], "the slider may still move"
    with qtbot.waitSignal(pace.case_due):
        pass
    assert pace.due == [("draft", 1), ("case", 1)]


def test_at_rest_an_old_draft_is_replaced_by_the_newest(pace, qtbot):
    pace.edited(recipe(1))
    with qtbot.waitSignal(pace.draft_due):
        pace.edited(recipe(2))
    assert pace.due == [("draft", 1), ("draft", 2)]
    pace.draft_over()
    assert pace.due[-1] == ("case", 2)


def test_a_slow_draft_is_waited_for(pace, qtbot):
    pace.edited(recipe(1))
    qtbot.wait(40)  # the slider rests longer than it has to, and nothing more may be asked for
    assert pace.due == [("draft", 1)]
    pace.draft_over()
    assert pace.due == [("draft", 1), ("case", 1)]


def test_after_the_case_a_new_move_starts_again(pace, qtbot):
    pace.edited(recipe(1))
    pace.draft_over()
    with qtbot.waitSignal(pace.case_due):
        pass
    pace.edited(recipe(2))
    assert pace.due[-1] == ("draft", 2)


def test_nothing_is_due_after_a_stop(pace, qtbot):
    pace.edited(recipe(1))
    pace.stop()
    with qtbot.assertNotEmitted(pace.case_due, wait=40):
        pace.draft_over()
    assert pace.due == [("draft", 1)]
