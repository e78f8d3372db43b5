"""Reports and DICOM, through the real window."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from PySide6.QtGui import QAction

from engine.case import Case
from engine.grid import centred_grid
from engine.io.nifti import write_label_map
from engine.reporting import drawing
from engine.volume import LabelMap, Volume
from gui.wiring.comparing import CompareDesk


@pytest.fixture
def until(qtbot):
    return lambda so: qtbot.waitUntil(so, timeout=60_000)


@pytest.fixture(autouse=True)
def small_pictures(monkeypatch):
    """Pictures of fewer pixels, which take less time."""
    monkeypatch.setattr(drawing, "PLANE_PIXELS", 96)
    monkeypatch.setattr(drawing, "MEASURE_PIXELS", 64)


@pytest.fixture
def head(desktop, until):
    """A small head with a ventricle on each side, open in the window and corrected by hand."""
    grid = centred_grid((32, 36, 30), 4.0, np.zeros(3))
    labels = np.zeros(grid.shape, dtype=np.uint16)
    labels[4:28, 4:32, 4:26] = 2
    labels[8:14, 12:22, 12:18] = 4
    labels[18:24, 12:22, 12:18] = 43
    image = np.where(labels == 0, 0.0, np.where(labels == 2, 800.0, 100.0))
    edits = [{"tool": "brush", "by": "hand", "label": 4, "voxels": 17, "step": 1}]
    case = Case("head", Volume(image, grid), LabelMap(labels, grid), {"source": "test", "edits": edits})
    desktop.session.set_case(case, unsaved=False)
    desktop.controller.measure(case)
    until(lambda: desktop.session.report is not None)
    return case


@pytest.fixture
def answers(dialogs):
    """Answers the question where to: `answers.path`, with what was suggested in `answers.suggested`."""

    class Answers:
        path: Path | None = None
        suggested: Path | None = None

    given = Answers()

    def answer(suggestion):
        given.suggested = suggestion
        return given.path

    dialogs.file_to_export = lambda title, suggestion, kinds: answer(suggestion)
    dialogs.folder_to_save = lambda suggestion, title="": answer(suggestion)
    dialogs.replace = lambda name: False
    return given


def press(desktop, name):
    action: QAction = desktop.window.actions_by_name[name]
    assert action.isEnabled()
    action.trigger()


def message(desktop):
    return "" if desktop.session.message is None else desktop.session.message.sentence


@pytest.mark.parametrize("ending", [".html", ".pdf"])
def test_file_report_writes_what_is_open_and_says_where(desktop, head, answers, until, tmp_path, ending):
    told = []
    desktop.session.status_changed.connect(lambda status: told.append(status and (status.title, status.stage)))
    answers.path = tmp_path / f"head{ending}"
    press(desktop, "report")
    until(lambda: "The report was written to" in message(desktop))
    assert str(answers.path) in message(desktop)
    assert ("Report", "Pictures") in told
    assert answers.suggested.name == "head report.pdf"
    written = answers.path.read_bytes()
    assert written.startswith(b"%PDF-" if ending == ".pdf" else b"<!DOCTYPE html>")
    if ending == ".html":
        html = written.decode("utf-8")
        count = int((head.labels.data == 4).sum())
        assert f"<td>{count * 0.064:.2f}</td>" in html
        assert "by hand: 1 step (1 brush), 17 voxels changed" in html
        assert "<b>RESEARCH USE ONLY</b>" in html


def test_a_name_without_ending_becomes_a_pdf_and_replaces_nothing_unasked(desktop, head, answers, until, tmp_path):
    answers.path = tmp_path / "head"
    (tmp_path / "head.pdf").write_text("old")
    press(desktop, "report")
    assert (tmp_path / "head.pdf").read_text(encoding="utf-8") == "old"
    (tmp_path / "head.pdf").unlink()
    press(desktop, "report")
    until(lambda: "head.pdf" in message(desktop))
    assert (tmp_path / "head.pdf").read_bytes().startswith(b"%PDF-")


def test_changing_ones_mind_writes_nothing(desktop, head, answers, tmp_path):
    before = list(tmp_path.iterdir())
    press(desktop, "report")
    assert list(tmp_path.iterdir()) == before
    assert desktop.session.status is None


def test_a_place_that_cannot_be_written_is_told_and_the_case_stays(desktop, head, answers, until, tmp_path):
    answers.path = tmp_path / "none" / "head.pdf"
    press(desktop, "report")
    until(lambda: "no folder" in message(desktop))
    assert desktop.session.message.error
    assert desktop.session.case is head


def test_without_labels_there_is_nothing_to_report(desktop, until):
    assert not desktop.window.actions_by_name["report"].isEnabled()
    grid = centred_grid((32, 36, 30), 4.0, np.zeros(3))
    image = Volume(np.random.default_rng(1).normal(100, 20, grid.shape), grid)
    desktop.session.set_case(Case("scan", image), unsaved=False)
    assert not desktop.window.actions_by_name["report"].isEnabled()


def test_file_export_dicom_writes_image_and_segmentation(desktop, head, answers, until, tmp_path):
    answers.path = tmp_path / "dicom"
    press(desktop, "export_dicom")
    until(lambda: "The DICOM files were written to" in message(desktop))
    assert answers.suggested.name == "head DICOM"
    image = pydicom.dcmread(answers.path / "image.dcm")
    assert image.SeriesDescription.startswith("RESEARCH: ")
    segments = pydicom.dcmread(answers.path / "segmentation.dcm").SegmentSequence
    assert [segment.SegmentLabel for segment in segments] == [
        "Left cerebral white matter",
        "Left lateral ventricle",
        "Right lateral ventricle",
    ]


def test_a_folder_that_holds_something_stays_as_it_is(desktop, head, answers, until, tmp_path):
    answers.path = tmp_path / "full"
    answers.path.mkdir()
    (answers.path / "mine").touch()
    press(desktop, "export_dicom")
    until(lambda: "not empty" in message(desktop))
    assert [path.name for path in answers.path.iterdir()] == ["mine"]


def test_labels_alone_cannot_be_exported_as_dicom(desktop, head):
    desktop.session.set_case(Case("labels", None, head.labels), unsaved=False)
    assert not desktop.window.actions_by_name["export_dicom"].isEnabled()


def test_what_the_window_compared_stands_in_the_report_of_either_case(desktop, head, answers, dialogs, until, tmp_path):
    labels = np.array(head.labels.data)
    labels[8:14, 12:22, 17] = 2
    write_label_map(tmp_path / "other.nii.gz", LabelMap(labels, head.grid))
    dialogs.file_to_open = lambda folder: tmp_path / "other.nii.gz"
    press(desktop, "compare_with")
    desk = desktop.window.findChild(CompareDesk)
    until(lambda: desk.comparing.comparison is not None and desktop.session.status is None)
    answers.path = tmp_path / "head.html"
    press(desktop, "report")
    until(lambda: (tmp_path / "head.html").is_file())
    html = (tmp_path / "head.html").read_text(encoding="utf-8")
    assert "Comparison: first head, second other" in html
    change = 60 * 0.064
    assert f"<td>-{change:.2f}</td>" in html
    desk.window.close()
