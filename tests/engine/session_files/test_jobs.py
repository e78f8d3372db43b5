import os

import numpy as np
import pytest

from engine.case import Case
from engine.errors import BadFileError, OutputError
from engine.events import Noticed, Progressed
from engine.io.files import TEMPORARY
from engine.progress import result_of
from engine.session_files import locks
from engine.session_files.jobs import AutosaveJob, FindLostWorkJob, ForgetJob, OpenSessionJob, SaveSessionJob
from engine.session_files.slots import new_slot
from engine.session_files.snapshot import SavedCase, Snapshot


@pytest.fixture
def snapshot(volume, labels):
    return Snapshot((SavedCase(Case("a", volume, labels), unsaved=True), SavedCase(Case("b", volume))), 1)


@pytest.fixture
def path(tmp_path, snapshot):
    """A session that no window has open."""
    path = tmp_path / "work.ventrisynth"
    lock = result_of(SaveSessionJob(path, snapshot).run()).lock
    assert lock is not None
    lock.release()
    return path


def test_a_session_is_saved_and_opened_case_by_case(path, snapshot):
    events = list(OpenSessionJob(path).run())
    assert [event.step for event in events if isinstance(event, Progressed)] == [0, 1, 2]
    opened = result_of(OpenSessionJob(path).run())
    assert opened.shared, "the job before holds it still"
    assert opened.snapshot.cases[0].case.labels is not None
    assert np.array_equal(opened.snapshot.cases[0].case.labels.data, snapshot.cases[0].case.labels.data)


def test_what_a_killed_window_left_beside_a_session_is_removed_when_it_is_opened(path, monkeypatch):
    monkeypatch.setattr("engine.io.files._alive", lambda _: False)
    monkeypatch.setattr("engine.io.files._computer", lambda: "0" * 8)
    (path.parent / f"{TEMPORARY}00000000.1-work.ventrisynth").touch()
    lock = result_of(OpenSessionJob(path).run()).lock
    assert lock is not None
    lock.release()
    assert list(path.parent.iterdir()) == [path]


def test_a_second_window_opens_a_session_without_its_lock_and_may_not_save_over_it(path, snapshot):
    first = result_of(OpenSessionJob(path).run())
    second = result_of(OpenSessionJob(path).run())
    assert first.lock is not None
    assert (first.shared, second.shared, second.lock) == (False, True, None)
    with pytest.raises(OutputError, match="open in another window; save under another name"):
        result_of(SaveSessionJob(path, snapshot).run())
    saved = result_of(SaveSessionJob(path, snapshot, first.lock, first.stamp).run())
    assert saved.lock is first.lock
    first.lock.release()
    assert not result_of(OpenSessionJob(path).run()).shared


def test_a_session_that_cannot_be_opened_or_saved_is_not_locked(path, snapshot, tmp_path):
    path.write_bytes(b"nothing")
    with pytest.raises(BadFileError):
        result_of(OpenSessionJob(path).run())
    with pytest.raises(OutputError, match="is not there"):
        result_of(SaveSessionJob(tmp_path / "gone" / path.name, snapshot).run())
    assert list(tmp_path.iterdir()) == [path]


def test_a_session_in_a_folder_one_may_only_read_is_opened(path, monkeypatch):
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(locks, "take", refuse)
    opened = result_of(OpenSessionJob(path).run())
    assert (opened.lock, opened.shared) == (None, False)


def test_unsaved_work_is_kept_again_and_again_and_then_forgotten(tmp_path, snapshot):
    folder = tmp_path / "state"
    slot = new_slot(folder)
    written = result_of(AutosaveJob(snapshot, slot).run())
    result_of(AutosaveJob(snapshot, slot, written).run())
    assert result_of(FindLostWorkJob(folder).run()) is None
    slot.release()
    lost = result_of(FindLostWorkJob(folder).run())
    assert lost is not None
    assert [part.name for part in lost.record.parts] == ["a", "b"]
    result_of(ForgetJob(lost.slot).run())
    lost.slot.release()
    assert list(folder.iterdir()) == []


def test_unsaved_work_that_cannot_be_kept_is_one_sentence(tmp_path):
    (tmp_path / "state").touch()
    with pytest.raises(OutputError, match=r"Unsaved work cannot be kept .*; save it yourself\.$"):
        new_slot(tmp_path / "state")


def test_the_newest_lost_work_is_found_and_the_older_ones_are_left_for_the_next_start(tmp_path, snapshot):
    slots = [new_slot(tmp_path) for _ in range(3)]
    for age, slot in enumerate(slots):
        result_of(AutosaveJob(snapshot, slot).run())
        os.utime(slot.path, ns=(0, 10**15 - age))
        slot.release()
    lost = result_of(FindLostWorkJob(tmp_path).run())
    assert lost is not None
    assert (lost.slot.path, lost.others) == (slots[0].path, 2)
    older = result_of(FindLostWorkJob(tmp_path).run())
    assert older is not None
    assert older.slot.path == slots[1].path


def test_lost_work_that_cannot_be_read_is_put_aside_and_said_once(tmp_path):
    slot = new_slot(tmp_path)
    slot.path.write_bytes(b"nothing")
    slot.release()
    (notice,) = [event for event in FindLostWorkJob(tmp_path).run() if isinstance(event, Noticed)]
    assert "cannot be restored" in notice.sentence
    assert [path.name for path in tmp_path.iterdir()] == [slot.path.name + ".damaged"]
    assert not any(isinstance(event, Noticed) for event in FindLostWorkJob(tmp_path).run())


def test_half_written_files_of_dead_windows_are_removed_at_the_start(tmp_path, monkeypatch):
    ours = tmp_path / f"{TEMPORARY}scan.nii.gz"
    ours.touch()
    monkeypatch.setattr("engine.io.files._alive", lambda _: False)
    monkeypatch.setattr("engine.io.files._computer", lambda: "0" * 8)
    (tmp_path / f"{TEMPORARY}00000000.1-x").mkdir()
    result_of(FindLostWorkJob(tmp_path / "state", (tmp_path,)).run())
    assert list(tmp_path.iterdir()) == [ours]
