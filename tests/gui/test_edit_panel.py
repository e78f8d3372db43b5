"""The card with the tools, and what it makes of a choice."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt

from engine.case import Case
from engine.edit.region import Region, paint
from engine.grid import centred_grid
from engine.volume import LabelMap, Volume
from gui.painting import ALL, BRUSH, EMPTY, INTENSITIES, LARGEST_MM, NAVIGATE, SMALLEST_MM, STRUCTURES, TOOLS, Painting
from gui.panels.edit_panel import EditPanel
from gui.settings import MIB

GRID = centred_grid((4, 4, 4), 1.0, np.zeros(3))
LABELS = np.arange(64).reshape(4, 4, 4) % 3 * 2
IMAGE = np.arange(64.0).reshape(4, 4, 4)
CASE = Case("case", Volume(IMAGE, GRID), LabelMap(LABELS, GRID))


@pytest.fixture
def panel(qtbot):
    made = EditPanel()
    qtbot.addWidget(made)
    made.painting_edited.connect(made.set_painting)
    return made


def chosen(panel, qtbot, act) -> Painting:
    with qtbot.waitSignal(panel.painting_edited) as signal:
        act()
    return signal.args[0]


def pick(box, value):
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def tick(menu, value):
    """Choose a structure in the list, or take it out."""
    next(action for action in menu.menu().actions() if action.data() == value).trigger()


def test_every_part_wishes_for_what_it_shows(panel, qtbot):
    usual = Painting()
    click = lambda: qtbot.mouseClick(panel.tools[BRUSH], Qt.MouseButton.LeftButton)  # noqa: E731
    acts: dict[str, tuple[Callable[[], None], Any]] = {
        "tool": (click, BRUSH),
        "label": (lambda: pick(panel.label, 43), 43),
        "radius_mm": (lambda: panel.radius.setValue(7.5), 7.5),
        "round": (lambda: pick(panel.shape, False), False),
        "three_d": (lambda: pick(panel.reach, True), True),
        "over": (lambda: pick(panel.over, STRUCTURES), STRUCTURES),
        "over_labels": (lambda: tick(panel.over_labels, 24), frozenset({2, 41, 24})),
        "all_ventricles": (lambda: pick(panel.flow.scope, True), True),
        "amount_mm": (lambda: panel.amount.setValue(2.5), 2.5),
        "intensities": (lambda: panel.high.setValue(400.0), (0.0, 400.0)),
    }
    for field, (act, value) in acts.items():
        usual = replace(usual, **{field: value})
        assert chosen(panel, qtbot, act) == usual


def test_what_is_shown_is_not_wished_for_again(panel, qtbot):
    with qtbot.assertNotEmitted(panel.painting_edited):
        panel.set_painting(Painting(BRUSH, 43, 9.0, False, True, INTENSITIES, frozenset({41}), (5.0, 6.0), 3.0))
        panel.set_history(3, 5 * MIB, 512 * MIB)
    assert panel.tools[BRUSH].isChecked()
    assert panel.radius.value() == 9.0
    assert (panel.low.value(), panel.high.value()) == (5.0, 6.0)
    assert panel.history.text() == "3 steps"
    assert "5.0 of 512 MiB" in panel.history.toolTip()


def test_only_the_numbers_that_count_are_shown(panel):
    for over, structure, range_ in ((ALL, False, False), (STRUCTURES, True, False), (INTENSITIES, False, True)):
        panel.set_painting(Painting(tool=BRUSH, over=over))
        assert panel.over_labels.isVisibleTo(panel) == structure
        assert panel.low.isVisibleTo(panel) == panel.high.isVisibleTo(panel) == range_


def test_the_details_are_folded_away_while_nothing_is_painted(panel):
    for tool in TOOLS:
        panel.set_painting(Painting(tool=tool))
        assert panel.details.isVisibleTo(panel) == (tool != NAVIGATE)


def test_a_structure_without_a_voxel_has_no_volume(panel):
    panel.set_volume(12.345)
    assert panel.volume.text() == "12.35 mL"
    for nothing in (0.0, None):
        panel.set_volume(nothing)
        assert panel.volume.text() == "–"


@pytest.mark.parametrize(
    ("painting", "stuck"),
    [
        (Painting(), np.full(LABELS.shape, True)),
        (Painting(over=EMPTY), LABELS == 0),
        (Painting(over=STRUCTURES, over_labels=frozenset({4, 0})), np.isin(LABELS, (0, 4))),
        (Painting(over=INTENSITIES, intensities=(10, 20)), (IMAGE >= 10) & (IMAGE <= 20)),
    ],
)
def test_paint_sticks_where_the_choice_says(painting, stuck):
    data = np.asarray(LABELS, dtype=np.uint16)
    whole = Region((slice(0, 4),) * 3, np.full(LABELS.shape, True))
    painted = paint(data, whole, 60, painting.paint_over(CASE)).data == 60
    assert np.array_equal(painted, stuck)


def test_the_brush_is_resized_within_limits():
    painting = Painting(radius_mm=3.0)
    assert painting.resized(1).radius_mm == 3.6
    assert painting.resized(1).resized(-1).radius_mm == 3.0
    assert painting.resized(100).radius_mm == LARGEST_MM
    assert painting.resized(-100).radius_mm == SMALLEST_MM
    assert Painting(radius_mm=0.5).resized(1).radius_mm == 1.0
