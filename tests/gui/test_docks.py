"""Panels around the views: hidden, shown, moved, remembered, put back."""

import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QTabBar, QToolButton

from gui.app import build

NAMES = ("brain", "measures", "display", "correct", "structures", "gallery")


@pytest.fixture
def docks(desktop):
    return desktop.window.docks


def shown(docks) -> dict[str, bool]:
    return {name: docks[name].toggleViewAction().isChecked() for name in NAMES}


def test_every_panel_can_be_hidden_and_shown_from_the_view_menu(desktop, docks):
    view = desktop.window.actions_by_name.menus["&View"]
    panels = next(action.menu() for action in view.actions() if action.menu() is not None)
    words = {action.text() for action in panels.actions()}
    assert {docks[name].windowTitle() for name in NAMES} <= words
    for name in NAMES:
        docks[name].toggleViewAction().trigger()
        assert docks[name].isHidden()
        docks[name].toggleViewAction().trigger()
        assert not docks[name].isHidden()


def test_a_panel_hides_by_its_own_button(docks, qtbot):
    for button in docks["correct"].title_bar.findChildren(QToolButton):
        assert button.toolTip()
        assert button.accessibleName()
    qtbot.mouseClick(docks["correct"].title_bar.close_button, Qt.MouseButton.LeftButton)
    assert docks["correct"].isHidden()


def test_a_panel_has_a_tab_or_a_title_bar(desktop, docks, qtbot):
    titled = lambda: {name for name in NAMES if docks[name].title_bar.height() > 10}  # noqa: E731
    qtbot.waitUntil(lambda: titled() == {"brain", "correct", "gallery"})
    desktop.window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, docks["display"])
    qtbot.waitUntil(lambda: {"display", "measures"} <= titled())
    desktop.window.actions_by_name["reset_layout"].trigger()
    qtbot.waitUntil(lambda: titled() == {"brain", "correct", "gallery"})


def test_a_key_hides_and_shows_a_whole_side(desktop, docks, qapp):
    action = desktop.window.actions_by_name["labels_side"]
    assert action.isChecked()
    action.trigger()
    assert shown(docks) == {name: name in ("brain", "gallery") for name in NAMES}
    qapp.processEvents()
    assert desktop.window.viewer.width() > 900
    action.trigger()
    assert all(shown(docks).values())
    docks["brain"].toggleViewAction().trigger()
    assert not desktop.window.actions_by_name["recipe_side"].isChecked(), "the entry says what is so"


def test_reset_puts_everything_back(desktop, docks, qapp):
    window = desktop.window
    before = {name: docks[name].geometry() for name in NAMES}
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, docks["structures"])
    docks["gallery"].hide()
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, docks["measures"])
    window.actions_by_name["reset_layout"].trigger()
    qapp.processEvents()
    qapp.processEvents()
    assert all(shown(docks).values())
    assert docks["display"] in window.tabifiedDockWidgets(docks["measures"])
    assert window.dockWidgetArea(docks["structures"]) == Qt.DockWidgetArea.RightDockWidgetArea
    for name in ("brain", "structures", "gallery"):
        after = docks[name].geometry()
        assert abs(after.top() - before[name].top()) < 20, name
        assert abs(after.height() - before[name].height()) < 20, name


def rows_of_tabs(window) -> list[list[str]]:
    """The tabs of panels behind each other that can be seen, row by row."""
    rows = window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    seen = [row for row in rows if row.isVisible() and row.geometry().intersects(window.rect())]
    return sorted([row.tabText(n) for n in range(row.count())] for row in seen)


def test_no_row_of_tabs_is_left_behind(desktop, docks, qtbot):
    window = desktop.window
    usual = [["Measures", "Display"], ["Structures", "Lines"]]
    qtbot.waitUntil(lambda: rows_of_tabs(window) == usual)
    state = docks.state()
    docks.restore(state)
    qtbot.waitUntil(lambda: rows_of_tabs(window) == usual)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, docks["display"])
    qtbot.waitUntil(lambda: rows_of_tabs(window) == usual[1:])
    window.actions_by_name["reset_layout"].trigger()
    qtbot.waitUntil(lambda: rows_of_tabs(window) == usual)


def test_the_layout_is_there_at_the_next_start(desktop, docks, pack, settings, jobs, dialogs, qtbot, qapp):
    desktop.window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, docks["structures"])
    docks["correct"].hide()
    desktop.window.may_close = True
    desktop.window.close()
    assert desktop.close()
    again = build(pack, settings, jobs=jobs, dialogs=dialogs)
    qapp.processEvents()
    qtbot.addWidget(again.window)
    try:
        again.window.show()
        found = again.window.docks
        assert again.window.dockWidgetArea(found["structures"]) == Qt.DockWidgetArea.LeftDockWidgetArea
        assert found["correct"].isHidden()
        assert not found["measures"].isHidden()
        qtbot.waitUntil(lambda: rows_of_tabs(again.window) == [["Measures", "Display"]])
    finally:
        again.window.may_close = True
        again.close()


def test_a_layout_that_cannot_be_read_does_no_harm(docks):
    assert not docks.restore(QByteArray(b"not a layout"))
    assert not docks.restore(QByteArray())
    assert all(shown(docks).values())


def test_a_small_window_still_has_room_for_the_views(desktop, docks, qapp, qtbot):
    desktop.editing.take("brush")
    desktop.window.resize(960, 510)
    qapp.processEvents()
    assert (desktop.window.width(), desktop.window.height()) == (960, 510), "1920 x 1080 at 200 %, with a task bar"
    assert desktop.window.minimumSizeHint().height() <= 510
    assert desktop.window.edit_panel.tools["brush"].visibleRegion().boundingRect().height() > 20
    desktop.window.resize(1280, 720)
    qapp.processEvents()
    qtbot.waitUntil(lambda: docks["correct"].widget().height() >= desktop.window.edit_panel.sizeHint().height())
