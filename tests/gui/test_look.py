"""The look: palettes that can be read, and nothing that is cut on a small screen."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QLabel, QSlider, QToolButton

from engine.recipe import VOLUME
from gui import theme
from gui.panels.dock import Column
from gui.theme import DARK, LIGHT, Colours
from gui.viewer import marks

#: What the arrows and the frame of a number take, in pixels.
ARROWS = 24
ICON_ONLY = Qt.ToolButtonStyle.ToolButtonIconOnly


def luminance(colour: str) -> float:
    """WCAG 2.1 relative luminance."""
    chosen = QColor(colour)
    shares = chosen.redF(), chosen.greenF(), chosen.blueF()
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def contrast(one: str, other: str) -> float:
    """WCAG 2.1 contrast ratio, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
def test_words_can_be_read_on_every_ground(colours: Colours):
    for ground in (colours.window, colours.panel, colours.base, colours.raised):
        assert contrast(colours.text, ground) >= 7
        assert contrast(colours.dim, ground) >= 4.5
    assert contrast(colours.warm, colours.panel) >= 4.5
    assert contrast(colours.accent, colours.panel) >= 4.5
    assert contrast("#ffffff", colours.fill) >= 4.5
    for back in (colours.error_back, colours.notice_back):
        assert contrast(colours.text, back) >= 7


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
def test_icons_and_handles_can_be_seen(colours: Colours):
    for ground in (colours.window, colours.panel):
        assert contrast(theme.DIM, ground) >= 2.9
        assert contrast(colours.handle, ground) >= 3


def test_words_on_pictures_can_be_read():
    assert contrast(marks.ON_DARK.dim.name(), "#0b0d10") >= 7
    assert contrast(marks.ON_LIGHT.dim.name(), "#edf0f2") >= 7


def test_the_light_theme_is_switched_on_and_off_and_remembered(desktop, settings, qapp):
    app: QApplication = qapp
    assert not theme.is_light(app)
    action = desktop.window.actions_by_name["light_theme"]
    action.trigger()
    assert theme.is_light(app)
    assert action.isChecked()
    assert desktop.window.grab().toImage().pixelColor(640, 2).lightness() > 200
    settings.set_display(desktop.session.display)
    assert settings.display().light_theme
    action.trigger()
    assert not theme.is_light(app)
    assert desktop.window.grab().toImage().pixelColor(640, 2).lightness() < 60


@pytest.fixture
def filled(desktop, qtbot):
    """The window at 1280 x 720 with a measured case."""
    desktop.controller.generate()
    qtbot.waitUntil(lambda: desktop.session.report is not None and desktop.session.case is not None, timeout=10_000)
    desktop.window.resize(1280, 720)
    return desktop


def shown_parts(side, *kinds):
    return [part for kind in kinds for part in side.findChildren(kind) if part.isVisible()]


@pytest.mark.parametrize("light", [False, True])
def test_nothing_in_the_panels_is_cut_at_1280_by_720(filled, qapp, light):
    filled.session.set_display(replace(filled.session.display, light_theme=light))
    assert (filled.window.width(), filled.window.height()) == (1280, 720)
    name = filled.window.recipe_panel.rows[VOLUME].name
    assert name.width() >= name.sizeHint().width(), f"“{name.text()}” is cut"
    for tool in ("navigate", "brush"):
        filled.editing.take(tool)
        for tab in range(filled.window.tabs.count()):
            filled.window.tabs.setCurrentIndex(tab)
            for front in ("measures", "display"):
                filled.window.docks[front].raise_()
                qapp.processEvents()
                for dock in filled.window.docks.every():
                    assert_nothing_is_cut(dock)


def assert_nothing_is_cut(dock):
    """Every word of a panel is whole; what does not fit below each other can be scrolled to."""
    for column in shown_parts(dock, Column):
        needed = column.widget().minimumSizeHint().width()
        assert needed <= column.viewport().width(), f"{dock.windowTitle()} is wider than its column"
    for part in shown_parts(dock, QLabel, QAbstractButton, QComboBox, QAbstractSpinBox):
        if isinstance(part, QLabel) and part.wordWrap():
            continue
        if dock.title_bar.folded and dock.title_bar.isAncestorOf(part):
            continue
        words = part.currentText() if isinstance(part, QComboBox) else part.text()
        needed = part.minimumSizeHint().width()
        if isinstance(part, QAbstractSpinBox):
            needed = part.fontMetrics().horizontalAdvance(words) + ARROWS
        assert part.width() >= needed, f"“{words}” is cut"
        scrolled = next((c for c in shown_parts(dock, Column) if c.isAncestorOf(part)), None)
        inside = dock if scrolled is None else scrolled.widget()
        place = QRect(part.mapTo(inside, part.rect().topLeft()), part.size())
        assert inside.rect().contains(place), f"“{words}” reaches out of {dock.windowTitle()}"


def test_the_views_do_not_jump_when_a_tool_is_taken(filled, qapp):
    width = filled.window.viewer.width()
    filled.editing.take("brush")
    qapp.processEvents()
    assert filled.window.viewer.width() == width


def test_measures_and_structures_can_be_used_while_correcting(filled, qapp, qtbot):
    filled.editing.take("brush")
    qapp.processEvents()
    window = filled.window
    assert window.height() == 720
    assert window.labels_panel.tree.viewport().height() >= 4 * window.labels_panel.tree.sizeHintForRow(0)
    assert window.docks["measures"].widget().height() >= 80
    assert window.edit_panel.height() >= window.edit_panel.sizeHint().height()
    filled.editing.take("navigate")
    # The details are folded away while nothing is painted.
    qtbot.waitUntil(lambda: window.edit_panel.height() < 60)


def test_every_icon_and_slider_of_the_window_says_what_it_is_for(filled):
    icons = [part for part in shown_parts(filled.window, QToolButton) if part.toolButtonStyle() == ICON_ONLY]
    parts = [part for part in (*icons, *shown_parts(filled.window, QSlider)) if not part.objectName().startswith("qt_")]
    assert len(parts) > 20
    for part in parts:
        assert part.toolTip() or part.parent().metaObject().className() == "QTabBar", part


def test_keys_are_given_once(filled):
    keys = [a.shortcut().toString() for a in filled.window.actions_by_name._actions.values()]
    keys = [key for key in keys if key]
    assert sorted(key for key in set(keys) if keys.count(key) > 1) == []
