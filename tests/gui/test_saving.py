"""Sessions saved and opened through the real window, by one window and by two."""

from dataclasses import replace

import numpy as np
import pytest

from engine.progress import result_of
from engine.recipe import VOLUME
from engine.session_files.session_file import read_session, write_session
from gui.dialogs import Changed, Unsaved
from gui.restoring import snapshot_of
from tests.gui.conftest import close_desktop, open_desktop


@pytest.fixture
def made(desktop, until):
    """The window with a generated case that was corrected by hand."""
    desktop.window.recipe_panel.rows[VOLUME].number.setValue(70)
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None)
    grid = desktop.session.case.grid
    desktop.session.set_crosshair(grid.voxel_to_world((10, 12, 9)))
    desktop.editing.paint_with(14)
    desktop.editing.take("brush")
    plane = desktop.window.viewer.plane()
    desktop.editing.begin(plane, grid.voxel_to_world((20, 20, 16)))
    desktop.editing.end()
    until(lambda: desktop.session.editor.edited_by_hand)
    return desktop


@pytest.fixture
def second(qtbot, qapp, pack, settings, jobs, dialogs, desktop):
    """Another window."""
    other = open_desktop(qtbot, qapp, pack, settings, jobs=jobs, dialogs=dialogs)
    yield other
    close_desktop(other)


def save(desktop, until, path):
    """Save the session there."""
    desktop.session.set_message(None)
    desktop.window.actions_by_name["save_session"].trigger()
    until(lambda: desktop.session.message is not None)
    assert not desktop.session.message.error, desktop.session.message


def read(path):
    return result_of(read_session(path))[0]


def settled(desktop, until):
    until(lambda: desktop.session.status is None and desktop.session.message is not None)
    return desktop.session.message.sentence


def test_a_session_comes_back_with_corrections_display_crosshair_recipe_and_layout(made, until, dialogs, tmp_path):
    dialogs.path = tmp_path / "work"
    viewer = made.window.viewer
    made.session.set_display(replace(made.session.display, opacity=0.8, hidden=frozenset({4}), window=0.6))
    viewer.enlarge(viewer.slices["coronal"])
    made.window.docks["display"].hide()
    before, crosshair = made.session.case, made.session.crosshair
    save(made, until, dialogs.path)
    assert dialogs.asked == ["session to save"]
    assert [path.name for path in tmp_path.glob("work*")] == ["work.ventrisynth"]
    assert not made.session.unsaved

    viewer.enlarge(viewer.slices["coronal"])
    made.window.docks["display"].show()
    made.session.set_display(replace(made.session.display, opacity=0.1, hidden=frozenset(), radiological=False))
    made.window.recipe_panel.rows[VOLUME].number.setValue(20)
    made.controller.generate()
    until(lambda: made.session.case is not before and made.session.shown.complete)
    dialogs.path = tmp_path / "work.ventrisynth"
    made.window.actions_by_name["open_session"].trigger()
    until(lambda: made.session.case.name == before.name and not made.session.unsaved)
    after = made.session.case
    assert np.array_equal(after.labels.data, before.labels.data)
    assert after.provenance["edits"] == before.provenance["edits"]
    assert made.session.editor.edited_by_hand
    assert np.allclose(made.session.crosshair, crosshair)
    display = made.session.display
    assert (display.opacity, display.hidden, display.window) == (0.8, frozenset({4}), 0.6)
    assert not display.radiological, "which side is which stays the user's choice"
    assert viewer.enlarged is viewer.slices["coronal"]
    assert not made.window.docks["display"].isVisible()
    assert made.session.recipe.get(VOLUME) == 70
    until(lambda: made.session.report is not None)


def test_saving_again_asks_nothing_and_saving_as_asks(made, until, dialogs, tmp_path):
    dialogs.path = tmp_path / "a.ventrisynth"
    save(made, until, dialogs.path)
    made.editing.undo()
    until(lambda: made.session.unsaved)
    save(made, until, dialogs.path)
    assert dialogs.asked == ["session to save"]
    assert "edits" not in read(tmp_path / "a.ventrisynth").cases[0].case.provenance
    dialogs.path = tmp_path / "b.ventrisynth"
    made.window.actions_by_name["save_session_as"].trigger()
    until(lambda: made.keeping.saving.path == dialogs.path)
    assert sorted(path.name for path in tmp_path.glob(".*")) == [".b.ventrisynth.lock"]


def test_a_name_without_its_ending_does_not_replace_a_file_unasked(made, until, dialogs, tmp_path):
    (tmp_path / "work.ventrisynth").write_bytes(b"mine")
    dialogs.path, dialogs.replace_answer = tmp_path / "work", False
    made.window.actions_by_name["save_session"].trigger()
    assert dialogs.asked == ["session to save", "replace work.ventrisynth"]
    assert (tmp_path / "work.ventrisynth").read_bytes() == b"mine"
    assert made.session.status is None


def test_a_file_that_is_no_session_leaves_everything_as_it_is(made, until, dialogs, tmp_path):
    case = made.session.case
    dialogs.path = tmp_path / "letter.ventrisynth"
    for content in (b"", b"PK\x03\x04 and no more", b"a letter"):
        dialogs.path.write_bytes(content)
        made.session.set_message(None)
        made.window.actions_by_name["open_session"].trigger()
        assert "is not a whole VentriSynth session" in settled(made, until)
        assert made.session.case is case
        assert made.session.unsaved


def test_a_session_that_garbles_the_display_is_refused_whole(made, until, dialogs, tmp_path):
    dialogs.path = tmp_path / "a.ventrisynth"
    save(made, until, dialogs.path)
    made.keeping.saving.close()
    snapshot, case = read(dialogs.path), made.session.case
    result_of(write_session(dialogs.path, replace(snapshot, view={"display": {"opacity": "much"}})))
    made.session.set_message(None)
    made.window.actions_by_name["open_session"].trigger()
    assert "garbles how the case was shown" in settled(made, until)
    assert made.session.case is case
    assert list(tmp_path.glob(".*")) == [], "what was refused is not locked"


def test_what_another_version_does_not_know_stays_as_usual(made, until, dialogs, tmp_path):
    dialogs.path = tmp_path / "a.ventrisynth"
    save(made, until, dialogs.path)
    snapshot = read(dialogs.path)
    result_of(write_session(dialogs.path, replace(snapshot, view={"display": {"glow": 3, "opacity": 0.2}})))
    made.keeping.saving.open(dialogs.path)
    until(lambda: made.session.display.opacity == 0.2)


def test_a_dropped_session_is_opened(made, until, dialogs, tmp_path):
    dialogs.path = tmp_path / "a.ventrisynth"
    save(made, until, dialogs.path)
    before = made.session.case
    made.window.path_dropped.emit(dialogs.path)
    until(lambda: made.session.case is not before)
    assert made.keeping.saving.path == dialogs.path


def test_a_second_window_says_that_the_session_is_open_and_saves_elsewhere(made, second, until, dialogs, tmp_path):
    dialogs.path = tmp_path / "a.ventrisynth"
    save(made, until, dialogs.path)
    second.keeping.saving.open(dialogs.path)
    assert "a.ventrisynth is open in another window" in settled(second, until)
    assert second.session.case.name == made.session.case.name
    second.session.set_message(None)
    second.window.actions_by_name["save_session"].trigger()
    assert "open in another window; save under another name" in settled(second, until)
    dialogs.path = tmp_path / "b.ventrisynth"
    save(second, until, dialogs.path)
    assert read(tmp_path / "b.ventrisynth").cases[0].case.name == made.session.case.name


def test_a_session_is_free_again_when_its_window_is_gone(made, second, until, dialogs, tmp_path):
    dialogs.path = tmp_path / "a.ventrisynth"
    save(made, until, dialogs.path)
    made.keeping.saving.close()
    second.keeping.saving.open(dialogs.path)
    until(lambda: second.keeping.saving.path == dialogs.path)


def test_a_session_that_changed_on_disk_is_replaced_only_after_one_question(made, until, dialogs, tmp_path):
    first, other = tmp_path / "a.ventrisynth", tmp_path / "b.ventrisynth"
    dialogs.path = first
    save(made, until, first)
    first.write_bytes(b"theirs")
    dialogs.asked.clear()
    dialogs.changed_answer = Changed.CANCEL
    made.window.actions_by_name["save_session"].trigger()
    until(lambda: dialogs.asked == ["changed a.ventrisynth"] and made.session.status is None)
    assert first.read_bytes() == b"theirs"
    dialogs.path, dialogs.changed_answer = other, Changed.SAVE_AS
    made.window.actions_by_name["save_session"].trigger()
    until(lambda: made.keeping.saving.path == other)
    assert first.read_bytes() == b"theirs"
    other.write_bytes(b"theirs")
    dialogs.asked.clear()
    dialogs.changed_answer = Changed.REPLACE
    save(made, until, other)
    assert dialogs.asked == ["changed b.ventrisynth"]
    assert read(other).cases[0].case.name == made.session.case.name


def test_a_folder_that_vanished_loses_nothing(made, until, dialogs, tmp_path):
    folder = tmp_path / "network"
    folder.mkdir()
    dialogs.path = folder / "a.ventrisynth"
    save(made, until, dialogs.path)
    made.editing.undo()
    until(lambda: made.session.unsaved)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    made.session.set_message(None)
    made.window.actions_by_name["save_session"].trigger()
    assert "is not there; choose another folder" in settled(made, until)
    assert made.session.message.error
    assert made.session.unsaved


def test_closing_asks_once_about_a_session_with_unsaved_work(made, until, dialogs, tmp_path):
    dialogs.path = tmp_path / "a.ventrisynth"
    save(made, until, dialogs.path)
    made.editing.undo()
    until(lambda: made.session.unsaved)
    before, question = dialogs.path.read_bytes(), f"unsaved session: {made.session.case.name}"
    dialogs.asked.clear()
    dialogs.unsaved_answer = Unsaved.CANCEL
    made.window.close()
    assert made.window.isVisible()
    assert dialogs.asked == [question]
    assert dialogs.path.read_bytes() == before
    dialogs.unsaved_answer = Unsaved.SAVE
    made.window.close()
    until(lambda: not made.window.isVisible())
    assert dialogs.asked == [question] * 2
    assert dialogs.path.read_bytes() != before


def test_closing_discards_unsaved_work_if_its_owner_says_so(made, until, dialogs, tmp_path):
    dialogs.path = tmp_path / "a.ventrisynth"
    save(made, until, dialogs.path)
    made.editing.undo()
    until(lambda: made.session.unsaved)
    before = dialogs.path.read_bytes()
    dialogs.unsaved_answer = Unsaved.DISCARD
    made.window.close()
    assert not made.window.isVisible()
    assert dialogs.path.read_bytes() == before


def test_several_cases_come_back_in_order_and_are_asked_about_together(made, until, dialogs, tmp_path, scan):
    dialogs.unsaved_answer = Unsaved.DISCARD
    made.controller.open(scan)
    until(lambda: made.session.case.name == "scan" and made.session.status is None)
    made.controller.segment()
    until(lambda: made.session.case.labels is not None and made.session.status is None)
    corrected = next(one.name for one in made.session.gallery.entries if one.name != "scan")
    assert made.session.unsaved_work == ("scan", corrected)
    work = snapshot_of(made.window, made.session, only_work=True)
    assert work is not None
    assert [part.case.name for part in work.cases] == [corrected, "scan"]
    dialogs.asked.clear()
    dialogs.path, dialogs.unsaved_answer = tmp_path / "both.ventrisynth", Unsaved.SAVE
    made.window.close()
    until(lambda: not made.window.isVisible())
    assert dialogs.asked == [f"unsaved session: scan, {corrected}", "session to save"]
    saved = read(dialogs.path)
    assert [part.case.name for part in saved.cases] == [corrected, "scan"]
    assert saved.current == 1
    made.window.may_close = False
    made.window.show()
    before = made.session.case
    made.keeping.saving.open(dialogs.path)
    until(lambda: made.session.case is not before)
    assert [one.name for one in made.session.gallery.entries] == [corrected, "scan"]
    assert made.session.case.name == "scan"
    assert made.session.unsaved_work == ()


def test_what_can_be_made_or_opened_again_is_kept_by_its_recipe_or_path_alone(desktop, until, dialogs, scan):
    desktop.controller.open(scan)
    until(lambda: desktop.session.case is not None and desktop.session.status is None)
    for volume in (50, 90):
        before = desktop.session.case
        desktop.window.recipe_panel.rows[VOLUME].number.setValue(volume)
        desktop.controller.generate()
        until(lambda before=before: desktop.session.case is not before and desktop.session.shown.complete)
    work = snapshot_of(desktop.window, desktop.session, only_work=True)
    assert work is not None
    assert [part.case.name for part in work.cases] == ["synthetic 90 mL"]
    assert [(one.name, one.before) for one in work.references] == [("scan", 0), ("synthetic 50 mL", 0)]
    assert work.references[0].path == scan
    assert work.references[1].recipe is not None
    assert work.references[1].recipe.get(VOLUME) == 50
    assert work.references[1].mark == "SYNTHETIC"
    whole = snapshot_of(desktop.window, desktop.session)
    assert whole is not None
    assert [part.case.name for part in whole.cases] == ["scan", "synthetic 50 mL", "synthetic 90 mL"]
    assert whole.references == ()


def test_a_window_that_is_closed_at_once_still_writes_what_was_exported(made, until, dialogs, tmp_path):
    dialogs.path, dialogs.unsaved_answer = tmp_path / "a.nii.gz", Unsaved.DISCARD
    made.window.actions_by_name["export_image"].trigger()
    dialogs.path = tmp_path / "a.obj"
    made.window.actions_by_name["export_surface"].trigger()
    made.window.close()
    until(lambda: not made.window.isVisible())
    assert {"a.nii.gz", "a.obj"} <= {path.name for path in tmp_path.iterdir()}
