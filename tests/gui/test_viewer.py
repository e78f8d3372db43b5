"""The four views together: sliders, linked zoom, presets, standard views, pictures, picked labels."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPixmap
from PySide6.QtWidgets import QApplication, QToolButton

from engine.case import Case
from engine.grid import Grid
from engine.volume import LabelMap, Volume
from gui.display import PRESETS, Display, contrast
from gui.viewer.planes import letters

_C, _S = np.cos(0.3), np.sin(0.3)
#: Oblique, left-handed, and longer than it is wide.
AFFINE = np.array([[-4 * _C, 0, 4 * _S, 50], [-4 * _S * _S, 4 * _C, -4 * _S * _C, -50],
                   [4 * _S * _C, 4 * _S, 4 * _C * _C, -60], [0, 0, 0, 1]])  # fmt: skip
SHAPE = (28, 40, 32)


def head(**provenance) -> Case:
    """White matter with a lateral ventricle on each side, the right one larger."""
    grid = Grid(SHAPE, AFFINE)
    world = grid.voxel_to_world(np.moveaxis(np.indices(SHAPE), 0, -1)) - grid.centre
    data = np.where(np.linalg.norm(world, axis=-1) < 50, 2, 0)
    for side, value, radius in ((-1, 4, 12), (1, 43, 16)):
        data[np.linalg.norm(world - (20 * side, 0, 0), axis=-1) < radius] = value
    image = np.array([0.0, 500, 900])[np.searchsorted([1, 3], data)]
    return Case("head", Volume(image, grid), LabelMap(data, grid), provenance)


@pytest.fixture
def shown(desktop, qtbot):
    """The window with a case in it, all drawn."""
    desktop.session.set_case(head(synthetic=True), unsaved=False)
    qtbot.waitUntil(lambda: not desktop.window.viewer.surface.making, timeout=10_000)
    return desktop


def trigger(desktop, name: str) -> None:
    desktop.window.actions_by_name[name].trigger()


def change(desktop, **fields) -> None:
    desktop.session.set_display(replace(desktop.session.display, **fields))


def scales(desktop) -> list[float]:
    return [view.framing.mm_per_pixel for view in desktop.window.viewer.slices.values()]


# Slices


@pytest.mark.parametrize("name", ["axial", "coronal", "sagittal"])
def test_a_slider_turns_its_slices_towards_right_front_and_top(shown, name):
    viewer = shown.window.viewer
    view, slider = viewer.slices[name], viewer.panes[viewer.slices[name]].slider
    assert (slider.minimum(), slider.maximum()) == (0, view.plane.slices - 1)
    assert slider.value() == view.position
    world = {"axial": 2, "coronal": 1, "sagittal": 0}[name]
    before = shown.session.crosshair[world]
    slider.setValue(slider.value() + 3)
    assert shown.session.crosshair[world] > before
    assert view.position == slider.value()
    assert "mm" in slider.accessibleDescription()


def test_a_slider_follows_the_crosshair(shown):
    viewer = shown.window.viewer
    shown.session.set_crosshair(shown.session.case.grid.voxel_to_world((3, 5, 7)))
    for view in viewer.slices.values():
        assert viewer.panes[view].slider.value() == view.position


def test_shift_and_page_keys_turn_ten_slices(shown, qtbot):
    axial = shown.window.viewer.slices["axial"]
    axial.activated.emit()
    before = axial.position
    qtbot.keyClick(shown.window, Qt.Key.Key_PageUp, Qt.KeyboardModifier.ShiftModifier)
    assert axial.position == before + 10
    qtbot.keyClick(shown.window, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(shown.window, Qt.Key.Key_PageDown)
    assert axial.position == before - 1


# Zoom


def test_linked_slices_have_one_scale_from_the_start_and_when_one_is_zoomed(shown):
    assert len({round(scale, 9) for scale in scales(shown)}) == 1
    before = scales(shown)[0]
    shown.window.viewer.slices["coronal"].zoom_about(QPointF(40, 40), 2.0)
    assert np.allclose(scales(shown), before / 2)


def test_zooming_one_keeps_the_crosshair_in_place_in_the_others(shown):
    axial = shown.window.viewer.slices["axial"]
    shown.session.set_crosshair(shown.session.case.grid.voxel_to_world((5, 9, 12)))
    before = axial.to_screen(shown.session.crosshair)
    shown.window.viewer.slices["coronal"].zoom_about(QPointF(40, 40), 2.0)
    after = axial.to_screen(shown.session.crosshair)
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()))


def test_unlinked_slices_zoom_by_themselves_and_are_linked_again(shown):
    change(shown, linked_zoom=False)
    first = scales(shown)
    assert len({round(scale, 6) for scale in first}) > 1, "each fits its own slice"
    shown.window.viewer.slices["axial"].activated.emit()
    trigger(shown, "zoom_in")
    assert scales(shown)[0] < first[0]
    assert scales(shown)[1:] == first[1:]
    trigger(shown, "linked_zoom")
    assert len({round(scale, 9) for scale in scales(shown)}) == 1


def test_fit_shows_the_whole_head_again(shown):
    before = scales(shown)
    axial = shown.window.viewer.slices["axial"]
    corner = axial.to_world(QPointF(0, 0))
    axial.zoom_about(QPointF(10, 10), 3.0)
    axial.pan_by(QPointF(50, 20))
    shown.window.viewer.panes[axial].fit.click()
    assert scales(shown) == before
    assert np.allclose(axial.to_world(QPointF(0, 0)), corner)


def test_centre_brings_the_crosshair_into_the_middle(shown):
    shown.session.set_crosshair(shown.session.case.grid.voxel_to_world((5, 9, 12)))
    trigger(shown, "centre")
    for view in shown.window.viewer.slices.values():
        at = view.to_screen(shown.session.crosshair)
        assert (at.x(), at.y()) == pytest.approx((view.width() / 2, view.height() / 2))


# Contrast


@pytest.mark.parametrize("name", PRESETS)
def test_presets_set_the_contrast(shown, name):
    change(shown, window=2.5, level=-0.2)
    trigger(shown, f"contrast_{name}")
    window, level = contrast(shown.session.display, shown.window.viewer._usual)
    assert level - window / 2 >= -1e-6
    assert level + window / 2 <= 900 + 1e-6
    assert window <= 901


def test_a_rectangle_is_taken_once(shown, qtbot):
    axial = shown.window.viewer.slices["axial"]
    trigger(shown, "contrast_rectangle")
    before, display = shown.session.crosshair, shown.session.display
    middle = axial.rect().center()
    qtbot.mousePress(axial, Qt.MouseButton.LeftButton, pos=middle - QPoint(40, 30))
    qtbot.mouseMove(axial, middle + QPoint(40, 30))
    qtbot.mouseRelease(axial, Qt.MouseButton.LeftButton, pos=middle + QPoint(40, 30))
    assert np.array_equal(shown.session.crosshair, before)
    assert shown.session.display != display
    qtbot.mouseClick(axial, Qt.MouseButton.LeftButton, pos=middle - QPoint(40, 30))
    assert not np.array_equal(shown.session.crosshair, before), "navigation is back"


# Labels


def test_a_click_selects_the_structure_under_it(shown, qtbot):
    axial, panel = shown.window.viewer.slices["axial"], shown.window.labels_panel
    labels = shown.session.case.labels
    middle = labels.grid.voxel_to_world(np.array(SHAPE) // 2)
    shown.session.set_crosshair(middle)
    for value in (4, 43):
        inside = np.argwhere(labels.data == value)
        inside = inside[inside[:, axial.plane.axis] == axial.slice_index].mean(axis=0)
        at = axial.to_screen(labels.grid.voxel_to_world(inside)).toPoint()
        qtbot.mouseClick(axial, Qt.MouseButton.LeftButton, pos=at)
        assert panel.tree.currentItem() is panel.items[value]
        assert panel.items[value].isSelected()
    air = np.argwhere(labels.data == 0)
    air = air[air[:, axial.plane.axis] == axial.slice_index][0]
    qtbot.mouseClick(axial, Qt.MouseButton.LeftButton, pos=axial.to_screen(labels.grid.voxel_to_world(air)).toPoint())
    assert not panel.tree.selectedItems(), "nothing is labelled outside"


def test_outlines_leave_the_scan_in_sight(shown):
    axial = shown.window.viewer.slices["axial"]
    coloured = {}
    for outline in (False, True):
        change(shown, outline=outline, opacity=1.0, crosshair=False)
        axial.repaint()
        pixels = pixels_of(axial.picture).astype(int)
        coloured[outline] = np.ptp(pixels[..., :3], axis=-1) > 20
    assert 0 < coloured[True].sum() < 0.5 * coloured[False].sum()


# 3D


@pytest.mark.parametrize(
    ("side", "left", "top"),
    [("left", "A", "S"), ("right", "P", "S"), ("front", "R", "S"), ("back", "L", "S"), ("top", "L", "A"),
     ("bottom", "R", "A")],
)  # fmt: skip
def test_standard_views_look_from_where_they_say(shown, side, left, top):
    trigger(shown, f"look_{side}")
    surface = shown.window.viewer.surface
    right, up = surface._scene.axes()
    assert (letters(-right), letters(up)) == (left, top)


def test_the_larger_ventricle_is_on_its_side_of_the_surface(shown):
    change(shown, brain=False)
    counts = {}
    for side in ("front", "back"):
        trigger(shown, f"look_{side}")
        shown.window.viewer.surface.repaint()
        pixels = pixels_of(shown.window.viewer.surface.picture).astype(int)
        lit = pixels[..., 2] - pixels[..., 1] > 40
        half = lit.shape[1] // 2
        counts[side] = lit[:, :half].sum(), lit[:, half:].sum()
    assert counts["front"][0] > 1.2 * counts["front"][1], "seen from the front, the right is on the left"
    assert counts["back"][1] > 1.2 * counts["back"][0]


def test_background_brain_and_opacity_change_the_surface(shown):
    surface = shown.window.viewer.surface
    surface.repaint()
    before = pixels_of(surface.picture)
    change(shown, brain=False)
    surface.repaint()
    without = pixels_of(surface.picture)
    assert (before != without).any(axis=-1).mean() > 0.05
    change(shown, light_surface=True)
    surface.repaint()
    assert pixels_of(surface.picture)[5, 5, :3].min() > 200
    solid = pixels_of(surface.picture)
    change(shown, surface_opacity=0.3)
    surface.repaint()
    assert pixels_of(surface.picture)[..., 1].astype(int).sum() > solid[..., 1].astype(int).sum()


def test_more_smoothing_makes_a_smaller_surface(shown, qtbot):
    surface = shown.window.viewer.surface
    areas = {}
    for amount in (0, 40):
        change(shown, surface_smoothing=amount)
        qtbot.waitUntil(lambda: not surface.making, timeout=10_000)
        areas[amount] = points_spread(surface)
    assert areas[40] < areas[0]


def points_spread(surface) -> float:
    bounds = surface._scene._ventricles.GetMapper().GetInput().GetBounds()
    return sum(bounds[2 * axis + 1] - bounds[2 * axis] for axis in range(3))


@pytest.mark.parametrize(
    ("button", "keys"),
    [(Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier),
     (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier)],
)  # fmt: skip
def test_a_middle_or_shift_drag_moves_the_surface_without_turning_it(shown, button, keys):
    scene = shown.window.viewer.surface._scene
    (right, up), focus = scene.axes(), np.array(scene._canvas.camera.GetFocalPoint())
    drag(shown.window.viewer.surface, button, keys)
    moved = np.array(scene._canvas.camera.GetFocalPoint()) - focus
    assert np.allclose(scene.axes(), (right, up))
    assert moved @ right < -1, "what is seen went to the right"
    assert abs(moved @ up) < 1e-6


def test_a_right_drag_upwards_comes_closer(shown):
    camera = shown.window.viewer.surface._scene._canvas.camera
    before = camera.GetViewAngle()
    drag(shown.window.viewer.surface, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, QPointF(60, 20))
    assert camera.GetViewAngle() < before


def drag(view, button, keys, end: QPointF | None = None) -> None:
    """Press at (60, 60) and move."""
    for kind, at in ((QEvent.Type.MouseButtonPress, QPointF(60, 60)), (QEvent.Type.MouseMove, end or QPointF(100, 60))):
        QApplication.sendEvent(view, QMouseEvent(kind, at, view.mapToGlobal(at), button, button, keys))


# Pictures


def test_a_picture_of_one_view_and_of_the_layout_say_synthetic(shown, dialogs, tmp_path, qtbot):
    def written() -> QImage:
        qtbot.waitUntil(dialogs.path.exists)
        return QImage(str(dialogs.path))

    dialogs.path = tmp_path / "view.png"
    coronal = shown.window.viewer.slices["coronal"]
    size = coronal.size()
    shown.window.viewer.panes[coronal].picture.click()
    one = written()
    assert one.size() == size
    assert amber(one) > 100
    dialogs.path = tmp_path / "active.png"
    shown.window.viewer.surface.activated.emit()
    size = shown.window.viewer.surface.size()
    trigger(shown, "save_view_picture")
    assert written().size() == size
    dialogs.path = tmp_path / "all.png"
    trigger(shown, "save_picture")
    assert amber(written()) > 4 * 90


def test_the_picture_of_the_layout_holds_the_enlarged_view_alone(shown):
    axial = shown.window.viewer.slices["axial"]
    shown.window.viewer.panes[axial].enlarge.click()
    picture = shown.window.viewer.take_picture()
    assert isinstance(picture, QPixmap)
    assert 90 < amber(picture.toImage()) < 2 * amber(axial.grab().toImage())
    assert [view.isVisible() for view in shown.window.viewer.views] == [True, False, False, False]


def pixels_of(image: QImage) -> np.ndarray:
    """(height, width, 4)"""
    image = image.convertToFormat(QImage.Format.Format_RGBX8888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4).copy()


def amber(image: QImage) -> int:
    """How many pixels have the colour of the SYNTHETIC mark."""
    return int((np.abs(pixels_of(image)[..., :3].astype(int) - (255, 176, 46)).max(axis=-1) < 12).sum())


# Reach


def test_every_button_beside_a_view_has_words_a_tip_with_its_key_and_a_name(shown):
    buttons = [b for pane in shown.window.viewer.panes.values() for b in pane.findChildren(QToolButton)]
    assert len(buttons) == 13
    for button in buttons:
        assert button.text()
        assert "(" in button.toolTip()
        assert button.accessibleName()
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert not button.icon().isNull()


def test_focus_by_keyboard_makes_a_view_the_active_one(shown):
    coronal = shown.window.viewer.slices["coronal"]
    shown.window.activateWindow()
    coronal.setFocus(Qt.FocusReason.TabFocusReason)
    assert shown.window.viewer.active is coronal


def test_display_is_complete_after_a_restart(settings):
    wanted = Display(outline=True, smooth=False, linked_zoom=False, surface_opacity=0.4, surface_smoothing=30,
                     brain=False, light_surface=True, light_theme=True)  # fmt: skip
    settings.set_display(wanted)
    assert settings.display() == wanted


def test_the_keyboard_reads_out_and_picks_what_the_crosshair_is_on(shown, qtbot):
    labels, axial = shown.session.case.labels, shown.window.viewer.slices["axial"]
    shown.session.set_crosshair(labels.grid.voxel_to_world(np.argwhere(labels.data == 43)[40]))
    qtbot.keyClick(axial, Qt.Key.Key_Return)
    assert shown.window.labels_panel.tree.currentItem() is shown.window.labels_panel.items[43]
    qtbot.keyClick(axial, Qt.Key.Key_Right)
    assert "RAS" in shown.window.job_bar.readout.text()


def test_a_click_on_a_button_or_structure_leaves_space_to_the_peek(shown, qtbot):
    window = shown.window
    window.activateWindow()
    axial = window.viewer.slices["axial"]
    axial.setFocus()
    qtbot.mouseClick(window.display_panel.smooth, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    item = window.labels_panel.tree.visualItemRect(window.labels_panel.items[4]).center()
    qtbot.mouseClick(window.labels_panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=item)
    assert window.focusWidget() is axial
    qtbot.keyPress(window.focusWidget(), Qt.Key.Key_Space)
    assert not axial.display.overlay
    qtbot.keyRelease(window.focusWidget(), Qt.Key.Key_Space)
    assert axial.display.overlay
    for part in (window.display_panel.smooth, window.labels_panel.tree, window.recipe_panel.generate):
        assert part.focusPolicy() == Qt.FocusPolicy.TabFocus


def test_letters_are_keys_of_the_views_from_the_start(shown, qtbot):
    assert shown.window.focusWidget() is shown.window.viewer
    qtbot.keyClick(shown.window.focusWidget(), "O")
    assert not shown.session.display.overlay
