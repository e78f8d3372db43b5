"""Unsaved work is kept by itself, and a window that died is made up for by the next one."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication

from engine.progress import result_of
from engine.recipe import VOLUME, Recipe
from engine.session_files.jobs import AutosaveJob
from engine.session_files.session_file import read_record, read_session
from engine.session_files.slots import abandoned, new_slot
from engine.session_files.snapshot import Home, Reference, SavedCase, Snapshot
from gui import autosave
from gui.app import state_folder
from gui.dialogs import Lost
from gui.display import Display
from gui.ending import Ending
from gui.restoring import snapshot_of
from gui.settings_dialog import SettingsDialog
from tests.gui.conftest import ball_labels, close_desktop, image_of, open_desktop

ROOT = Path(__file__).resolve().parents[2]
EDITS = [{"tool": "brush", "by": "hand", "label": 14, "voxels": 12, "step": 1}]


@pytest.fixture
def until(qtbot):
    """Waits until something is so; what it waits for arrives through the bridge."""
    return lambda so: qtbot.waitUntil(so, timeout=20_000)


@pytest.fixture
def state(tmp_path):
    """Where unsaved work is kept."""
    return tmp_path / "state"


@pytest.fixture
def start(qtbot, qapp, pack, settings, jobs, dialogs, state, monkeypatch):
    """Opens a window that keeps unsaved work, without the usual rests."""
    monkeypatch.setattr(autosave, "EDIT_MS", 0)
    monkeypatch.setattr(autosave, "REST_MS", 0)
    opened = []

    def open_one():
        opened.append(open_desktop(qtbot, qapp, pack, settings, jobs=jobs, dialogs=dialogs, state=state))
        return opened[-1]

    yield open_one
    for desktop in opened:
        close_desktop(desktop)


def kept(state) -> list[Path]:
    return sorted((state / "autosave").glob("[!.]*.ventrisynth"))


@pytest.fixture
def lost(state, pack, labels_of_70_ml):
    """Work that a window left which died; gives its snapshot."""
    case = replace(labels_of_70_ml, provenance={"synthetic": True, "edits": EDITS})
    view = {"display": {"opacity": 0.8, "radiological": False}, "panels": "", "enlarged": "axial"}
    recipe = Recipe(3, 4, ((VOLUME, 70.0), ("guidance", 2.5), ("steps", 20)))
    home = Home(state.parent / "work.ventrisynth", None)
    crosshair = tuple(case.grid.voxel_to_world((10, 12, 9)).tolist())
    before = (Reference("made before", 0, None, recipe, "SYNTHETIC", 70.0, 71.0), Reference("scan", 1, Path("/a.nii")))
    snapshot = Snapshot((SavedCase(case, unsaved=True),), 0, recipe, crosshair, view, home, before)
    slot = new_slot(state / "autosave")
    result_of(AutosaveJob(snapshot, slot).run())
    slot.release()
    return snapshot


@pytest.fixture
def labels_of_70_ml(pack):
    from engine.case import Case

    labels = ball_labels(pack.grid, 70)
    return Case("work", image_of(labels), labels)


def paint(desktop):
    """One dab of the brush."""
    desktop.editing.paint_with(14)
    desktop.editing.take("brush")
    desktop.editing.begin(desktop.window.viewer.plane(), desktop.session.case.grid.voxel_to_world((20, 20, 16)))
    desktop.editing.end()


def test_an_edit_is_kept_without_a_word_and_forgotten_when_it_is_saved(start, state, until, dialogs, tmp_path):
    desktop = start()
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None and desktop.session.status is None)
    assert kept(state) == [], "a recipe can be repeated, so there is no haste"
    told: list[object] = []
    desktop.session.status_changed.connect(told.append)
    paint(desktop)
    until(lambda: len(kept(state)) == 1)
    assert told == []
    assert read_record(kept(state)[0]).parts[0].unsaved
    paint_again = desktop.session.case
    desktop.editing.undo()
    until(lambda: desktop.session.case is not paint_again)
    until(lambda: "edits" not in result_of(read_session(kept(state)[0]))[0].cases[0].case.provenance)
    dialogs.path = tmp_path / "a.ventrisynth"
    desktop.window.actions_by_name["save_session"].trigger()
    until(lambda: kept(state) == [])
    assert desktop.keeping.saving.path == dialogs.path


def test_keeping_is_switched_off_and_on_in_the_settings_at_once(start, state, until):
    desktop = start()
    desktop.window.actions_by_name["settings"].trigger()
    dialog = desktop.window.findChild(SettingsDialog)
    dialog.autosave.setValue(0)
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None and desktop.session.status is None)
    paint(desktop)
    until(lambda: desktop.session.edited_by_hand)
    assert not desktop.keeping.autosave._due.isActive()
    dialog.autosave.setValue(0.5)
    assert desktop.keeping.autosave._due.remainingTime() > 20_000
    desktop.keeping.autosave.keep()
    until(lambda: len(kept(state)) == 1)


@pytest.mark.parametrize("answer", list(Lost))
def test_the_next_start_asks_once_what_to_do_with_lost_work(start, state, until, dialogs, lost, answer):
    dialogs.lost_answer = answer
    desktop = start()
    until(lambda: bool(dialogs.asked))
    (question,) = dialogs.asked
    assert "VentriSynth ended before work was saved" in question
    if answer is not Lost.RESTORE:
        assert desktop.session.case is None
        offered = abandoned(state / "autosave")
        assert len(offered) == len(kept(state)) == (answer is Lost.LATER)
        for slot in offered:
            slot.release()
        return
    until(lambda: desktop.session.case is not None)
    session, saved = desktop.session, lost.cases[0].case
    assert np.array_equal(session.case.labels.data, saved.labels.data)
    assert np.array_equal(session.case.image.data, saved.image.data)
    assert session.case.provenance["edits"] == EDITS
    assert session.unsaved
    assert session.edited_by_hand
    assert np.allclose(session.crosshair, lost.crosshair)
    assert session.display == Display(opacity=0.8, radiological=False)
    assert session.recipe == lost.recipe
    assert desktop.window.viewer.enlarged is desktop.window.viewer.slices["axial"]
    assert desktop.keeping.saving.path == lost.home.path
    entries = session.gallery.entries
    assert [one.name for one in entries] == ["made before", "work", "scan"]
    assert session.gallery.current is entries[1]
    assert all(one.can_come_back for one in (entries[0], entries[2]))
    assert (entries[0].recipe, entries[2].path) == (lost.recipe, Path("/a.nii"))
    assert len({one.id for one in entries}) == 3
    assert session.unsaved_work == ("work",)
    assert len(kept(state)) == 1, "it is kept until it is saved"
    close_desktop(desktop)
    assert kept(state) == [], "who closes the window has been asked"


def test_lost_work_that_is_damaged_is_said_in_one_sentence_and_stays(start, state, until, dialogs, lost):
    (path,) = kept(state)
    path.write_bytes(path.read_bytes()[:-200])
    desktop = start()
    until(lambda: desktop.session.message is not None)
    assert "cannot be restored" in desktop.session.message.sentence
    assert dialogs.asked == []
    assert [p.name for p in path.parent.iterdir()] == [f"{path.name}.damaged"]


def test_where_nothing_can_be_kept_the_window_says_so_once(start, state, until, dialogs):
    state.write_text("a file")
    desktop = start()
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None and desktop.session.status is None)
    said = []
    desktop.session.message_changed.connect(lambda message: said.append(message.sentence))
    failed = []
    complain = desktop.keeping.autosave._on_failed

    def fail(error):
        failed.append(error)
        complain(error)

    desktop.keeping.autosave._on_failed = fail
    for _ in range(2):
        paint(desktop)
        done = len(failed)
        until(lambda done=done: len(failed) > done)
        desktop.editing.undo()
    assert len(said) == 1
    assert "Unsaved work cannot be kept" in said[0]


def test_work_is_kept_when_the_process_is_asked_to_end(start, state, until, dialogs):
    desktop = start()
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None and desktop.session.status is None)
    assert kept(state) == []
    shown = snapshot_of(desktop.window, desktop.session)
    assert shown is not None
    wanted = shown.cases[0].case
    assert wanted.labels is not None
    desktop.window.may_close = True
    desktop.window.close()
    assert desktop.close(keep_work=True)
    again = start()
    until(lambda: again.session.case is not None)
    assert np.array_equal(again.session.case.labels.data, wanted.labels.data)


def test_a_signal_ends_the_event_loop(qapp, qtbot):
    ended = []
    ending = Ending(lambda: ended.append(True))
    before = signal.getsignal(signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGTERM)
    qtbot.waitUntil(lambda: ended == [True])
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL, "another one ends the process at once"
    ending.close()
    assert before is not signal.getsignal(signal.SIGTERM)


def test_unsaved_work_lies_in_the_users_own_folder(qapp):
    assert state_folder().name == "VentriSynth"
    assert state_folder().is_absolute()
    assert QCoreApplication.applicationName() not in ("", None)


#: A window of its own that corrects a case, waits until that is kept, and is killed.
KILLED = """
import os, signal, sys
from pathlib import Path
from PySide6.QtCore import QEventLoop, QSettings
from PySide6.QtWidgets import QApplication
from gui import autosave, theme
autosave.EDIT_MS = 0
from gui.app import build
from gui.settings import Settings
from tests.gui.conftest import FakeDialogs, ball_labels, image_of
from engine.case import Case
from engine.grid import centred_grid
import numpy as np
folder = Path(sys.argv[1])
app = QApplication([])
settings = Settings(QSettings(str(folder / "other.ini"), QSettings.Format.IniFormat))
desktop = build(None, settings, dialogs=FakeDialogs(), state=folder / "state")
desktop.window.show()
labels = ball_labels(centred_grid((32, 40, 32), 4.0, np.zeros(3)), 40)
desktop.session.set_case(Case("patient", image_of(labels), labels), unsaved=False)
desktop.session.set_crosshair(labels.grid.voxel_to_world((10, 12, 9)))
desktop.editing.paint_with(14)
desktop.editing.take("brush")
desktop.editing.begin(desktop.window.viewer.plane(), labels.grid.voxel_to_world((20, 20, 16)))
desktop.editing.end()
while not list((folder / "state/autosave").glob("[!.]*.ventrisynth")):
    app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
np.save(folder / "labels.npy", desktop.session.case.labels.data)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_windows_corrections_are_there_again_at_the_next_start(start, state, until, dialogs, tmp_path):
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr
    desktop = start()
    until(lambda: desktop.session.case is not None)
    assert len(dialogs.asked) == 1
    assert "patient" in dialogs.asked[0]
    corrected = np.load(tmp_path / "labels.npy")
    assert np.array_equal(desktop.session.case.labels.data, corrected)
    assert (corrected == 14).any()
    assert desktop.session.case.provenance["edits"][0]["by"] == "hand"
    expected = desktop.session.case.grid.voxel_to_world((10, 12, 9))
    assert np.allclose(desktop.session.crosshair, expected)
