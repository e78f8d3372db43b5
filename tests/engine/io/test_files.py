import stat

import pytest

from engine.io.files import temporary_folder, written_beside


def test_the_file_appears_only_when_it_is_complete(tmp_path):
    path = tmp_path / "result.txt"
    with written_beside(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
        assert temporary.name.endswith("-result.txt")
    assert path.read_text() == "new"
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
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_are_those_of_any_new_file(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with written_beside(tmp_path / "result.txt"):
        pass
    assert stat.S_IMODE((tmp_path / "result.txt").stat().st_mode) == stat.S_IMODE((tmp_path / "file").stat().st_mode)
    folder = temporary_folder(tmp_path)
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE((tmp_path / "folder").stat().st_mode)
