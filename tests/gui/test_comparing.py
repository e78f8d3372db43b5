"""Comparing through the real window: what a user does with two cases, and what stays as it was."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from engine.case import Case
from engine.grid import Grid, centred_grid
from engine.io.case_folder import save_case
from engine.jobs import new_id
from engine.pack import ModelPack
from engine.progress import Progress
from engine.volume import LabelMap, Volume
from gui.panels.compare_table import VALUES
from gui.viewer.compare_slices import BLEND, CHECKER, DIFFERENCE, SIDE
from gui.wiring.comparing import CompareDesk
from tests.engine.comparing.conftest import head, turned

GRID = centred_grid((27, 33, 24), 4.0, np.zeros(3))
FIRST, SECOND = head(GRID, name="first"), head(GRID, larger=1.5, name="second")


@pytest.fixture
def until(qtbot):
    """Waits until something is so; what it waits for arrives through the bridge."""
    return lambda so: qtbot.waitUntil(so, timeout=60_000)


@pytest.fixture
def desk(desktop):
    (found,) = desktop.window.findChildren(CompareDesk)
    return found


@pytest.fixture
def shown(desktop, desk, until):
    """The window of a comparison of the first with the second, measured."""

    def compare(first=FIRST, second=SECOND):
        desktop.session.set_case(first, unsaved=False)
        desktop.window.compare_wished.emit(first, second)
        until(lambda: desk.comparing.comparison is not None and desk.window is not None)
        until(lambda: desk.window.panel.table.topLevelItemCount() > 0)
        return desk.window

    return compare


def pixels(view) -> np.ndarray:
    image = view.grab().toImage()
    image = image.convertToFormat(image.Format.Format_RGBX8888)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)[..., :3]


def colour_at(view, world) -> np.ndarray:
    at = view.to_screen(np.array(world)).toPoint()
    return pixels(view)[at.y(), at.x()].astype(int)


# Getting there and back


def test_the_menu_opens_a_second_case_beside_the_one_that_is_open(desktop, desk, dialogs, until, tmp_path):
    action = desktop.window.actions_by_name["compare_with"]
    assert not action.isEnabled()
    desktop.session.set_case(FIRST, unsaved=False)
    assert action.isEnabled()
    dialogs.path = save_case(SECOND, tmp_path / "later")
    action.trigger()
    until(lambda: desk.comparing.comparison is not None)
    view = desk.window.view
    assert [title.text() for title in view.titles] == ["First: first", "Second: later"]
    assert desk.window.windowTitle().startswith("first and later")
    assert np.array_equal(view.pair.second.labels.data, SECOND.labels.data)
    assert desktop.session.case is FIRST


def test_close_and_escape_go_back_with_nothing_lost(desktop, shown, qtbot, until):
    desktop.session.set_case(FIRST, unsaved=True)
    desktop.session.set_crosshair(np.array([8.0, 4.0, 0.0]))
    before = desktop.session.case, desktop.session.crosshair.copy(), desktop.session.display
    window = shown()
    window.view.step(3)
    window.panel.opacity.setValue(90)
    window.panel.set_mode(DIFFERENCE)
    qtbot.mouseClick(window.panel.close_button, Qt.MouseButton.LeftButton)
    assert not window.isVisible()
    assert desktop.session.case is before[0]
    assert np.array_equal(desktop.session.crosshair, before[1])
    assert desktop.session.display == before[2]
    assert shown() is window
    window._on_escape()
    assert not window.isVisible()


def test_a_file_that_cannot_be_read_is_said_and_changes_nothing(desktop, desk, dialogs, until, tmp_path):
    desktop.session.set_case(FIRST, unsaved=False)
    dialogs.path = tmp_path / "bad.nii.gz"
    dialogs.path.write_bytes(b"no scan")
    desktop.window.actions_by_name["compare_with"].trigger()
    until(lambda: desktop.session.message is not None)
    assert desktop.session.message.error
    assert desktop.session.message.sentence.endswith(".")
    assert desk.window is None
    assert desktop.session.case is FIRST


def test_a_label_map_is_looked_at_over_the_scan_it_belongs_to(shown):
    window = shown(FIRST, replace(SECOND, image=None))
    assert window.view.pair.second.image is FIRST.image


@dataclass(frozen=True)
class FakeReadBack:
    """Like ReadBackJob: the segmenter sees the left ventricle as white matter."""

    pack: ModelPack
    case: Any
    device: str
    id: int = field(default_factory=new_id)

    def run(self):
        yield Progress(self.id, {"Reading the image": 1.0}).at("Reading the image", 0, 1)
        data = np.where(self.case.labels.data == 4, 2, self.case.labels.data)
        return replace(self.case, labels=LabelMap(data, self.case.grid))


def test_a_synthetic_case_is_compared_with_what_its_image_shows(desktop, desk, until):
    action = desktop.window.actions_by_name["compare_image"]
    desktop.session.set_case(FIRST, unsaved=False)
    assert not action.isEnabled(), "a real scan was not made from its labels"
    desktop.controller.generate()
    until(lambda: desktop.session.case is not FIRST and desktop.session.status is None)
    desk.comparing.read_back_job = FakeReadBack
    action.trigger()
    until(lambda: desk.comparing.comparison is not None)
    assert desk.window.view.titles[1].text().endswith("(read from its image)")
    assert desk.comparing.comparison.row("4").second_ml is None
    assert desk.comparing.comparison.row("43").dice == 1


# Side by side


def test_a_click_in_one_case_moves_both_and_all_planes(shown, qtbot):
    view = shown().view
    axial, below = view.rows[0]["axial"], view.rows[1]["axial"]
    target = GRID.voxel_to_world((8, 20, axial.slice_index))
    qtbot.mouseClick(axial, Qt.MouseButton.LeftButton, pos=axial.to_screen(target).toPoint())
    assert np.allclose(view.crosshair, target)
    assert np.allclose(below.crosshair, target)
    assert [row["sagittal"].slice_index for row in view.rows] == [8, 8]
    below.step(2)
    assert axial.slice_index == below.slice_index


def test_zoom_and_pan_are_linked(shown):
    view = shown().view
    upper, lower, other = view.rows[0]["axial"], view.rows[1]["axial"], view.rows[0]["coronal"]
    upper.zoom_about(QPointF(60, 50), 2.0)
    assert lower.framing.zoom == upper.framing.zoom == other.framing.zoom == 2.0
    lower.pan_by(QPointF(12, -7))
    point = np.array([5.0, 9.0, 0.0])
    shift = upper.to_screen(point) - lower.to_screen(point)
    assert abs(shift.x()) <= 1
    assert abs(shift.y()) <= 1
    view.fit()
    assert {one.framing.zoom for one in view.slices} == {1.0}


def test_the_pointer_reads_out_both_cases(shown):
    window = shown()
    window.view.hovered.emit(np.array([-8.0, 4.0, 18.0]))
    words = window.job_bar.readout.text()
    assert words.startswith("RAS -8.0, 4.0, 18.0 mm")
    assert words.count("(2)") == 1, "white matter in the first"
    assert words.count("Left lateral ventricle (4)") == 1, "ventricle in the second"


# One on the other


def bright_and_dark() -> tuple[Case, Case]:
    data = np.full(GRID.shape, 10.0)
    data[0, 0, 0] = 90
    dark = Case("dark", Volume(data, GRID))
    return Case("bright", Volume(100 - data, GRID)), dark


def test_blending_goes_from_the_first_to_the_second(shown, desktop, desk, until):
    first, second = bright_and_dark()
    desktop.window.compare_wished.emit(first, second)
    until(lambda: desk.window is not None and desk.window.view.pair is not None)
    window = desk.window
    window.view.set_display(replace(window.display, crosshair=False))
    window.panel.set_mode(BLEND)
    axial = window.view.layered["axial"]
    greys = []
    for share in (0, 50, 100):
        window.panel.share.setValue(share)
        greys.append(colour_at(axial, (9.0, 9.0, 0.0))[0])
    assert greys[0] > greys[1] > greys[2]
    assert greys[0] - greys[2] > 100
    assert abs(greys[1] - (greys[0] + greys[2]) / 2) < 6


def test_a_checkerboard_shows_both_in_turn_and_moves_with_the_head(shown, desktop, desk, until):
    first, second = bright_and_dark()
    desktop.window.compare_wished.emit(first, second)
    until(lambda: desk.window is not None and desk.window.view.pair is not None)
    window = desk.window
    window.view.set_display(replace(window.display, crosshair=False))
    window.panel.set_mode(CHECKER)
    window.panel.tile.setValue(16)
    axial = window.view.layered["axial"]
    middles = [(x, y, 0.0) for y in (8.0, 24.0, -8.0) for x in (8.0, 24.0, -8.0)]
    seen = [colour_at(axial, at)[0] > 100 for at in middles]
    tiles = [(np.floor(-x / 16) + np.floor(-y / 16)) % 2 == 0 for x, y, _ in middles]
    assert seen == tiles or seen == [not tile for tile in tiles]
    axial.pan_by(QPointF(13, 9))
    assert [colour_at(axial, at)[0] > 100 for at in middles] == seen


def test_what_was_gained_is_red_and_another_structure_can_be_chosen(shown, desk, until, qtbot):
    window = shown()
    window.panel.set_mode(DIFFERENCE)
    axial = window.view.layered["axial"]
    gained = (-8.0, 4.0, 18.0)
    window.view.set_crosshair(np.array((24.0, -36.0, 18.0)))
    until(lambda: colour_at(axial, gained)[0] > colour_at(axial, gained)[2] + 60)
    item = next(
        window.panel.table.topLevelItem(n)
        for n in range(window.panel.table.topLevelItemCount())
        if window.panel.table.topLevelItem(n).text(0) == "Cortex"
    )
    window.panel.table.itemClicked.emit(item, 0)
    assert desk.comparing.values == item.data(0, VALUES)
    index = tuple(np.round(GRID.world_to_voxel(window.view.crosshair)).astype(int))
    assert SECOND.labels.data[index] == 3, "the crosshair goes there"
    window.view.set_crosshair(np.array((24.0, -36.0, 18.0)))
    until(lambda: np.ptp(colour_at(axial, gained)) < 20)


def test_the_surface_is_red_where_it_grew(shown, until):
    window = shown()
    window.panel.set_mode(DIFFERENCE)
    surface = window.view.surface
    until(lambda: not surface.making)
    colours = pixels(surface).astype(int)
    red = (colours[..., 0] - colours[..., 2] > 60).sum()
    blue = (colours[..., 2] - colours[..., 0] > 60).sum()
    assert red > 300
    # The foot of the legend is blue, and nothing else.
    assert blue < 2000
    assert red > blue


def test_synthetic_is_said_whichever_of_the_two_is(shown):
    window = shown(FIRST, replace(SECOND, provenance={"synthetic": True}))
    amber = [
        (np.abs(pixels(row["axial"]).astype(int) - (255, 176, 46)).max(axis=-1) < 12).sum() for row in window.view.rows
    ]
    assert amber[0] == 0
    assert amber[1] > 100
    for mode in (BLEND, CHECKER, DIFFERENCE):
        window.panel.set_mode(mode)
        colours = pixels(window.view.layered["axial"]).astype(int)
        assert (np.abs(colours - (255, 176, 46)).max(axis=-1) < 12).sum() > 100


# Numbers


def test_the_table_has_the_numbers_of_the_comparison_and_can_be_copied(shown, desk):
    window = shown()
    row = desk.comparing.comparison.row("4")
    top = window.panel.table.topLevelItem(0)
    assert top.text(0) == "Ventricles"
    assert top.isExpanded()
    line = next(top.child(n) for n in range(top.childCount()) if top.child(n).data(0, VALUES) == (4,))
    assert line.text(1) == f"{row.dice:.3f}"
    assert line.text(3) == f"{row.first_ml:.1f}"
    assert line.text(5) == f"{row.change_ml:+.1f}"
    assert f"mean surface distance {row.surface_mm:.2f} mm" in line.toolTip(0)
    window.panel.copy.click()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[0].split("\t")[:2] == ["Structure", "Dice"]
    assert f"Left lateral ventricle\t{row.dice:.3f}" in "\n".join(copied)


def test_without_labels_the_scans_are_shown_and_the_table_says_why_it_is_empty(desktop, desk, until):
    desktop.window.compare_wished.emit(replace(FIRST, labels=None), SECOND)
    until(lambda: desk.window is not None and desk.window.isVisible())
    assert "Segment both scans" in desk.window.panel.notes.text()
    assert not desk.window.panel.copy.isEnabled()


def test_swap_compares_the_other_way_round(shown, desk, until):
    window = shown()
    change = desk.comparing.comparison.row("4").change_ml
    window.panel.swap.click()
    until(lambda: window.view.pair.first is SECOND and desk.comparing.comparison is not None)
    assert desk.comparing.comparison.row("4").change_ml == -change


# Registering


@dataclass(frozen=True)
class SlowAlignment:
    """Like PairJob with alignment, but without an end."""

    first: Case
    second: Case
    align: bool
    id: int = field(default_factory=new_id)

    def run(self):
        progress = Progress(self.id, {"Aligning": 1.0})
        step = 0
        while True:
            step += 1
            yield progress.at("Aligning", min(step, 99), 100)


def test_registering_tells_how_far_it_is_and_cancel_leaves_everything(shown, desk, until, qtbot):
    window = shown()
    pair = window.view.pair
    desk.comparing.pair_job = SlowAlignment
    qtbot.mouseClick(window.panel.align, Qt.MouseButton.LeftButton)
    until(lambda: "Aligning" in window.job_bar.stage.text() and window.job_bar.bar.value() > 0)
    assert window.job_bar.cancel.isVisible()
    assert not window.panel.swap.isEnabled()
    qtbot.mouseClick(window.job_bar.cancel, Qt.MouseButton.LeftButton)
    until(lambda: window.panel.swap.isEnabled())
    assert window.view.pair is pair
    assert not window.panel.align.isChecked()
    assert window.panel.table.topLevelItemCount() > 0, "the table is still there"


def test_registered_scans_meet_half_way_and_can_be_put_back(shown, desk, until, qtbot):
    move = turned((5, -4, 6), (8, -4, 4))
    second = head(GRID, move, noise=1.0, name="moved")
    window = shown(head(GRID, noise=1.0, name="first"), second)
    before = desk.comparing.comparison.row("2").dice
    window.panel.align.click()
    until(lambda: desk.comparing.pair.registration is not None and desk.comparing.comparison is not None)
    assert desk.comparing.comparison.row("2").dice > before + 0.05
    assert window.panel.align.text() == "Registered"
    assert "aligned rigidly" in window.panel.notes.text()
    window.panel.align.click()
    until(lambda: desk.comparing.pair.registration is None and desk.comparing.comparison is not None)
    assert window.panel.align.text() == "Register"
    assert window.view.pair.second is second


def test_a_registration_that_fails_says_so_and_keeps_the_comparison(shown, desk, until, rng_noise):
    window = shown(FIRST, rng_noise)
    pair = window.view.pair
    window.panel.align.click()
    until(lambda: window.message_bar.isVisible())
    assert window.message_bar.sentence.text().endswith(".")
    assert window.view.pair is pair
    assert not window.panel.align.isChecked()


@pytest.fixture
def rng_noise() -> Case:
    rng = np.random.default_rng(5)
    labels = rng.choice([0, 4], GRID.shape, p=[0.97, 0.03])
    return Case("noise", Volume(rng.random(GRID.shape) * 100, GRID), LabelMap(labels, GRID))


def test_scans_a_world_apart_are_aligned_by_themselves(desktop, desk, until):
    far = np.array(GRID.affine)
    far[:3, 3] += 3000
    second = replace(SECOND, image=Volume(SECOND.image.data, Grid(GRID.shape, far)), labels=None)
    second = replace(second, labels=LabelMap(SECOND.labels.data, second.grid))
    desktop.window.compare_wished.emit(FIRST, second)
    until(lambda: desk.comparing.pair is not None and desk.comparing.pair.registration is not None)
    assert desk.window.panel.align.isChecked()


def test_closing_the_main_window_while_two_are_aligned_ends_the_thread(shown, desktop, desk, until):
    window = shown()
    desk.comparing.pair_job = SlowAlignment
    window.panel.align.click()
    until(lambda: window.job_bar.bar.value() > 0)
    desktop.window.may_close = True
    desktop.window.close()
    assert not window.isVisible()


# Keys


def test_keys_choose_the_way_and_turn_slices(shown, qtbot):
    window = shown()
    axial = window.view.rows[0]["axial"]
    axial.activated.emit()
    before = axial.slice_index
    window.activateWindow()
    axial.setFocus()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window, timeout=5000)
    qtbot.keyClick(window, Qt.Key.Key_PageUp)
    assert axial.slice_index == before + 1
    qtbot.keyClick(window, Qt.Key.Key_3)
    assert window.panel.mode == CHECKER
    qtbot.keyClick(window, Qt.Key.Key_1)
    assert window.panel.mode == SIDE
    qtbot.keyPress(window, Qt.Key.Key_Space)
    assert not axial.display.overlay
    qtbot.keyRelease(window, Qt.Key.Key_Space)
    assert axial.display.overlay
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isVisible()


def test_a_double_click_enlarges_the_plane_of_both_cases(shown, qtbot):
    view = shown().view
    qtbot.mouseDClick(view.rows[1]["coronal"], Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
    assert [row["coronal"].isVisible() for row in view.rows] == [True, True]
    assert not view.rows[0]["axial"].isVisible()
    qtbot.mouseDClick(view.rows[0]["coronal"], Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
    assert view.rows[0]["axial"].isVisible()


def test_the_picture_shows_what_is_on_screen(shown, desktop, dialogs, tmp_path, until):
    window = shown()
    dialogs.path = tmp_path / "comparison.png"
    window.panel.picture.click()
    until(lambda: dialogs.path.exists())
    assert dialogs.path.stat().st_size > 3000
