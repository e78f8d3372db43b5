import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from engine.io.files import output_error, remove_leftovers, temporary_folder, written_beside


def test_the_file_appears_only_when_it_is_complete(tmp_path):
    path = tmp_path / "result.txt"
    with written_beside(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
        assert temporary.name.endswith("-result.txt")
    assert path.read_text(encoding="utf-8") == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "result.txt"
    path.write_text("old")

    def fail() -> None:
        with written_beside(path) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_are_those_of_any_new_file(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with written_beside(tmp_path / "result.txt"):
        pass
    assert stat.S_IMODE((tmp_path / "result.txt").stat().st_mode) == stat.S_IMODE((tmp_path / "file").stat().st_mode)
    folder = temporary_folder(tmp_path)
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE((tmp_path / "folder").stat().st_mode)


def test_a_long_name_is_written_too(tmp_path):
    path = tmp_path / ("n" * 240 + ".nii.gz")
    with written_beside(path) as temporary:
        assert temporary.name.endswith(".nii.gz")
    assert path.exists()


def dead_process() -> int:
    """The number of a process that has ended."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_what_a_dead_process_left_is_removed_and_nothing_else(tmp_path, monkeypatch):
    kept = [tmp_path / "scan.nii.gz", tmp_path / ".part-abcd1234-scan.nii.gz"]
    for path in kept:
        path.touch()
    with written_beside(tmp_path / "mine.txt") as mine:
        kept.append(temporary_folder(tmp_path))
        dead = dead_process()
        monkeypatch.setattr(os, "getpid", lambda: dead)
        left = temporary_folder(tmp_path)
        (left / "image.nii.gz").touch()
        monkeypatch.undo()
        (tmp_path / mine.name.replace(str(os.getpid()), str(dead))).touch()
        # Another computer's process of that number may well be alive.
        kept.append(tmp_path / f".part-00000000.{dead}-abc-file")
        kept[-1].touch()
        assert remove_leftovers(tmp_path) == 2
        assert sorted(tmp_path.iterdir()) == sorted([mine, *kept])


def test_a_folder_that_is_not_there_has_no_leftovers(tmp_path):
    assert remove_leftovers(tmp_path / "gone") == 0


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, "There is no room left on the disk for"),
        (errno.EROFS, "you may not write there"),
        (errno.ENOENT, "is not there"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_what_kept_a_file_from_being_written_is_one_sentence(number, says):
    sentence = str(output_error(Path("/data/out/a.csv"), OSError(number, os.strerror(number))))
    assert says in sentence
    assert "/data/out/a.csv" in sentence
    assert sentence.endswith(".")
    assert ". " not in sentence
