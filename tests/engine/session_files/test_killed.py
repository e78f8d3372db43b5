"""What a process leaves that is killed with SIGKILL while it saves."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.io.case_folder import open_case
from engine.io.files import remove_leftovers
from engine.progress import result_of
from engine.session_files.session_file import read_session
from engine.session_files.slots import abandoned

ROOT = Path(__file__).resolve().parents[3]
MOMENTS = 16
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is neither fork nor SIGKILL")

#: Saves in processes that are killed at their n-th call, for n spread over the whole saving.
KILLED = """
import os, shutil, signal, sys
from pathlib import Path
import numpy as np
from engine.case import Case
from engine.grid import Grid
from engine.io.case_folder import save_case
from engine.progress import result_of
from engine.session_files.jobs import AutosaveJob, SaveSessionJob
from engine.session_files.session_file import write_session
from engine.session_files.slots import new_slot
from engine.session_files.snapshot import SavedCase, Snapshot
from engine.volume import LabelMap, Volume

folder, moments = Path(sys.argv[1]), int(sys.argv[2])
grid = Grid((6, 6, 6), np.diag([2.0, 2, 2, 1]))
labels = LabelMap(np.full(grid.shape, 4), grid)
def snapshot(name):
    image = Volume(np.random.default_rng(len(name)).normal(size=grid.shape), grid)
    return Snapshot((SavedCase(Case(name, image, labels), True),))
old, new = snapshot("old"), snapshot("new one")

def save(what, where):
    if what == "session":
        result_of(SaveSessionJob(where / "work.ventrisynth", new).run())
    elif what == "autosave":
        result_of(AutosaveJob(new, new_slot(where)).run())
    else:
        save_case(new.cases[0].case, where / "case")

def run(what, where, last=0):
    calls = 0
    def count(frame, event, argument):
        nonlocal calls
        calls += 1
        if calls == last:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.setprofile(count)
    save(what, where)
    sys.setprofile(None)
    return calls

for what in ("session", "autosave", "case"):
    for times in ("first", "second"):
        (folder / what / times).mkdir(parents=True)
        calls = run(what, folder / what / times)  # the first one imports what it needs
        shutil.rmtree(folder / what / times)
    assert calls > 20 * moments, "the moments lie between the steps of saving"
    # Evenly over the whole, and ever closer to the end, where the new file takes the old one's place.
    last = sorted({1 + n * calls // moments for n in range(moments)} | {calls - 2**n for n in range(1, 10)})
    for number, call in enumerate(last):
        where = folder / what / f"{number:03d}"
        where.mkdir()
        if what == "session":
            result_of(write_session(where / "work.ventrisynth", old))
        process = os.fork()
        if process == 0:
            run(what, where, call)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == -signal.SIGKILL, (what, number)
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Gives the folders in which processes were killed, from the first call of saving to the last."""
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-c", KILLED, str(folder), str(MOMENTS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return lambda what: sorted((folder / what).iterdir())


def test_a_killed_window_leaves_the_old_session_or_the_new_one_whole(killed):
    found = []
    for folder in killed("session"):
        found.append(result_of(read_session(folder / "work.ventrisynth"))[0].cases[0].case.name)
        remove_leftovers(folder)
        left = {path.name for path in folder.iterdir()}
        assert left - {"work.ventrisynth", ".work.ventrisynth.lock"} == set()
    assert found == sorted(found, reverse=True), "first the old one, then the new one"
    assert set(found) == {"old", "new one"}


def test_a_killed_autosave_is_whole_or_not_there(killed):
    found = []
    for folder in killed("autosave"):
        remove_leftovers(folder)
        slots = abandoned(folder)
        found.append(len(slots))
        for slot in slots:
            assert result_of(read_session(slot.path))[0].cases[0].unsaved
            slot.clear()
            slot.release()
        assert list(folder.iterdir()) == [], "nothing is left but what is offered"
    assert set(found) == {0, 1}


def test_a_killed_case_folder_is_whole_or_not_there(killed):
    found = []
    for folder in killed("case"):
        remove_leftovers(folder)
        found.append(len(list(folder.iterdir())))
        if (folder / "case").exists():
            assert open_case(folder / "case").labels is not None
            assert json.loads((folder / "case/case.json").read_text(encoding="utf-8"))["name"] == "new one"
    assert found == sorted(found)
    assert set(found) == {0, 1}
