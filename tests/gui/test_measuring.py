"""Measures in the window: listed, drawn, moved and drawn by hand with real mouse events, undone, saved."""

import json

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from engine.evaluation.phantoms import Phantom, phantom_map
from engine.grid import Grid
from engine.io.nifti import write_label_map, write_volume
from engine.measuring.by_hand import drawn_of, moved_of
from engine.volume import Volume
from gui.measuring import Item, Measuring
from gui.painting import BRUSH, NAVIGATE
from gui.viewer.measure_marks import MeasureMarks

SHAPE, SPACING = (56, 82, 42), 2.5
EVANS = Item(key="evans_index")
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="session")
def phantom():
    affine = np.diag([SPACING, SPACING, SPACING, 1.0])
    affine[:3, 3] = -np.array(SHAPE) * SPACING / 2 + [0, -20, 5]
    return phantom_map(Phantom(), Grid(SHAPE, affine))


@pytest.fixture
def measuring(desktop, qtbot, phantom, tmp_path):
    """The measures of a phantom that is open with its scan."""
    grey = np.where(phantom.data == 0, 0.0, 500.0 + phantom.data)
    write_volume(tmp_path / "scan.nii.gz", Volume(grey, phantom.grid))
    write_label_map(tmp_path / "labels.nii.gz", phantom)
    found = desktop.window.findChild(Measuring)
    with qtbot.waitSignal(desktop.session.shown_changed, timeout=20000):
        desktop.controller.open(tmp_path / "scan.nii.gz")
    with qtbot.waitSignal(desktop.session.report_changed, timeout=20000):
        desktop.controller.open(tmp_path / "labels.nii.gz")
    qtbot.waitUntil(lambda: len(found.measures()) == 9, timeout=60000)
    return found


def value(desktop, item):
    return desktop.window.linear_panel.items[item].text(1)


def drag(qtbot, view, start, end):
    """A left drag from one world point to another."""
    first, last = (view.to_screen(np.array(at)).toPoint() for at in (start, end))
    qtbot.mousePress(view, LEFT, pos=first)
    qtbot.mouseMove(view, (first + last) / 2)
    qtbot.mouseMove(view, last)
    qtbot.mouseRelease(view, LEFT, pos=last)


def choose(desktop, qtbot, item):
    """Click on a line of the list."""
    tree, row = desktop.window.linear_panel.tree, desktop.window.linear_panel.items[item]
    desktop.window.docks["lines"].raise_()
    tree.scrollToItem(row)
    qtbot.mouseClick(tree.viewport(), LEFT, pos=tree.visualItemRect(row).center())


def press(desktop, qtbot, key, keys=Qt.KeyboardModifier.NoModifier):
    view = desktop.window.viewer.slices["axial"]
    view.setFocus()
    qtbot.keyClick(view, key, keys)


def test_measures_are_listed_with_value_definition_and_source(desktop, measuring):
    evans = measuring.measures()[3]
    assert evans.value == pytest.approx(40 / 136, abs=0.03)
    assert value(desktop, EVANS) == f"{evans.value:.3f}"
    assert value(desktop, Item(key="callosal_angle")).endswith("°")
    row = desktop.window.linear_panel.items[EVANS]
    assert "Largest width across both frontal horns" in row.toolTip(0)
    assert "Arch Neurol Psychiatry" in row.toolTip(0)


def test_what_cannot_be_measured_says_why(desktop, qtbot, measuring, phantom):
    case = desktop.session.case
    data = np.where(np.isin(phantom.data, (5, 44)), 2, phantom.data)
    labels = type(phantom)(data, phantom.grid)
    desktop.session.set_case(type(case)("gone", case.image, labels), unsaved=False)
    desktop.controller.measure(desktop.session.case)
    item = Item(key="left_temporal_horn_width")
    assert measuring.measures() == ()
    qtbot.waitUntil(lambda: len(measuring.measures()) == 9, timeout=60000)
    assert value(desktop, item) == "–"
    choose(desktop, qtbot, item)
    assert "left inferior lateral ventricle" in desktop.window.linear_panel.detail.text()


def test_choosing_a_measure_goes_to_its_slice_and_draws_its_line(desktop, qtbot, measuring):
    choose(desktop, qtbot, EVANS)
    line = measuring.measures()[3].lines[0]
    view = desktop.window.viewer.slices["axial"]
    assert abs(desktop.session.crosshair[2] - line.start[2]) <= SPACING / 2
    place = view.to_screen(np.add(line.start, line.end) / 2 + np.array([8, 0, 0])).toPoint()
    yellow = view.grab().toImage().pixelColor(place)
    assert yellow.red() - yellow.blue() > 60


def test_an_end_can_be_dragged_and_that_is_undone_and_redone(desktop, qtbot, measuring):
    choose(desktop, qtbot, EVANS)
    before, end = value(desktop, EVANS), np.array(measuring.measures()[3].lines[0].end)
    drag(qtbot, desktop.window.viewer.slices["axial"], end, np.add(end, [10, 0, 0]))
    assert value(desktop, EVANS).endswith("by hand")
    assert float(value(desktop, EVANS).split()[0]) == pytest.approx(float(before) + 10 / 136, abs=0.02)
    assert len(moved_of(desktop.session.case.provenance)) == 1
    assert desktop.session.unsaved
    press(desktop, qtbot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert value(desktop, EVANS) == before
    press(desktop, qtbot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert value(desktop, EVANS).endswith("by hand")
    press(desktop, qtbot, Qt.Key.Key_Delete)
    assert value(desktop, EVANS) == before


def test_a_distance_an_angle_and_a_region_are_drawn_listed_and_saved(desktop, qtbot, measuring, tmp_path):
    view = desktop.window.viewer.slices["axial"]
    at = desktop.session.crosshair
    press(desktop, qtbot, Qt.Key.Key_M)
    assert desktop.window.actions_by_name["measure_distance"].isChecked()
    drag(qtbot, view, np.add(at, [-40, 30, 0]), np.add(at, [0, 60, 0]))
    assert not desktop.window.actions_by_name["measure_distance"].isChecked()
    assert float(value(desktop, Item(number=0)).split()[0]) == pytest.approx(50, abs=2)
    press(desktop, qtbot, Qt.Key.Key_A)
    drag(qtbot, view, np.add(at, [-40, 0, 0]), np.add(at, [0, 0, 0]))
    qtbot.mouseClick(view, LEFT, pos=view.to_screen(np.add(at, [0, 40, 0])).toPoint())
    assert float(value(desktop, Item(number=1)).rstrip("°")) == pytest.approx(90, abs=3)
    press(desktop, qtbot, Qt.Key.Key_R)
    drag(qtbot, view, np.add(at, [-50, -10, 0]), np.add(at, [-20, -40, 0]))
    case = desktop.session.case
    corners = case.grid.world_to_voxel(np.array(drawn_of(case.provenance)[2].points))
    low, high = np.ceil(corners.min(axis=0)).astype(int), np.floor(corners.max(axis=0)).astype(int)
    k = round(corners[0, 2])
    grey = np.asarray(case.image.data)[low[0] : high[0] + 1, low[1] : high[1] + 1, k]
    assert value(desktop, Item(number=2)) == f"mean {grey.mean():.4g}"
    assert f"{grey.size} voxels" in desktop.window.linear_panel.detail.text()
    choose(desktop, qtbot, Item(number=0))
    press(desktop, qtbot, Qt.Key.Key_Delete)
    assert len(measuring.drawn()) == 2
    with qtbot.waitSignal(desktop.session.saved, timeout=30000):
        desktop.controller.save(tmp_path / "saved")
    entries = json.loads((tmp_path / "saved" / "case.json").read_text(encoding="utf-8"))["measurements"]
    assert [entry["kind"] for entry in entries] == ["angle", "rectangle"]
    assert entries[1]["mean"] == pytest.approx(grey.mean(), abs=1e-3)
    with qtbot.waitSignal(desktop.session.shown_changed, timeout=30000):
        desktop.controller.open(tmp_path / "saved")
    assert len(measuring.drawn()) == 2


def test_escape_puts_a_tool_down_and_painting_leaves_marks_alone(desktop, qtbot, measuring):
    view, session = desktop.window.viewer.slices["axial"], desktop.session
    press(desktop, qtbot, Qt.Key.Key_B)
    assert session.painting.tool == BRUSH
    press(desktop, qtbot, Qt.Key.Key_M)
    assert session.painting.tool == NAVIGATE
    qtbot.mouseClick(view, LEFT, pos=QPoint(60, 60))
    press(desktop, qtbot, Qt.Key.Key_Escape)
    assert not desktop.window.actions_by_name["measure_distance"].isChecked()
    assert measuring.drawn() == ()
    choose(desktop, qtbot, EVANS)
    marks, end = desktop.window.findChild(MeasureMarks), measuring.measures()[3].lines[0].end
    assert marks.end_at(view, view.to_screen(np.array(end))) is not None
    press(desktop, qtbot, Qt.Key.Key_B)
    assert marks.end_at(view, view.to_screen(np.array(end))) is None
