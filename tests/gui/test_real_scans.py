"""Morphing, as a user does it in the real window."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from engine.case import Case
from engine.errors import BadRecipeError
from engine.jobs import new_id
from engine.progress import Progress
from gui.dialogs import Unsaved
from gui.painting import BRUSH

from .conftest import ball_labels, image_of


@dataclass(frozen=True)
class FakeMorph:
    """Like MorphJob: another ball in place of the ventricles; more than 200 mL cannot be reached."""

    case: Case
    volume_ml: float
    id: int = field(default_factory=new_id)

    def run(self):
        yield Progress(self.id, {"Moving the tissue": 1.0}).at("Moving the tissue", 0, 1)
        if self.volume_ml > 200:
            raise BadRecipeError("That is more than this head holds; choose a target nearer to 40 mL.")
        labels = ball_labels(self.case.grid, self.volume_ml)
        record = {"synthetic": self.case.synthetic, "morphed": True, "target_ml": self.volume_ml}
        return Case(f"{self.case.name}, {self.volume_ml:g} mL", image_of(labels), labels, record)


@pytest.fixture
def jobs(jobs):
    return replace(jobs, morph=FakeMorph)


@pytest.fixture
def segmented(desktop, qtbot, scan):
    """A real scan, opened and segmented."""
    desktop.window.tabs.setCurrentIndex(1)
    desktop.controller.open(scan)
    qtbot.waitUntil(lambda: desktop.session.case is not None, timeout=10_000)
    qtbot.mouseClick(desktop.window.segment_panel.segment, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: desktop.session.report is not None and idle(desktop), timeout=10_000)
    return desktop


def idle(desktop) -> bool:
    return desktop.session.status is None


def morph(desktop, qtbot, volume_ml: float) -> None:
    panel = desktop.window.segment_panel
    panel.target.number.setValue(volume_ml)
    qtbot.mouseClick(panel.go, Qt.MouseButton.LeftButton)


def test_a_scan_without_labels_cannot_be_morphed(desktop, qtbot, scan):
    panel = desktop.window.segment_panel
    assert not panel.go.isEnabled()
    desktop.controller.open(scan)
    qtbot.waitUntil(lambda: desktop.session.case is not None, timeout=10_000)
    assert not panel.go.isEnabled()
    assert panel.segment.isEnabled()
    assert "Segment finds" in panel.state.text()


def test_a_segmented_scan_is_morphed_to_a_target_and_says_so_everywhere(segmented, qtbot):
    panel, window = segmented.window.segment_panel, segmented.window
    now = segmented.session.report.volumes.ventricular_ml
    assert panel.now.text() == f"{now:.1f} mL"
    morph(segmented, qtbot, 90)
    qtbot.waitUntil(lambda: segmented.session.case.morphed and idle(segmented), timeout=10_000)
    qtbot.waitUntil(lambda: segmented.session.report.target_ml == 90, timeout=10_000)
    assert segmented.session.shown.mark == "MORPHED"
    assert window.measures_panel.values["target"].text() == "90.0 mL"
    assert segmented.session.report.volumes.ventricular_ml == pytest.approx(90, rel=0.1)
    qtbot.waitUntil(lambda: not window.viewer.surface.making, timeout=10_000)
    for view in window.viewer.views:
        assert marked_pixels(view.grab()) > 100
    assert [entry.name for entry in segmented.session.gallery.entries] == ["scan", "scan, 90 mL"]


def marked_pixels(pixmap) -> int:
    """How many pixels have the colour of the mark."""
    image = pixmap.toImage()
    image = image.convertToFormat(image.Format.Format_RGBX8888)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return int((np.abs(pixels[..., :3].astype(int) - (255, 176, 46)).max(axis=-1) < 12).sum())


def test_undo_brings_the_scan_back_as_it_was(segmented, qtbot):
    before = segmented.session.case
    morph(segmented, qtbot, 90)
    qtbot.waitUntil(lambda: segmented.session.case.morphed, timeout=10_000)
    segmented.window.actions_by_name["undo"].trigger()
    qtbot.waitUntil(lambda: segmented.session.case is before, timeout=10_000)
    assert segmented.session.shown.mark == ""


def test_a_target_out_of_reach_is_said_and_nothing_changes(segmented, qtbot):
    before = segmented.session.case
    morph(segmented, qtbot, 240)
    qtbot.waitUntil(lambda: segmented.session.message is not None and idle(segmented), timeout=10_000)
    assert "nearer to 40 mL" in segmented.session.message.sentence
    assert segmented.session.case is before


def test_a_morph_asks_before_corrections_by_hand_are_replaced(segmented, qtbot, dialogs):
    session = segmented.session
    segmented.editing.take(BRUSH)
    plane = segmented.window.viewer.slices["axial"].plane
    segmented.editing.begin(plane, session.crosshair + 30)
    segmented.editing.end()
    qtbot.waitUntil(lambda: session.edited_by_hand, timeout=10_000)
    edited = session.case
    dialogs.unsaved_answer = Unsaved.CANCEL
    morph(segmented, qtbot, 90)
    assert dialogs.asked[-1] == "unsaved"
    assert session.case is edited
    dialogs.unsaved_answer = Unsaved.DISCARD
    morph(segmented, qtbot, 90)
    qtbot.waitUntil(lambda: session.case.morphed and idle(segmented), timeout=10_000)
    kept = session.gallery.entries[0]
    segmented.window.gallery_panel.entry_clicked.emit(kept.id)
    assert session.case is edited, "what was corrected stays in the gallery"


def test_a_synthetic_case_stays_synthetic_when_it_is_morphed(desktop, qtbot):
    desktop.controller.generate()
    qtbot.waitUntil(lambda: desktop.session.case is not None and idle(desktop), timeout=10_000)
    desktop.controller.morph(80)
    qtbot.waitUntil(lambda: desktop.session.case.morphed, timeout=10_000)
    assert desktop.session.shown.mark == "SYNTHETIC"
