import dataclasses

import pytest

from engine import events
from engine.errors import BadFileError


def test_every_event_carries_its_job_and_cannot_be_changed():
    made = [
        events.Started(7),
        events.Progressed(7, "Image", 1, 2, 0.5, None),
        events.Noticed(7, "A sentence."),
        events.Finished(7, "result"),
        events.Failed(7, BadFileError("There is no file.")),
        events.Cancelled(7),
    ]
    assert {event.job_id for event in made} == {7}
    for event in made:
        with pytest.raises(dataclasses.FrozenInstanceError):
            event.job_id = 8  # type: ignore[misc]


def test_outcomes_are_three():
    assert [isinstance(e, events.Outcome) for e in (events.Finished(1, 0), events.Cancelled(1), events.Started(1))] == [
        True,
        True,
        False,
    ]
