"""Correcting labels, through the real window with the mouse."""

from dataclasses import replace
from itertools import pairwise

import nibabel as nib
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QApplication

from engine.case import Case
from engine.edit.steps import edits_of
from engine.grid import centred_grid
from engine.volume import LabelMap, Volume
from gui.dialogs import Unsaved
from gui.painting import EMPTY, INTENSITIES, STRUCTURES

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
SHAPE = (40, 44, 36)
#: A voxel of white matter of `head`, between and behind the ventricles.
WHITE = np.array([1.0, -27.0, 1.0])


def along(mm):
    """A world point to the front of `WHITE`."""
    return WHITE + np.array([0.0, mm, 0.0])


@pytest.fixture
def head(desktop, until):
    """A small head with a ventricle of 2 x 2 x 2 cm on each side, open in the window."""
    grid = centred_grid(SHAPE, 2.0, np.zeros(3))
    labels = np.zeros(SHAPE, dtype=np.uint16)
    labels[4:36, 4:40, 4:32] = 2
    labels[8:18, 17:27, 13:23] = 4
    labels[22:32, 17:27, 13:23] = 43
    image = np.where(labels == 0, 0.0, np.where(labels == 2, 800.0, 100.0))
    case = Case("head", Volume(image, grid), LabelMap(labels, grid), {"source": "test"})
    desktop.session.set_case(case, unsaved=False)
    desktop.controller.measure(case)
    until(lambda: desktop.session.report is not None)
    return case


def send(view, kind, at, button=LEFT, buttons=LEFT, keys=Qt.KeyboardModifier.NoModifier):
    where = QPointF(at)
    QApplication.sendEvent(view, QMouseEvent(kind, where, view.mapToGlobal(where), button, buttons, keys))


def drag(view, *points):
    """Press at the first world point, draw through the others, let go."""
    places = [view.to_screen(np.asarray(point, dtype=float)) for point in points]
    send(view, QEvent.Type.MouseButtonPress, places[0])
    for place in places[1:]:
        send(view, QEvent.Type.MouseMove, place, NONE)
    send(view, QEvent.Type.MouseButtonRelease, places[-1], LEFT, NONE)


def slice_of(desktop, view, at):
    """The view, turned to the slice through a world point."""
    desktop.session.set_crosshair(np.asarray(at, dtype=float))
    return desktop.window.viewer.slices[view]


def choose(desktop, **changes):
    desktop.session.set_painting(replace(desktop.session.painting, **changes))


def voxel(case, world):
    return tuple(np.round(case.grid.world_to_voxel(world)).astype(int))


def labels_of(desktop):
    return np.asarray(desktop.session.case.labels.data)


def count(desktop, label):
    return int((labels_of(desktop) == label).sum())


def shown_ml(desktop, label):
    return dict(desktop.session.report.volumes.structures)[label]


# Painting


def test_a_dab_in_each_plane_is_seen_and_counted_and_can_be_undone(desktop, until, head):
    choose(desktop, tool="brush", radius_mm=5.0)
    undo, redo = (desktop.window.actions_by_name[name] for name in ("undo", "redo"))
    for axis, view in enumerate(("sagittal", "coronal", "axial")):
        drag(slice_of(desktop, view, WHITE), WHITE)
        painted = labels_of(desktop) != head.labels.data
        assert labels_of(desktop)[voxel(head, WHITE)] == 4
        assert painted.sum() == 21, "a disc of radius 2.5 voxels"
        assert set(np.argwhere(painted)[:, axis]) == {voxel(head, WHITE)[axis]}
        assert desktop.session.unsaved
        assert desktop.window.windowTitle().startswith("head •")
        until(lambda: shown_ml(desktop, 4) == pytest.approx((1000 + 21) * 0.008))
        assert desktop.window.labels_panel.items[4].text(1) == "8.2 mL"
        assert desktop.window.edit_panel.volume.text() == "8.17 mL"

        assert undo.text() == "&Undo brush"
        undo.trigger()
        assert np.array_equal(labels_of(desktop), head.labels.data)
        until(lambda: shown_ml(desktop, 4) == pytest.approx(8.0))
        assert not undo.isEnabled()
        assert redo.text() == "&Redo brush"
        redo.trigger()
        assert count(desktop, 4) == 1021
        undo.trigger()


def test_what_is_painted_is_saved_and_opened_again(desktop, until, scan, dialogs, tmp_path):
    desktop.controller.open(scan)
    until(lambda: desktop.session.case is not None)
    desktop.controller.segment()
    until(lambda: desktop.session.case.labels is not None)
    segmented = labels_of(desktop).copy()
    middle = desktop.session.case.grid.centre
    choose(desktop, tool="brush", label=14, radius_mm=6.0)
    for view in ("axial", "coronal", "sagittal"):
        drag(slice_of(desktop, view, middle + 12), desktop.session.crosshair)
    painted = labels_of(desktop).copy()
    undo, redo = (desktop.window.actions_by_name[name] for name in ("undo", "redo"))
    undo.trigger()
    assert not np.array_equal(labels_of(desktop), painted)
    redo.trigger()
    dialogs.path = tmp_path / "corrected"
    desktop.window.actions_by_name["save"].trigger()
    until(lambda: not desktop.session.unsaved)
    assert "•" not in desktop.window.windowTitle()

    dialogs.path = tmp_path / "corrected"
    desktop.questions.open_folder()
    until(lambda: desktop.session.case.name == "corrected")
    assert np.array_equal(labels_of(desktop), painted)
    written = nib.load(tmp_path / "corrected" / "labels.nii.gz")
    assert np.array_equal(np.asarray(written.dataobj), painted)
    assert np.allclose(written.affine, nib.load(scan).affine, atol=1e-4)
    edits = edits_of(desktop.session.case)
    assert [(e["tool"], e["by"], e["label"], e["step"]) for e in edits] == [("brush", "hand", 14, n) for n in (1, 2, 3)]
    assert sum(e["voxels"] for e in edits) == np.count_nonzero(painted != segmented)


def colour_at(view, world):
    at = view.to_screen(np.asarray(world))
    return view.grab().toImage().pixelColor(at.toPoint())


def test_a_stroke_is_drawn_as_it_grows_and_is_one_step(desktop, head):
    view = slice_of(desktop, "axial", WHITE)
    choose(desktop, tool="brush", label=15, radius_mm=4.0)
    desktop.session.set_display(replace(desktop.session.display, crosshair=False, opacity=1.0))
    before = colour_at(view, WHITE)
    start, end = view.to_screen(WHITE), view.to_screen(along(24))
    send(view, QEvent.Type.MouseButtonPress, start)
    send(view, QEvent.Type.MouseMove, end, NONE)
    between = along(12)
    assert colour_at(view, between) == QColor(*head.labels.table[15].colour)
    assert desktop.window.edit_panel.volume.text() != "–", "mL follow the stroke"
    assert np.array_equal(labels_of(desktop), head.labels.data), "the case changes when the button goes up"
    send(view, QEvent.Type.MouseButtonRelease, end, LEFT, NONE)
    assert colour_at(view, between) == QColor(*head.labels.table[15].colour) != before
    assert labels_of(desktop)[voxel(head, between)] == 15, "no gap between two mouse positions"
    assert len(desktop.session.editor.history) == 1


def test_painted_borders_are_drawn_as_they_grow(desktop, head):
    view = slice_of(desktop, "axial", WHITE)
    choose(desktop, tool="brush", label=15, radius_mm=6.0)
    desktop.session.set_display(replace(desktop.session.display, crosshair=False, outline=True))
    before = view.grab().toImage()
    send(view, QEvent.Type.MouseButtonPress, view.to_screen(WHITE))
    send(view, QEvent.Type.MouseMove, view.to_screen(along(10)), NONE)
    assert view.grab().toImage() != before
    send(view, QEvent.Type.MouseButtonRelease, view.to_screen(along(10)), LEFT, NONE)


def test_the_surface_follows_when_the_button_goes_up(desktop, head, until):
    surface = desktop.window.viewer.surface
    until(lambda: not surface.making)
    before = surface.grab().toImage()
    choose(desktop, tool="brush", radius_mm=10.0, three_d=True)
    drag(slice_of(desktop, "axial", WHITE), WHITE)
    assert surface.making
    until(lambda: not surface.making)
    assert surface.grab().toImage() != before


def test_the_outline_of_the_brush_follows_the_pointer(desktop, qtbot, head):
    view = slice_of(desktop, "axial", WHITE)
    choose(desktop, tool="brush", radius_mm=8.0)
    at = view.to_screen(WHITE).toPoint()
    radius = round(8.0 / view.framing.mm_per_pixel)
    rim = [at + QPoint(radius, 0), at - QPoint(radius, 0), at + QPoint(0, radius)]
    plain = view.grab().toImage()
    qtbot.mouseMove(view, at)
    qtbot.waitUntil(lambda: all(view.grab().toImage().pixelColor(p) != plain.pixelColor(p) for p in rim))
    assert np.array_equal(labels_of(desktop), head.labels.data)
    choose(desktop, tool="navigate")
    assert all(view.grab().toImage().pixelColor(p) == plain.pixelColor(p) for p in rim)


def test_keys_change_the_brush_and_the_tool(desktop, qtbot, head):
    window = desktop.window
    radius = desktop.session.painting.radius_mm
    qtbot.keyClick(window, Qt.Key.Key_BracketRight)
    assert desktop.session.painting.radius_mm > radius
    assert window.edit_panel.radius.value() == desktop.session.painting.radius_mm
    qtbot.keyClick(window, Qt.Key.Key_BracketLeft)
    assert desktop.session.painting.radius_mm == radius
    for key, tool in (
        ("B", "brush"),
        ("D", "erase"),
        ("G", "fill"),
        ("P", "lasso"),
        ("Q", "island"),
        ("N", "navigate"),
    ):
        qtbot.keyClick(window, key)
        assert desktop.session.painting.tool == tool
        assert window.edit_panel.tools[tool].isChecked()
        assert window.actions_by_name[f"tool_{tool}"].isChecked()


def test_while_a_brush_is_in_hand_the_crosshair_stays(desktop, head):
    view = slice_of(desktop, "axial", WHITE)
    there = desktop.session.crosshair
    choose(desktop, tool="brush")
    drag(view, along(16))
    item = desktop.window.labels_panel.items[43]
    desktop.window.labels_panel.tree.itemClicked.emit(item, 0)
    assert desktop.session.painting.label == 43
    assert np.array_equal(desktop.session.crosshair, there)
    choose(desktop, tool="navigate")
    desktop.window.labels_panel.tree.itemClicked.emit(item, 0)
    assert not np.array_equal(desktop.session.crosshair, there)


def test_paint_covers_only_what_it_may(desktop, head):
    at = np.array([22.0, 0.0, 0.0])
    view = slice_of(desktop, "axial", at)
    for over, covered in ((EMPTY, {0}), (STRUCTURES, {43}), (INTENSITIES, {43, 0})):
        choose(
            desktop, tool="brush", label=15, radius_mm=20.0, three_d=True, over=over, over_labels=frozenset({43}),
            intensities=(-10.0, 150.0),
        )  # fmt: skip
        drag(view, at)
        now = labels_of(desktop)
        assert set(np.unique(head.labels.data[now != head.labels.data])) == covered
        desktop.window.actions_by_name["undo"].trigger()


def test_what_is_painted_is_not_hidden(desktop, head):
    desktop.session.set_display(replace(desktop.session.display, overlay=False, hidden=frozenset({4, 43})))
    choose(desktop, tool="brush", label=4)
    drag(slice_of(desktop, "axial", WHITE), WHITE)
    assert desktop.session.display.overlay
    assert desktop.session.display.hidden == {43}


def test_the_memory_of_undo_is_a_setting_that_is_remembered(desktop, head, settings):
    desktop.session.editor.history.set_budget(512 * 2**20)
    desktop.close()
    assert settings.history_mib == 512


# Other tools


def test_tools_of_one_click(desktop, head, settle):
    inside = np.array([13.0, 1.0, 1.0])
    undo = desktop.window.actions_by_name["undo"]
    choose(desktop, tool="erase", radius_mm=2.0)
    drag(slice_of(desktop, "coronal", inside), inside)
    assert count(desktop, 43) == 995
    assert labels_of(desktop)[voxel(head, inside)] == 0
    assert edits_of(desktop.session.case)[0]["label"] == 0
    undo.trigger()
    for three_d, voxels in ((False, 100), (True, 1000)):
        choose(desktop, tool="fill", label=4, three_d=three_d)
        drag(slice_of(desktop, "axial", inside), inside)
        settle()
        assert (count(desktop, 4), count(desktop, 43)) == (1000 + voxels, 1000 - voxels)
        undo.trigger()
    choose(desktop, tool="island")
    drag(slice_of(desktop, "sagittal", inside), inside)
    settle()
    assert (count(desktop, 4), count(desktop, 43)) == (1000, 0)
    assert labels_of(desktop)[voxel(head, inside)] == 2, "it takes the label around it"
    assert undo.text() == "&Undo remove component"


def test_a_lasso_paints_what_it_is_drawn_around(desktop, head, settle):
    view = slice_of(desktop, "axial", WHITE)
    choose(desktop, tool="lasso", label=15)
    corners = [WHITE + np.array([x, y, 0.0]) for x, y in ((-7, -7), (7, -7), (7, 7), (-7, 7), (-7, -7))]
    line = [a + share * (b - a) for a, b in pairwise(corners) for share in np.linspace(0, 1, 8)]
    drag(view, *line)
    settle()
    found = np.argwhere(labels_of(desktop) == 15)
    assert len(found) == 7 * 7
    assert set(found[:, 2]) == {voxel(head, WHITE)[2]}
    assert desktop.window.actions_by_name["undo"].text() == "&Undo lasso"


def click(view, world, *, twice=False):
    at = view.to_screen(np.asarray(world, dtype=float))
    send(view, QEvent.Type.MouseMove, at, NONE, NONE)
    send(view, QEvent.Type.MouseButtonDblClick if twice else QEvent.Type.MouseButtonPress, at)
    send(view, QEvent.Type.MouseButtonRelease, at, LEFT, NONE)


CORNERS = [WHITE + np.array([x, y, 0.0]) for x, y in ((-7, -7), (7, -7), (7, 7), (-7, 7))]


@pytest.mark.parametrize("closed_by", ["double click", "first corner"])
def test_a_polygon_is_painted_by_its_corners(desktop, head, settle, closed_by):
    view = slice_of(desktop, "axial", WHITE)
    choose(desktop, tool="lasso", label=15)
    for corner in CORNERS:
        click(view, corner)
        assert not view.grab().isNull()
    assert count(desktop, 15) == 0, "it is open yet"
    click(view, CORNERS[-1] if closed_by == "double click" else CORNERS[0], twice=closed_by == "double click")
    settle()
    assert count(desktop, 15) == 7 * 7
    assert desktop.window.viewer.enlarged is None
    assert len(desktop.session.editor.history) == 1


def test_a_polygon_is_forgotten_on_another_slice_and_with_another_tool(desktop, head, settle):
    view = slice_of(desktop, "axial", WHITE)
    choose(desktop, tool="lasso", label=15)
    for corner in CORNERS:
        click(view, corner)
    slice_of(desktop, "axial", WHITE + np.array([0, 0, 4.0]))
    click(view, CORNERS[0] + np.array([0, 0, 4.0]))
    choose(desktop, tool="navigate")
    choose(desktop, tool="lasso")
    click(view, CORNERS[1])
    settle()
    assert desktop.session.case is head


def test_two_quick_dabs_are_two_and_enlarge_nothing(desktop, head):
    view = slice_of(desktop, "axial", WHITE)
    choose(desktop, tool="brush", radius_mm=1.0)
    click(view, WHITE)
    click(view, along(8), twice=True)
    assert count(desktop, 4) == 1002
    assert desktop.window.viewer.enlarged is None


def test_operations_have_buttons_and_are_steps(desktop, head, settle):
    actions = desktop.window.actions_by_name
    choose(desktop, label=4, amount_mm=2.0)
    actions["grow"].trigger()
    settle()
    assert count(desktop, 4) == 1000 + 6 * 100
    actions["shrink"].trigger()
    settle()
    assert count(desktop, 4) == 1000
    desktop.window.viewer.activate(desktop.window.viewer.slices["axial"])
    desktop.session.set_crosshair(head.grid.voxel_to_world((12, 20, 22)))
    actions["copy_on"].trigger()
    settle()
    assert count(desktop, 4) == 1100
    assert voxel(head, desktop.session.crosshair)[2] == 23
    choose(desktop, tool="brush", radius_mm=2.0)
    drag(slice_of(desktop, "axial", WHITE), WHITE)
    assert count(desktop, 4) == 1105
    actions["keep_largest"].trigger()
    settle()
    assert count(desktop, 4) == 1100
    tip = np.array([-13.0, 25.0, 1.0])
    drag(slice_of(desktop, "axial", tip), [-13.0, 9.0, 1.0], tip)
    spiky = count(desktop, 4)
    actions["edit_smooth"].trigger()
    settle()
    assert labels_of(desktop)[voxel(head, tip)] == 2
    assert count(desktop, 4) == pytest.approx(spiky, rel=0.01)
    names = ["grow", "shrink", "copy slice", "brush", "keep largest", "brush", "smooth"]
    assert [edit["tool"] for edit in edits_of(desktop.session.case)] == names
    assert desktop.window.edit_panel.history.text() == "7 steps"
    for _ in names:
        actions["undo"].trigger()
    assert np.array_equal(labels_of(desktop), head.labels.data)


def test_slices_between_are_filled(desktop, head, settle):
    choose(desktop, label=15, tool="brush", radius_mm=6.0)
    for z in (-9.0, 7.0):
        at = np.array([0.0, -28.0, z])
        drag(slice_of(desktop, "axial", at), at)
    desktop.window.viewer.activate(desktop.window.viewer.slices["axial"])
    desktop.window.actions_by_name["interpolate"].trigger()
    settle()
    assert len(set(np.argwhere(labels_of(desktop) == 15)[:, 2])) == 9


def test_an_operation_without_effect_says_so(desktop, head, settle):
    choose(desktop, label=15)
    desktop.window.actions_by_name["keep_largest"].trigger()
    settle()
    assert desktop.session.message.sentence == "There was nothing to change."
    assert desktop.session.case is head
    assert not desktop.session.unsaved


def test_a_scan_without_labels_can_be_painted(desktop, until, scan):
    desktop.controller.open(scan)
    until(lambda: desktop.session.case is not None)
    middle = desktop.session.crosshair
    choose(desktop, tool="brush", radius_mm=9.0)
    drag(slice_of(desktop, "axial", middle), middle)
    assert labels_of(desktop)[voxel(desktop.session.case, middle)] == 4
    until(lambda: desktop.session.report is not None)
    assert desktop.session.report.volumes.ventricular_ml > 0


# Automatic steps


def test_segmenting_over_edits_asks_first_and_can_be_undone(desktop, until, head, dialogs):
    choose(desktop, tool="brush")
    drag(slice_of(desktop, "axial", WHITE), WHITE)
    edited = desktop.session.case
    dialogs.unsaved_answer = Unsaved.CANCEL
    desktop.window.actions_by_name["segment"].trigger()
    assert dialogs.asked == ["unsaved"]
    assert desktop.session.status is None
    dialogs.unsaved_answer = Unsaved.DISCARD
    desktop.window.segment_button.click()
    until(lambda: desktop.session.case is not edited and desktop.session.status is None)
    assert desktop.window.actions_by_name["undo"].text() == "&Undo segmentation"
    desktop.window.actions_by_name["undo"].trigger()
    assert desktop.session.case is edited
    desktop.window.actions_by_name["undo"].trigger()
    assert np.array_equal(labels_of(desktop), head.labels.data)


def test_generating_over_edits_asks_first_and_can_be_undone(desktop, until, dialogs):
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None)
    middle = desktop.session.crosshair
    choose(desktop, tool="brush", label=15, radius_mm=12.0)
    drag(slice_of(desktop, "coronal", middle), middle)
    edited = desktop.session.case
    assert edited.synthetic
    dialogs.unsaved_answer = Unsaved.DISCARD
    desktop.window.actions_by_name["generate"].trigger()
    assert dialogs.asked == ["unsaved"]
    until(lambda: desktop.session.case is not edited and desktop.session.status is None)
    assert edits_of(desktop.session.case) == []
    desktop.window.actions_by_name["undo"].trigger()
    assert desktop.session.case is edited
    until(lambda: desktop.session.report is not None and shown_ml(desktop, 15) > 0)


def test_a_moved_slider_does_not_replace_edits(desktop, qtbot, until):
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None)
    choose(desktop, tool="brush", label=15, radius_mm=12.0)
    drag(slice_of(desktop, "coronal", desktop.session.crosshair), desktop.session.crosshair)
    edited = desktop.session.case
    desktop.session.set_live(True)
    desktop.controller.edit_recipe(replace(desktop.session.recipe, anatomy_seed=77))
    assert "corrected by hand" in desktop.session.message.sentence
    with qtbot.assertNotEmitted(desktop.session.status_changed, wait=200):
        pass
    assert desktop.session.case is edited


def test_a_draft_cannot_be_painted(desktop, until, gate):
    gate.clear()
    desktop.controller.generate()
    until(lambda: desktop.session.draft is not None)
    choose(desktop, tool="brush")
    draft = desktop.session.draft
    drag(slice_of(desktop, "axial", desktop.session.crosshair), desktop.session.crosshair)
    assert "as soon as" in desktop.session.message.sentence
    assert desktop.session.draft is draft
    gate.set()
    until(lambda: desktop.session.case is not None and desktop.session.status is None)


def test_a_case_that_arrives_during_a_stroke_ends_it(desktop, until, gate):
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None and desktop.session.status is None)
    view = slice_of(desktop, "axial", desktop.session.crosshair)
    choose(desktop, tool="brush", label=15, radius_mm=10.0)
    at = view.to_screen(desktop.session.crosshair)
    send(view, QEvent.Type.MouseButtonPress, at)
    made = replace(desktop.session.case, name="made")
    desktop.session.set_case(made, unsaved=True)
    send(view, QEvent.Type.MouseMove, at + QPointF(20, 0), NONE)
    send(view, QEvent.Type.MouseButtonRelease, at + QPointF(20, 0), LEFT, NONE)
    assert count(desktop, 15) == 0
    desktop.window.actions_by_name["undo"].trigger()
    assert count(desktop, 15) > 0


def test_another_tool_ends_a_stroke(desktop, qtbot, head):
    view = slice_of(desktop, "axial", WHITE)
    choose(desktop, tool="brush")
    send(view, QEvent.Type.MouseButtonPress, view.to_screen(WHITE))
    qtbot.keyClick(desktop.window, "D")
    assert labels_of(desktop)[voxel(head, WHITE)] == 4
    send(view, QEvent.Type.MouseMove, view.to_screen(along(9)), NONE)
    send(view, QEvent.Type.MouseButtonRelease, view.to_screen(along(9)), LEFT, NONE)
    assert len(desktop.session.editor.history) == 1


def test_a_smaller_brush_goes_on_with_the_stroke(desktop, qtbot, head):
    view = slice_of(desktop, "axial", WHITE)
    choose(desktop, tool="brush", radius_mm=6.0)
    send(view, QEvent.Type.MouseButtonPress, view.to_screen(WHITE))
    qtbot.keyClick(desktop.window, Qt.Key.Key_BracketLeft)
    send(view, QEvent.Type.MouseMove, view.to_screen(along(16)), NONE)
    send(view, QEvent.Type.MouseButtonRelease, view.to_screen(along(16)), LEFT, NONE)
    assert labels_of(desktop)[voxel(head, along(16))] == 4
    assert len(desktop.session.editor.history) == 1
