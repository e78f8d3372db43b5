"""What of the window goes into a session file and comes back."""

import json
from dataclasses import fields, replace

import pytest

from engine.errors import BadFileError
from gui.display import Display
from gui.restoring import view_from_json, view_to_json


def another(value):
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, frozenset):
        return frozenset({4, 43})
    if isinstance(value, str):
        return f"{value}x"
    assert isinstance(value, tuple), "teach `gui.restoring` this kind of field, and this test"
    return (*value, ("x", 1))


def through_a_file(window, display):
    data = json.loads(json.dumps(view_to_json(window, display)))
    return view_from_json(data, "a.ventrisynth")


def test_every_field_of_the_display_comes_back(desktop):
    usual = Display()
    changed = replace(usual, **{field.name: another(getattr(usual, field.name)) for field in fields(usual)})
    assert through_a_file(desktop.window, changed).display == changed
    assert through_a_file(desktop.window, usual).display == usual


def test_the_panels_come_back(desktop):
    docks = desktop.window.docks
    docks["display"].hide()
    view = through_a_file(desktop.window, Display())
    docks.reset()
    assert not docks["display"].isHidden()
    assert docks.restore(view.panels)
    assert docks["display"].isHidden()


@pytest.mark.parametrize(
    "data",
    [
        {"display": []},
        {"display": {"opacity": "0.3"}},
        {"display": {"opacity": True}},
        {"display": {"opacity": float("nan")}},
        {"display": {"overlay": 1}},
        {"display": {"hidden": 4}},
        {"display": {"hidden": [[4]]}},
        {"display": {"hidden": ["left"]}},
        {"panels": 3},
        {"panels": "ä"},
        {"enlarged": None},
    ],
)
def test_a_view_that_is_garbled_is_refused(data):
    with pytest.raises(BadFileError, match=r"a\.ventrisynth is damaged"):
        view_from_json(data, "a.ventrisynth")


def test_what_is_missing_or_unknown_stays_as_usual():
    view = view_from_json({"display": {"glow": 1}, "sound": "loud"}, "a.ventrisynth")
    assert view.display == Display()
    assert view.panels.isEmpty()
    assert view.enlarged == ""
