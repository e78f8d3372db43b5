import errno
import subprocess
import sys
from pathlib import Path

import pytest

from engine.io.files import written_beside
from engine.session_files import locks
from engine.session_files.slots import abandoned, new_slot

ROOT = Path(__file__).resolve().parents[3]
OTHER = """
import sys
from pathlib import Path
from engine.session_files.slots import new_slot
slot = new_slot(Path(sys.argv[1]))
slot.path.write_bytes(b"work")
print(slot.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Another process with unsaved work in a slot, and the slot's file."""
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield process, Path(process.stdout.readline().strip())
    process.kill()
    process.communicate()


def test_a_lock_is_held_once_and_leaves_no_file(tmp_path):
    first = locks.take(tmp_path / "a.lock")
    assert first is not None
    assert locks.take(tmp_path / "a.lock") is None
    first.release()
    assert not first.held
    assert list(tmp_path.iterdir()) == []
    again = locks.take(tmp_path / "a.lock")
    assert again is not None
    first.release()
    assert locks.take(tmp_path / "a.lock") is None, "what was released already lets nothing go"
    again.release()


def test_a_lock_that_cannot_be_made_is_an_error_and_not_somebody_elses(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        locks.take(tmp_path / "gone" / "a.lock")


def test_a_file_system_without_locks_is_an_error_and_keeps_no_file(tmp_path, monkeypatch):
    def refuse(_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks, "_locked", refuse)
    with pytest.raises(OSError, match="No locks"):
        locks.take(tmp_path / "a.lock")
    assert list(tmp_path.iterdir()) == []


def test_the_work_of_a_living_window_is_not_offered_and_that_of_a_dead_one_is(tmp_path, other):
    process, path = other
    assert abandoned(tmp_path) == []
    process.kill()
    process.wait()
    (slot,) = abandoned(tmp_path)
    assert slot.path == path
    assert abandoned(tmp_path) == [], "who found it holds it"
    slot.release()
    assert [found.path for found in abandoned(tmp_path)] == [path]


def test_what_a_living_window_is_about_to_write_is_not_offered(tmp_path):
    slot = new_slot(tmp_path)
    with written_beside(slot.path) as part:
        assert abandoned(tmp_path) == []
        assert part.exists()
    slot.release()
    assert [found.path for found in abandoned(tmp_path)] == [slot.path]


def test_a_slot_is_where_nobody_else_may_look(tmp_path):
    slot = new_slot(tmp_path / "state" / "autosave")
    assert slot.path.parent.stat().st_mode & 0o077 == 0
    slot.clear()
    slot.release()
    assert list(slot.path.parent.iterdir()) == []


def test_nothing_is_abandoned_where_there_is_no_folder(tmp_path):
    assert abandoned(tmp_path / "state") == []
