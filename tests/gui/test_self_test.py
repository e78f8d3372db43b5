"""The window tries itself off screen."""

import sys

import pytest

from engine.case import Case
from engine.errors import SelfTestError
from gui import self_test
from gui.self_test import try_window
from gui.viewer import probe
from tests.gui.conftest import ball_labels, image_of


@pytest.fixture
def case(pack):
    labels = ball_labels(pack.grid, 60)
    return Case("synthetic 60 mL", image_of(labels), labels, {"synthetic": True})


def test_the_window_opens_with_a_case_draws_it_and_ends_its_threads(qapp, pack, case):
    assert try_window(pack, case) == "the window opened and drew it"


def test_a_machine_without_opengl_is_told_apart(qapp, pack, case, monkeypatch):
    monkeypatch.setattr(probe, "command", lambda: [sys.executable, "-c", "raise SystemExit(1)"])
    assert try_window(pack, case) == "the window opened; OpenGL does not draw here"


def test_a_window_that_draws_nothing_is_a_failure(qapp, pack, case, monkeypatch):
    monkeypatch.setattr(self_test, "_colours", lambda picture: 2)
    with pytest.raises(SelfTestError, match="did not draw"):
        try_window(pack, case)
