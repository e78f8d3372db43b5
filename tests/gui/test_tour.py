"""The tour and the sample case."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt

from engine.io.case_folder import open_any
from engine.measures import measure_volumes
from gui.recent import RecentMenu
from gui.tour import Tour, beside
from gui.wiring.tour import SAMPLE, offer_tour

AREA = QRect(0, 0, 1280, 720)


@pytest.fixture
def tour(desktop) -> Tour:
    return desktop.window.findChild(Tour)


@pytest.mark.parametrize(
    ("target", "where"),
    [
        (QRect(0, 100, 250, 300), QPoint(262, 100)),
        (QRect(940, 300, 340, 300), QPoint(618, 300)),
        (QRect(20, 20, 1240, 60), QPoint(20, 92)),
        (QRect(20, 600, 1240, 100), QPoint(20, 448)),
    ],
    ids=["right of it", "left of it", "below it", "above it"],
)
def test_a_callout_stands_beside_its_target(target, where):
    place = beside(target, QSize(310, 140), AREA)
    assert (place - where).manhattanLength() <= 2
    assert AREA.contains(QRect(place, QSize(310, 140)))
    assert not QRect(place, QSize(310, 140)).intersects(target)


def test_a_callout_stays_in_the_window_where_there_is_no_room_beside():
    assert AREA.contains(QRect(beside(AREA, QSize(310, 140), AREA), QSize(310, 140)))


def test_every_step_stands_inside_the_window_beside_a_widget_that_is_there(desktop, qtbot, tour):
    area = desktop.window.rect()
    tour.start()
    for number, step in enumerate(tour.steps):
        assert tour.step == number
        target, callout = step.target(), tour.callout
        assert target is not None
        assert target.isVisible(), step.title
        assert area.contains(callout.geometry())
        around = QRect(target.mapTo(desktop.window, QPoint(0, 0)), target.size())
        assert not callout.geometry().intersects(around), step.title
        assert tour.outline.geometry().contains(around & area)
        assert callout.title.text() in callout.accessibleName()
        qtbot.mouseClick(callout.next, Qt.MouseButton.LeftButton)
    assert tour.step is None
    assert not tour.callout.isVisible()
    assert not tour.outline.isVisible()


def test_the_tour_goes_by_keyboard_and_gives_the_keyboard_back(desktop, qtbot, tour):
    desktop.window.activateWindow()
    desktop.window.viewer.setFocus()
    desktop.window.actions_by_name["tour"].trigger()
    assert tour.callout.next.hasFocus()
    qtbot.keyClick(tour.callout.next, Qt.Key.Key_Return)
    assert tour.step == 1
    qtbot.keyClick(tour.callout.next, Qt.Key.Key_Space)
    assert tour.step == 2
    tour.callout.back.setFocus()
    qtbot.keyClick(tour.callout.back, Qt.Key.Key_Return)
    assert tour.step == 1
    qtbot.keyClick(tour.callout.next, Qt.Key.Key_Escape)
    assert tour.step is None
    assert desktop.window.viewer.hasFocus()


def test_escape_ends_the_tour_and_not_what_is_being_made(desktop, qtbot, tour, gate):
    gate.clear()
    desktop.controller.generate()
    qtbot.waitUntil(lambda: desktop.session.draft is not None, timeout=60_000)
    tour.start()
    qtbot.keyClick(tour.callout.next, Qt.Key.Key_Escape)
    assert tour.step is None
    assert desktop.session.status is not None
    gate.set()
    qtbot.waitUntil(lambda: desktop.session.case is not None, timeout=60_000)


def test_the_window_works_under_the_tour_and_the_callout_follows_its_size(desktop, qtbot, tour):
    tour.start()
    desktop.window.recipe_panel.lock.click()
    assert desktop.session.recipe.lock
    before = tour.outline.geometry()
    desktop.window.resize(1400, 800)
    qtbot.waitUntil(lambda: tour.outline.geometry() != before, timeout=60_000)
    assert desktop.window.rect().contains(tour.callout.geometry())


def test_a_step_about_a_panel_that_is_closed_stands_in_the_middle(desktop, tour):
    desktop.window.docks["measures"].hide()
    tour.start()
    while tour.steps[tour.step].target() is not desktop.window.measures_panel:
        tour.next()
    assert tour.callout.isVisible()
    assert not tour.outline.isVisible()


def test_the_tour_is_shown_at_the_first_start_only(desktop, settings, tour):
    assert not tour.callout.isVisible(), "nobody asked for it"
    offer_tour(desktop.window, settings)
    assert tour.callout.isVisible()
    tour.end()
    offer_tour(desktop.window, settings)
    assert not tour.callout.isVisible()


# The sample case


def test_the_sample_case_opens_from_the_help_menu_and_is_no_recent_file(desktop, qtbot):
    desktop.window.actions_by_name["open_sample"].trigger()
    qtbot.waitUntil(lambda: desktop.session.case is not None, timeout=60_000)
    assert desktop.session.case.name == "sample"
    assert desktop.session.shown.synthetic
    assert not desktop.window.findChild(RecentMenu).menuAction().isEnabled()


def test_the_sample_case_is_small_synthetic_and_whole():
    assert sum(path.stat().st_size for path in Path(SAMPLE).iterdir()) < 3_000_000
    case, notes = open_any(SAMPLE)
    assert notes == ()
    assert case.synthetic
    assert case.image is not None
    assert case.labels is not None
    assert measure_volumes(case.labels).ventricular_ml == pytest.approx(case.provenance["achieved_ml"], abs=0.01)
    assert case.provenance["recipe"]["anatomy_seed"] == 3
