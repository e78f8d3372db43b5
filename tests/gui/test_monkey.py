"""Random use of the viewer: whatever is pressed, dragged and turned, nothing breaks and the marks stay."""

import random

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from gui.menus import SWITCHES

#: Actions that only look; none opens a dialog or starts work.
LOOKS = (
    *SWITCHES, "next_slice", "previous_slice", "next_ten", "previous_ten", "zoom_in", "zoom_out", "fit", "centre",
    "enlarge", "reset_views", "contrast_automatic", "contrast_full", "contrast_brain", "contrast_narrow",
    "contrast_rectangle", "look_left", "look_right", "look_front", "look_back", "look_top", "look_bottom",
    "recipe_side", "labels_side",
)  # fmt: skip
BUTTONS = (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton)
KEYS = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier)
ACTIONS = 150


def mouse(view, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton, keys: Qt.KeyboardModifier) -> None:
    event = QMouseEvent(kind, at, view.mapToGlobal(at), button, button, keys)
    QApplication.sendEvent(view, event)


def drag(view, chance: random.Random) -> None:
    """Press somewhere in the view, move, and let go, perhaps outside."""
    button, keys = chance.choice(BUTTONS), chance.choice(KEYS)
    start, *way = (QPointF(chance.randint(0, 400), chance.randint(0, 400)) for _ in range(4))
    mouse(view, QEvent.Type.MouseButtonPress, start, button, keys)
    for at in way:
        mouse(view, QEvent.Type.MouseMove, at, button, keys)
    mouse(view, QEvent.Type.MouseButtonRelease, way[-1], button, keys)


def wheel(view, chance: random.Random) -> None:
    at, turned = QPointF(chance.randint(0, 300), 50), QPoint(0, chance.choice((-120, -30, 15, 240)))
    event = QWheelEvent(
        at, view.mapToGlobal(at), QPoint(), turned, Qt.MouseButton.NoButton, chance.choice(KEYS),
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


def act(desktop, chance: random.Random) -> None:
    """One random action."""
    view = chance.choice(desktop.window.viewer.views)
    match chance.randrange(4):
        case 0:
            drag(view, chance)
        case 1:
            wheel(view, chance)
        case 2:
            view.activated.emit()
            desktop.window.actions_by_name[chance.choice(LOOKS)].trigger()
        case 3:
            panel = desktop.window.display_panel
            part = chance.choice((panel.opacity, panel.window_width, panel.level, panel.surface_opacity))
            part.setValue(chance.randint(part.minimum(), part.maximum()))


def test_nothing_random_breaks_the_viewer(desktop, qtbot, qapp):
    chance = random.Random(0)
    for _ in range(20):
        act(desktop, chance)
    desktop.controller.generate()
    qtbot.waitUntil(lambda: desktop.session.case is not None, timeout=10_000)
    viewer, grid = desktop.window.viewer, desktop.session.case.grid
    for number in range(ACTIONS):
        act(desktop, chance)
        if number % 5 == 0:
            qapp.processEvents()
    index = grid.world_to_voxel(desktop.session.crosshair)
    assert (index > -0.5).all()
    assert (index < [n - 0.5 for n in grid.shape]).all()
    if viewer.enlarged is not None:
        viewer.enlarge(viewer.enlarged)
    desktop.window.actions_by_name["reset_views"].trigger()
    qtbot.waitUntil(lambda: not viewer.surface.making, timeout=10_000)
    for view in viewer.views:
        assert not view.grab().isNull()
        assert view._why_empty() == ""
