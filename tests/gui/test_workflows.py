"""What a user does, through the real window, worker and bridge."""

import time
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPixmap
from PySide6.QtWidgets import QApplication

from engine.recipe import VOLUME
from gui.app import build
from gui.dialogs import Unsaved
from gui.display import Display


def drop(window, path: Path) -> None:
    """Drag a file onto the window and let it go."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(400, 300), copy, data, left, none))
    QApplication.sendEvent(window, QDropEvent(QPointF(400, 300), copy, data, left, none))


def shown_ml(desktop) -> float | None:
    report = desktop.session.report
    return report.volumes.ventricular_ml if report is not None else None


# Generating


def test_a_dragged_slider_shows_drafts_and_then_the_case(desktop, qtbot, until):
    shown = []
    desktop.session.shown_changed.connect(lambda now: shown.append((now.draft, now.case.image is not None)))
    desktop.session.set_live(True)
    slider = desktop.window.recipe_panel.rows[VOLUME].slider
    for value in (40, 60, 90):
        slider.setValue(value)
    until(lambda: desktop.session.case is not None)
    assert shown[0] == (True, False), "a draft of the labels comes first"
    assert shown[-1] == (False, True)
    until(lambda: desktop.session.report is not None and not desktop.session.report.draft)
    assert desktop.session.report.target_ml == 100
    assert shown_ml(desktop) == pytest.approx(100, rel=0.1)
    assert desktop.window.measures_panel.values["target"].text() == "100.0 mL"
    assert desktop.session.unsaved
    assert desktop.session.device == "Test device"


def test_without_live_a_slider_waits_for_the_button(desktop, qtbot, until):
    desktop.window.recipe_panel.rows[VOLUME].slider.setValue(50)
    with qtbot.assertNotEmitted(desktop.session.status_changed, wait=200):
        pass
    qtbot.mouseClick(desktop.window.recipe_panel.generate, Qt.MouseButton.LeftButton)
    until(lambda: desktop.session.case is not None)
    assert desktop.session.case.provenance["recipe"]["values"][VOLUME] == 60


def test_a_case_being_made_shows_its_labels_and_can_be_cancelled(desktop, qtbot, until, gate):
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None)
    first = desktop.session.case
    gate.clear()
    desktop.window.recipe_panel.rows[VOLUME].number.setValue(90)
    desktop.controller.generate()
    until(lambda: desktop.session.draft is not None and desktop.session.status.stage == "Image")
    assert desktop.window.job_bar.cancel.isVisible()
    assert not desktop.window.actions_by_name["save"].isEnabled(), "a draft is nothing to save"
    qtbot.mouseClick(desktop.window.job_bar.cancel, Qt.MouseButton.LeftButton)
    until(lambda: desktop.session.status is None)
    assert desktop.session.shown.case is first
    until(lambda: desktop.session.report is not None and not desktop.session.report.draft)
    assert desktop.session.report.target_ml == 30


def test_a_case_that_is_no_longer_wanted_is_dropped(desktop, qtbot, until, gate):
    made = []
    desktop.session.shown_changed.connect(lambda now: made.append(now.case.name) if not now.draft else None)
    gate.clear()
    desktop.controller.generate()
    until(lambda: desktop.session.draft is not None)
    desktop.window.recipe_panel.rows[VOLUME].number.setValue(120)
    desktop.controller.generate()
    gate.set()
    until(lambda: desktop.session.case is not None and desktop.session.status is None)
    assert made == ["synthetic 120 mL"]


def test_synthetic_is_on_every_view_and_in_the_picture(desktop, until, dialogs, tmp_path):
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None)
    until(lambda: not desktop.window.viewer.surface.making)
    for view in desktop.window.viewer.views:
        assert amber_pixels(view.grab()) > 100
    dialogs.path = tmp_path / "picture.png"
    desktop.window.actions_by_name["save_picture"].trigger()
    until(dialogs.path.exists)
    assert amber_pixels(QPixmap(str(dialogs.path))) > 400


def amber_pixels(pixmap) -> int:
    """How many pixels have the colour of the SYNTHETIC mark."""
    image = pixmap.toImage()
    image = image.convertToFormat(image.Format.Format_RGBX8888)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return int((np.abs(pixels[..., :3].astype(int) - (255, 176, 46)).max(axis=-1) < 12).sum())


# Opening and segmenting


def test_a_dropped_scan_is_opened_and_segmented(desktop, qtbot, until, scan):
    drop(desktop.window, scan)
    until(lambda: desktop.session.case is not None)
    assert desktop.session.case.labels is None
    assert all(amber_pixels(view.grab()) == 0 for view in desktop.window.viewer.views)
    assert desktop.window.segment_button.isEnabled()
    qtbot.mouseClick(desktop.window.segment_button, Qt.MouseButton.LeftButton)
    until(lambda: shown_ml(desktop) is not None)
    segmented = desktop.session.shown.case
    assert segmented.labels.grid == segmented.image.grid
    assert desktop.window.measures_panel.values["achieved"].text().endswith("mL")
    assert desktop.window.job_bar.device.text() == "Test device"
    assert not desktop.window.measures_panel.values["target"].isVisible()
    assert desktop.session.unsaved


def test_a_label_map_dropped_on_its_scan_is_laid_over_it(desktop, until, scan, tmp_path):
    affine = nib.load(scan).affine
    labels = nib.Nifti1Image(np.random.default_rng(0).choice([0, 2, 4, 43], (40, 32, 32)).astype(np.int16), affine)
    labels.set_sform(affine, code=1)
    nib.save(labels, tmp_path / "labels.nii.gz")
    drop(desktop.window, scan)
    drop(desktop.window, tmp_path / "labels.nii.gz")
    until(lambda: shown_ml(desktop) is not None)
    assert desktop.session.case.name == "scan"
    assert desktop.session.case.image is not None
    assert desktop.session.case.labels is not None


def test_a_moved_slider_leaves_a_real_scan_alone(desktop, qtbot, until, scan):
    desktop.session.set_live(True)
    drop(desktop.window, scan)
    until(lambda: desktop.session.case is not None)
    with qtbot.assertNotEmitted(desktop.session.shown_changed, wait=300):
        desktop.window.recipe_panel.rows[VOLUME].slider.setValue(90)
    assert "press Generate" in desktop.session.message.sentence


def test_what_is_opened_is_not_replaced_by_what_was_being_made(desktop, until, gate, scan):
    gate.clear()
    desktop.controller.generate()
    until(lambda: desktop.session.draft is not None)
    desktop.controller.open(scan)
    until(lambda: desktop.session.case is not None)
    gate.set()
    until(lambda: desktop.session.status is None)
    assert desktop.session.shown.case.name == "scan"


def write(path: Path, data: np.ndarray) -> Path:
    image = nib.Nifti1Image(data, np.eye(4))
    image.set_sform(np.eye(4), code=1)
    nib.save(image, path)
    return path


def bad_files(folder: Path) -> dict[str, Path]:
    (folder / "empty.nii.gz").touch()
    (folder / "text.nii").write_text("not an image")
    (folder / "no_case").mkdir()
    return {
        "missing": folder / "missing.nii.gz",
        "empty": folder / "empty.nii.gz",
        "text": folder / "text.nii",
        "folder": folder / "no_case",
        "flat": write(folder / "flat.nii.gz", np.zeros((8, 8, 8), np.float32)),
        "holes": write(folder / "holes.nii.gz", np.full((8, 8, 8), np.nan, np.float32)),
        "film": write(folder / "film.nii.gz", np.ones((8, 8, 8, 3), np.float32)),
    }


@pytest.mark.parametrize("kind", ["missing", "empty", "text", "folder", "flat", "holes", "film"])
def test_a_bad_file_gets_one_sentence_and_the_open_case_stays(desktop, qtbot, until, scan, tmp_path, kind):
    desktop.controller.open(scan)
    until(lambda: desktop.session.case is not None)
    before = desktop.session.case
    drop(desktop.window, bad_files(tmp_path)[kind])
    until(lambda: desktop.session.message is not None and desktop.session.status is None)
    assert desktop.session.message.error
    assert desktop.session.message.sentence.endswith(".")
    assert desktop.window.message_bar.sentence.text() == desktop.session.message.sentence
    assert desktop.window.message_bar.isVisible()
    assert desktop.session.shown.case is before


def test_a_scan_without_a_brain_is_explained(desktop, qtbot, until, tmp_path):
    noise = np.random.default_rng(0).random((12, 12, 12)).astype(np.float32)
    desktop.controller.open(write(tmp_path / "noise.nii.gz", noise))
    until(lambda: desktop.session.case is not None)
    desktop.controller.segment()
    until(lambda: desktop.session.message is not None)
    assert "No brain was found" in desktop.session.message.sentence
    assert desktop.session.shown.case.name == "noise"


def test_the_open_dialog_is_remembered_with_its_folder(desktop, until, dialogs, scan, settings):
    dialogs.path = scan
    desktop.window.actions_by_name["open_file"].trigger()
    until(lambda: desktop.session.case is not None)
    assert settings.folder == scan.parent


# Saving


def test_a_saved_case_can_be_opened_again_with_its_recipe(desktop, until, dialogs, tmp_path):
    desktop.window.recipe_panel.rows[VOLUME].number.setValue(70)
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None)
    made = desktop.session.case
    dialogs.path = tmp_path / "saved"
    desktop.window.actions_by_name["save"].trigger()
    until(lambda: not desktop.session.unsaved)
    assert sorted(p.name for p in dialogs.path.iterdir()) == [
        "case.json", "image.nii.gz", "labels.nii.gz", "volumes.csv",
    ]  # fmt: skip
    desktop.window.recipe_panel.rows[VOLUME].number.setValue(20)
    drop(desktop.window, dialogs.path)
    until(lambda: desktop.session.case is not made)
    assert desktop.session.case.synthetic
    assert np.array_equal(desktop.session.case.labels.data, made.labels.data)
    assert desktop.session.recipe.get(VOLUME) == 70
    assert desktop.window.recipe_panel.rows[VOLUME].number.value() == 70


def test_a_folder_that_exists_is_not_written_over(desktop, until, dialogs, tmp_path):
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.txt").touch()
    dialogs.path = tmp_path / "taken"
    desktop.window.actions_by_name["save"].trigger()
    until(lambda: desktop.session.message is not None)
    assert desktop.session.message.error
    assert desktop.session.unsaved
    assert [p.name for p in dialogs.path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("answer", "closes", "saves"),
    [(Unsaved.SAVE, True, True), (Unsaved.DISCARD, True, False), (Unsaved.CANCEL, False, False)],
)
def test_closing_asks_once_about_an_unsaved_case(desktop, until, dialogs, tmp_path, answer, closes, saves):
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None)
    dialogs.path, dialogs.unsaved_answer = tmp_path / "saved", answer
    desktop.window.close()
    if closes:
        until(lambda: not desktop.window.isVisible())
    assert desktop.window.isVisible() != closes
    assert dialogs.asked.count("unsaved") == 1
    assert dialogs.path.exists() == saves


def test_closing_does_not_ask_when_there_is_nothing_to_lose(desktop, until, dialogs, scan):
    desktop.controller.open(scan)
    until(lambda: desktop.session.case is not None)
    desktop.window.close()
    assert not desktop.window.isVisible()
    assert dialogs.asked == []


def test_a_segmentation_is_not_lost_to_generate_without_asking(desktop, until, dialogs, scan):
    desktop.controller.open(scan)
    until(lambda: desktop.session.case is not None)
    desktop.controller.segment()
    until(lambda: desktop.session.unsaved)
    dialogs.unsaved_answer = Unsaved.CANCEL
    desktop.questions.generate()
    assert dialogs.asked == ["unsaved"]
    assert desktop.session.status is None


def test_closing_while_a_case_is_made_ends_the_threads(desktop, until, gate):
    gate.clear()
    desktop.controller.generate()
    until(lambda: desktop.session.draft is not None)
    start = time.monotonic()
    assert desktop.controller.close()
    assert time.monotonic() - start < 5


# Looking


def test_the_convention_turns_every_slice_view_round(desktop, until):
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None)
    slices = desktop.window.viewer.slices
    assert [view.plane.letters()[0] for view in slices.values()] == ["R", "R", "A"]
    desktop.window.actions_by_name["radiological"].trigger()
    assert [view.plane.letters()[0] for view in slices.values()] == ["L", "L", "P"]
    assert desktop.window.display_panel.convention.currentText() == "Neurological"


def test_a_click_in_one_view_moves_the_slices_of_the_others(desktop, qtbot, until):
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None)
    slices = desktop.window.viewer.slices
    target = desktop.session.case.grid.voxel_to_world((10, 12, slices["axial"].slice_index))
    at = slices["axial"].to_screen(target).toPoint()
    qtbot.mouseClick(slices["axial"], Qt.MouseButton.LeftButton, pos=at)
    assert np.allclose(desktop.session.crosshair, target)
    assert (slices["sagittal"].slice_index, slices["coronal"].slice_index) == (10, 12)


def test_page_keys_turn_the_active_view(desktop, qtbot, until):
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None)
    coronal = desktop.window.viewer.slices["coronal"]
    coronal.activated.emit()
    before = coronal.slice_index
    desktop.window.actions_by_name["next_slice"].trigger()
    assert coronal.slice_index == before + 1
    desktop.window.actions_by_name["previous_slice"].trigger()
    assert coronal.slice_index == before


def test_a_double_click_enlarges_a_view_and_another_restores(desktop, qtbot, until):
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None)
    views = desktop.window.viewer.views
    qtbot.mouseDClick(views[1], Qt.MouseButton.LeftButton)
    assert [view.isVisible() for view in views] == [False, True, False, False]
    qtbot.mouseDClick(views[1], Qt.MouseButton.LeftButton)
    assert all(view.isVisible() for view in views)


def test_space_shows_the_scan_under_the_labels_while_it_is_held(desktop, qtbot, until):
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None)
    axial = desktop.window.viewer.slices["axial"]
    qtbot.keyPress(desktop.window, Qt.Key.Key_Space)
    assert not axial.display.overlay
    qtbot.keyRelease(desktop.window, Qt.Key.Key_Space)
    assert axial.display.overlay


def test_a_clicked_structure_is_gone_to(desktop, until):
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None)
    desktop.window.labels_panel.label_clicked.emit(43)
    labels = desktop.session.case.labels
    index = tuple(np.round(labels.grid.world_to_voxel(desktop.session.crosshair)).astype(int))
    assert labels.data[index] == 43


def test_a_hidden_structure_leaves_slices_and_surface(desktop, qtbot, until):
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None and desktop.session.report is not None)
    surface = desktop.window.viewer.surface
    until(lambda: purple_pixels(surface) > 200)
    ventricles = desktop.window.labels_panel.tree.topLevelItem(0)
    ventricles.setCheckState(0, Qt.CheckState.Unchecked)
    assert {4, 43} <= desktop.session.display.hidden
    until(lambda: purple_pixels(surface) == 0)


def purple_pixels(view) -> int:
    """How many pixels have the hue of the lateral ventricles."""
    image = view.grab().toImage()
    image = image.convertToFormat(image.Format.Format_RGBX8888)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    red, green, blue = (pixels[..., n].astype(int) for n in range(3))
    return int(((red - green > 40) & (blue - green > 40)).sum())


def test_the_surface_turns_when_it_is_dragged(desktop, qtbot, until):
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None)
    surface = desktop.window.viewer.surface
    until(lambda: purple_pixels(surface) > 200 and not surface.making)
    before = surface.grab().toImage()
    qtbot.mousePress(surface, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.mouseMove(surface, QPoint(180, 100))
    assert surface.grab().toImage() != before


def test_the_pointer_reads_out_the_voxel_under_it(desktop, qtbot, until):
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None)
    axial = desktop.window.viewer.slices["axial"]
    axial.hovered.emit(desktop.session.case.grid.centre)
    assert "lateral ventricle" in desktop.window.job_bar.readout.text()
    axial.hovered.emit(None)
    assert desktop.window.job_bar.readout.text() == ""


# Without a pack, without drawing, and the next start


def test_without_a_pack_files_can_still_be_opened(bare_desktop, until, scan):
    drop(bare_desktop.window, scan)
    until(lambda: bare_desktop.session.case is not None)
    actions = bare_desktop.window.actions_by_name
    assert not actions["generate"].isEnabled()
    assert not bare_desktop.window.segment_button.isEnabled()


def test_without_opengl_the_views_say_so(desktop, until):
    desktop.window.viewer.set_drawing(False)
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None)
    axial = desktop.window.viewer.slices["axial"]
    assert "cannot draw" in axial._why_empty()
    axial.repaint()
    assert axial.picture is None


def test_what_was_set_is_there_at_the_next_start(desktop, pack, settings, jobs, dialogs, qtbot):
    wanted = Display(window=0.6, level=0.4, opacity=0.8, radiological=False)
    desktop.session.set_display(wanted)
    desktop.session.set_live(True)
    desktop.window.may_close = True
    desktop.window.close()
    assert desktop.close()
    again = build(pack, settings, jobs=jobs, dialogs=dialogs)
    qtbot.addWidget(again.window)
    try:
        assert again.session.display == wanted
        assert again.session.live
        assert again.window.display_panel.opacity.value() == 80
    finally:
        again.window.may_close = True
        again.close()
