"""Opening real scans through the real window: every format the right way round, DICOM folders, recent files, header."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import SimpleITK
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QIcon, QImage
from PySide6.QtWidgets import QApplication

from engine.io import formats
from engine.io.dicom import series
from engine.io.header import sides_known
from gui.dicom_dialog import SeriesDialog
from gui.panels.header_panel import DoubtsButton, HeaderDialog
from gui.recent import Recent, RecentMenu
from gui.viewer import marks
from tests.dicom_files import write_frames, write_series

SHAPE, SPACING = (40, 38, 36), (4.4, 4.6, 5.0)
MIDDLE = (3, -5, 8)
LPS = np.diag([-1.0, -1, 1])


@pytest.fixture
def until(qtbot):
    """Waits until something is so; what it waits for arrives through the bridge."""
    return lambda so: qtbot.waitUntil(so, timeout=60_000)


def affine_of(directions, turn=0.0):
    """Voxel axes along these world directions (letters), turned about x and z, the middle of the grid at `MIDDLE`."""
    axes = {"R": (1, 0, 0), "L": (-1, 0, 0), "A": (0, 1, 0), "P": (0, -1, 0), "S": (0, 0, 1), "I": (0, 0, -1)}
    c, s = np.cos(turn), np.sin(turn)
    about_x = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    about_z = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = about_z @ about_x @ np.array([axes[letter] for letter in directions]).T @ np.diag(SPACING)
    affine[:3, 3] = np.array(MIDDLE) - affine[:3, :3] @ ((np.array(SHAPE) - 1) / 2)
    return affine


#: One bright block each on the patient's right, in front and on top, in world mm from the middle.
MARKERS = {"right": (45, 10, -12), "front": (-8, 45, 14), "top": (12, -14, 45)}
#: Marker, view, whether across or up the screen, and which way in the radiological and the neurological convention.
EXPECTED = (
    ("right", "axial", 0, -1, 1),
    ("right", "coronal", 0, -1, 1),
    ("front", "axial", 1, -1, -1),
    ("front", "sagittal", 0, -1, 1),
    ("top", "coronal", 1, -1, -1),
    ("top", "sagittal", 1, -1, -1),
)


def marked(affine):
    index = np.moveaxis(np.indices(SHAPE), 0, -1)
    world = index @ affine[:3, :3].T + affine[:3, 3] - MIDDLE
    data = np.zeros(SHAPE, np.int16)
    for place in MARKERS.values():
        data[np.abs(world - place).max(axis=-1) < 9] = 1000
    return data


def write_nrrd(path, data, affine):
    image = SimpleITK.GetImageFromArray(data.T)
    image.SetSpacing(SPACING)
    image.SetDirection((LPS @ (affine[:3, :3] / SPACING)).ravel().tolist())
    image.SetOrigin((LPS @ affine[:3, 3]).tolist())
    SimpleITK.WriteImage(image, str(path), True)


FORMATS = {
    "scan.nii.gz": lambda path, data, affine: nib.save(nib.Nifti1Image(data, affine), path),
    "scan.hdr": lambda path, data, affine: nib.save(nib.Nifti1Pair(data, affine), path),
    "scan.mgz": lambda path, data, affine: nib.save(nib.MGHImage(data, affine), path),
    "scan.nrrd": write_nrrd,
    "dicom": write_series,
    "enhanced.dcm": write_frames,
}


def bright(view):
    """(2,) middle of the bright pixels, from the middle of the view, in pixels to the right and down."""
    image = view.grab().toImage()
    image = image.convertToFormat(image.Format.Format_RGBX8888)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    rows, columns = np.nonzero(pixels[..., :3].min(axis=-1) > 235)
    assert len(rows) > 20, f"the marker is not in the {view.view} view"
    return columns.mean() - image.width() / 2, rows.mean() - image.height() / 2


@pytest.mark.parametrize(("directions", "turn"), [("LAS", 0.0), ("PIR", 0.0), ("ASL", 0.2), ("LPI", -0.25)])
def test_markers_are_on_the_right_side_in_every_view_convention_and_format(desktop, until, tmp_path, directions, turn):
    affine = affine_of(directions, turn)
    slices = desktop.window.viewer.slices
    for name, write in FORMATS.items():
        write(tmp_path / name, marked(affine), affine)
        before = desktop.session.case
        desktop.controller.open(tmp_path / name)
        until(lambda before=before: desktop.session.case is not before)
        for radiological in (True, False):
            shown = replace(desktop.session.display, radiological=radiological, crosshair=False, smooth=False)
            desktop.session.set_display(shown)
            for marker, view, axis, if_radiological, if_neurological in EXPECTED:
                desktop.session.set_crosshair(np.add(MARKERS[marker], MIDDLE))
                place = bright(slices[view])
                way = if_radiological if radiological else if_neurological
                assert place[axis] * way > 20, f"{name}: {marker} in the {view} view, {radiological=}"


# DICOM folders


def drop(window, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(400, 300), copy, data, left, none))
    QApplication.sendEvent(window, QDropEvent(QPointF(400, 300), copy, data, left, none))


@pytest.fixture
def data():
    return np.random.default_rng(0).integers(0, 1000, (30, 28, 26)).astype(np.int16)


@pytest.fixture
def folder(tmp_path, data):
    """Two scans and a single picture."""
    write_series(tmp_path / "disk", data, np.eye(4), description="t1 mprage", number=2)
    write_series(tmp_path / "disk", data[:, :, :8], np.eye(4), description="flair", number=1)
    write_series(tmp_path / "disk", data[:, :, :1], np.eye(4), description="localizer", number=3)
    return tmp_path / "disk"


def dialog_of(desktop) -> Any:
    return next((found for found in desktop.window.findChildren(SeriesDialog) if found.isVisible()), None)


def has_picture(icon: QIcon) -> bool:
    """Whether not all of an icon is black."""
    image = icon.pixmap(64, 64).toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    return bool(np.frombuffer(image.constBits(), np.uint8).max() > 0)


def thumbnail_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "thumbnails"]


def test_files_of_one_series_dropped_together_open_it_once(desktop, until, tmp_path, data):
    paths = write_series(tmp_path, data, np.eye(4))
    opened = []
    desktop.session.shown_changed.connect(lambda shown: opened.append(shown.case.name))
    drop(desktop.window, *paths)
    until(lambda: desktop.session.status is None and desktop.session.case is not None)
    assert set(opened) == {"t1_mprage"}
    assert desktop.session.case.grid.shape == data.shape


def test_a_folder_of_several_series_lets_one_choose(desktop, qtbot, until, folder, data):
    drop(desktop.window, folder)
    until(lambda: dialog_of(desktop) is not None)
    dialog = dialog_of(desktop)
    assert desktop.session.case is None
    rows: Any = [dialog.list.topLevelItem(row) for row in range(3)]
    assert [row.text(0).split("\n")[0] for row in rows] == ["flair", "t1 mprage", "localizer"]
    assert rows[1].text(4) == "1 × 1 × 1 mm"
    assert rows[2].text(0).endswith("It is a single picture.")
    assert not rows[2].flags() & Qt.ItemFlag.ItemIsEnabled
    assert dialog.current.description == "t1 mprage", "most slices"
    until(lambda: all(has_picture(row.icon(0)) for row in rows))
    dialog.list.setCurrentItem(rows[0])
    qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    until(lambda: desktop.session.case is not None)
    opened: Any = desktop.session.case
    assert opened.name == "flair"
    assert opened.grid.shape == (30, 28, 8)
    until(lambda: thumbnail_threads() == [])


def test_two_series_of_one_folder_are_two_cases_and_each_can_be_had_again(desktop, until, folder):
    for row, name in ((0, "flair"), (1, "t1_mprage")):
        desktop.controller.open(folder)
        until(lambda: dialog_of(desktop) is not None)
        dialog = dialog_of(desktop)
        dialog.list.setCurrentItem(dialog.list.topLevelItem(row))
        dialog.accept()
        until(lambda name=name: desktop.session.case is not None and desktop.session.case.name == name)
        until(lambda: thumbnail_threads() == [])
    entries = desktop.session.gallery.entries
    assert [entry.name for entry in entries] == ["flair", "t1_mprage"]
    desktop.controller.open(entries[0].path)
    until(lambda: desktop.session.case.name == "flair")
    assert len(desktop.session.gallery.entries) == 2


def test_who_changes_their_mind_keeps_what_is_open(desktop, qtbot, until, folder, scan):
    desktop.controller.open(scan)
    until(lambda: desktop.session.case is not None)
    before = desktop.session.case
    desktop.controller.open(folder)
    until(lambda: dialog_of(desktop) is not None)
    dialog_of(desktop).reject()
    until(lambda: dialog_of(desktop) is None and thumbnail_threads() == [])
    assert desktop.session.status is None
    assert desktop.session.case is before


def test_a_file_that_changes_after_the_list_is_one_sentence_and_the_open_case_stays(desktop, until, folder, scan):
    desktop.controller.open(scan)
    until(lambda: desktop.session.case is not None)
    before = desktop.session.case
    desktop.controller.open(folder)
    until(lambda: dialog_of(desktop) is not None)
    dialog = dialog_of(desktop)
    until(lambda: thumbnail_threads() == [] or not dialog._worker._waiting)
    dialog.current.stack.pictures[3].path.write_bytes(b"")
    dialog.accept()
    until(lambda: desktop.session.message is not None)
    assert desktop.session.message.error
    assert "has changed since its folder was listed" in desktop.session.message.sentence
    assert desktop.session.case is before


def test_a_dicom_folder_is_opened_by_the_button_beside_open(desktop, qtbot, until, dialogs, tmp_path, data):
    write_series(tmp_path / "scan_dir", data, np.eye(4))
    dialogs.path = tmp_path / "scan_dir"
    desktop.window.tabs.setCurrentIndex(1)
    qtbot.mouseClick(desktop.window.segment_panel.open_folder, Qt.MouseButton.LeftButton)
    until(lambda: desktop.session.case is not None)
    assert dialogs.asked == ["folder"]
    assert desktop.session.case.name == "t1_mprage"


def test_a_folder_without_dicom_is_one_sentence(desktop, until, tmp_path):
    (tmp_path / "holiday.txt").write_text("sun" * 100)
    drop(desktop.window, tmp_path)
    until(lambda: desktop.session.message is not None)
    assert "holds neither a case nor DICOM files" in desktop.session.message.sentence
    assert desktop.session.case is None


def test_nothing_is_read_on_the_windows_thread(desktop, until, monkeypatch, scan, tmp_path, data):
    threads = []

    def noting(module, name):
        plain = getattr(module, name)

        def noted(*arguments, **more):
            threads.append(threading.current_thread().name)
            return plain(*arguments, **more)

        monkeypatch.setattr(module, name, noted)

    noting(formats, "read_any")
    noting(series, "pictures_of")
    noting(series, "values_of")
    write_series(tmp_path / "scan_dir", data, np.eye(4))
    desktop.controller.open(scan)
    desktop.controller.open(tmp_path / "scan_dir")
    until(lambda: desktop.session.case is not None and desktop.session.case.name == "t1_mprage")
    assert set(threads) == {"files"}
    assert len(threads) == 1 + data.shape[2] + 1


def test_listing_a_folder_can_be_cancelled(desktop, qtbot, until, folder):
    desktop.controller.open(folder)
    desktop.controller.cancel()
    until(lambda: desktop.session.status is None)
    assert dialog_of(desktop) is None
    assert desktop.session.case is None


# Recent files


def menu_of(desktop) -> RecentMenu:
    return desktop.window.findChild(RecentMenu)


def names(desktop) -> list[str]:
    return [action.toolTip() for action in menu_of(desktop).actions() if action.text().startswith("&")][:-1]


def test_what_was_opened_is_in_the_menu_the_latest_first(desktop, until, scan, tmp_path, data):
    assert not menu_of(desktop).menuAction().isEnabled()
    write_series(tmp_path / "scan_dir", data, np.eye(4))
    for path in (scan, tmp_path / "scan_dir", scan):
        before = desktop.session.case
        desktop.controller.open(path)
        until(lambda before=before: desktop.session.case is not before)
    assert names(desktop) == [str(scan), str(tmp_path / "scan_dir")]
    menu_of(desktop).actions()[1].trigger()
    until(lambda: desktop.session.case.name == "t1_mprage")
    menu_of(desktop).actions()[-1].trigger()
    assert not menu_of(desktop).menuAction().isEnabled()


def test_what_is_gone_is_taken_off_the_list_and_said(desktop, until, scan):
    desktop.controller.open(scan)
    until(lambda: desktop.session.case is not None)
    before = desktop.session.case
    scan.unlink()
    menu_of(desktop).actions()[0].trigger()
    until(lambda: desktop.session.message is not None)
    assert desktop.session.message.sentence.endswith("so it was taken off the list of recent files.")
    assert names(desktop) == []
    assert desktop.session.case is before


def test_the_list_is_short_and_outlives_a_start(settings, qapp, tmp_path):
    recent = Recent(settings, qapp)
    for n in range(14):
        recent.add(tmp_path / f"scan {n}, with a comma.nii")
    again = Recent(settings, qapp)
    assert [path.name for path in again.paths] == [f"scan {n}, with a comma.nii" for n in range(13, 3, -1)]
    settings._store.setValue("files/recent", "{broken")
    assert again.paths == []


# Header


def test_a_button_says_how_many_things_are_unusual(desktop, until, tmp_path):
    affine = np.diag([4.0, 4, 2, 1])
    image = np.random.default_rng(0).random((50, 50, 90)).astype(np.float32)
    nib.save(nib.Nifti1Image(image, affine), tmp_path / "scan.nii.gz")
    desktop.controller.open(tmp_path / "scan.nii.gz")
    until(lambda: desktop.session.case is not None)
    button = desktop.window.findChild(DoubtsButton)
    assert button.text() == "! 1 thing to look at"
    assert "Slices 4 mm thick" in button.toolTip()


def test_uncertain_sides_are_told_at_once_and_in_the_checklist(desktop, qtbot, until, tmp_path):
    image = np.random.default_rng(0).random((50, 50, 90)).astype(np.float32)
    nib.save(nib.AnalyzeImage(image, None), tmp_path / "scan.hdr")
    desktop.controller.open(tmp_path / "scan.hdr")
    until(lambda: desktop.session.case is not None)
    assert "cannot tell left from right" in desktop.session.message.sentence
    button = desktop.window.findChild(DoubtsButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    about = desktop.window.findChild(HeaderDialog)
    assert about.isVisible()
    assert "! Left and right: The file cannot tell left from right" in about.as_text()
    assert not sides_known(desktop.session.case)
    about.copy.click()
    assert QGuiApplication.clipboard().text() == about.as_text()
    desktop.controller.generate()
    until(lambda: desktop.session.case.synthetic)
    assert "Left and right: The file says" in about.as_text()
    assert not button.isVisible()
    about.close()


def test_letters_of_uncertain_sides_have_a_question_mark():
    assert marks.doubted(("R", "L", "A", "P"), known=False) == ("R?", "L?", "A", "P")
    assert marks.doubted(("RA", "LP", "S", "I"), known=False) == ("RA?", "LP?", "S", "I")
    assert marks.doubted(("R", "L", "A", "P"), known=True) == ("R", "L", "A", "P")


def test_the_views_draw_the_question_mark(desktop, until, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(marks, "orientation", lambda _painter, _area, letters, *_ink: drawn.append(letters))
    image = np.random.default_rng(0).random((50, 50, 90)).astype(np.float32)
    nib.save(nib.AnalyzeImage(image, None), tmp_path / "scan.hdr")
    desktop.controller.open(tmp_path / "scan.hdr")
    until(lambda: desktop.session.case is not None)
    for view in desktop.window.viewer.slices.values():
        view.grab()
    assert {("R?", "L?", "A", "P"), ("R?", "L?", "S", "I"), ("A", "P", "S", "I")} <= set(drawn)


def test_without_a_case_there_is_no_header(desktop):
    assert not desktop.window.actions_by_name["about_scan"].isEnabled()
    about = desktop.window.findChild(HeaderDialog)
    assert about.as_text() == ""
