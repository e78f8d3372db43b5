"""Locked volumes, values beyond the trained range, and the check of the image: in the panels and through the window."""

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt

from engine.measures import measure_volumes
from engine.recipe import VOLUME
from gui.panels.measures_panel import MeasuresPanel
from gui.panels.recipe_panel import RecipePanel
from gui.session import Report
from tests.gui.test_panels import label_map


@pytest.fixture
def wide_pack(pack):
    """The pack with a volume that may go from 5 to 200 mL beyond its trained 10 to 150."""
    control = replace(pack.control(VOLUME), least=5.0, most=200.0)
    return replace(pack, controls=tuple(control if c.key == VOLUME else c for c in pack.controls))


@pytest.fixture
def panel(qtbot, wide_pack):
    panel = RecipePanel(wide_pack)
    qtbot.addWidget(panel)
    panel.set_recipe(wide_pack.default_recipe())
    return panel


def test_the_lock_is_part_of_the_recipe(panel, qtbot, wide_pack):
    with qtbot.waitSignal(panel.recipe_edited) as edited:
        panel.lock.click()
    assert edited.args == [replace(wide_pack.default_recipe(), lock=True)]
    with qtbot.assertNotEmitted(panel.recipe_edited):
        panel.set_recipe(wide_pack.default_recipe())
    assert not panel.lock.isChecked()


def test_only_beyond_the_range_the_slider_goes_farther(panel, qtbot):
    row = panel.rows[VOLUME]
    recipes: list[Any] = []
    panel.recipe_edited.connect(recipes.append)
    row.number.setValue(190)
    assert recipes[-1].get(VOLUME) == 150
    panel.beyond.click()
    assert row.scale.ends == (5, 200)
    row.slider.setValue(row.slider.maximum())
    assert recipes[-1].get(VOLUME) == 200
    assert recipes[-1].beyond_range
    panel.beyond.click()
    assert recipes[-1].get(VOLUME) == 150
    assert not recipes[-1].beyond_range
    assert row.scale.ends == (10, 150)
    assert row.number.value() == 150


@pytest.fixture
def measures(qtbot):
    panel = MeasuresPanel()
    qtbot.addWidget(panel)
    return panel


def report(record, target_ml=60.0, draft=False):
    return Report(target_ml, measure_volumes(label_map(v2=400, v4=62)), True, draft, record)


@pytest.mark.parametrize(("verdict", "words"), [("good", "good"), ("look", "look at it"), ("regenerate", "regenerate")])
def test_the_check_of_the_image_is_a_badge_with_its_reason(measures, verdict, words):
    measures.set_report(report({"quality": {"verdict": verdict, "reason": "Because."}}))
    assert measures.badge.isVisibleTo(measures)
    assert measures.badge.text() == f"Image check: {words}"
    assert measures.badge.toolTip() == "Because."


def test_a_draft_and_a_case_that_was_not_checked_have_no_badge(measures):
    measures.set_report(report({"quality": {"verdict": "good", "reason": ""}}, draft=True))
    assert not measures.badge.isVisibleTo(measures)
    measures.set_report(report({}))
    assert not measures.badge.isVisibleTo(measures)


def test_the_expected_error_the_lock_and_the_confidence_are_shown_where_they_are_known(measures):
    measures.set_report(report({"expected_error_ml": 4.23}))
    assert measures.values["expected"].text() == "± 4.2 mL"
    assert not measures.values["lock"].isVisibleTo(measures)
    measures.set_report(report({"lock": {"samplings": 3, "reached": True}}))
    assert measures.values["lock"].text() == "3 samplings"
    assert not measures.values["expected"].isVisibleTo(measures)
    measures.set_report(report({"segmentation": {"ventricle_confidence": 0.931}}, target_ml=None))
    assert measures.values["confidence"].text() == "93 %"
    assert not measures.values["target"].isVisibleTo(measures)


def test_a_value_beyond_the_trained_range_is_marked(measures):
    measures.set_report(report({"beyond_trained_range": ["Ventricular volume"]}))
    assert measures.note.isVisibleTo(measures)
    assert "Ventricular volume lies outside" in measures.note.text()


def test_the_menu_locks_the_volume_and_shows_that_it_is_locked(desktop, qtbot):
    action = desktop.window.actions_by_name["lock"]
    assert action.shortcut().toString() == "Ctrl+K"
    desktop.session.set_live(False)
    action.trigger()
    assert desktop.session.recipe.lock
    assert desktop.window.recipe_panel.lock.isChecked()
    qtbot.mouseClick(desktop.window.recipe_panel.lock, Qt.MouseButton.LeftButton)
    assert not desktop.session.recipe.lock
    assert not action.isChecked()
