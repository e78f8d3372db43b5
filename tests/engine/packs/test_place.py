"""Where packs are installed: each system's own folder of data, or the place the user chose."""

import sys
from pathlib import Path

import pytest

from engine.errors import OutputError
from engine.packs.place import data_folder, packs_folder, set_packs_folder, usual_packs_folder


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch):
    """Data of a user who has none yet, on Linux."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_the_usual_place_is_in_the_users_data(tmp_path):
    assert packs_folder() == usual_packs_folder() == tmp_path / "data" / "VentriSynth" / "packs"
    assert not data_folder().exists(), "asking makes nothing"


def test_another_place_is_remembered_until_the_usual_one_is_chosen_again(tmp_path):
    set_packs_folder(tmp_path / "große Platte")
    assert packs_folder() == tmp_path / "große Platte"
    set_packs_folder(usual_packs_folder())
    assert packs_folder() == usual_packs_folder()
    set_packs_folder(usual_packs_folder())


def test_a_place_that_cannot_be_remembered_is_said(tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="cannot be remembered"):
        set_packs_folder(tmp_path / "elsewhere")


def test_every_system_has_its_own_place(monkeypatch, tmp_path):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.delenv("XDG_DATA_HOME")
    assert data_folder() == tmp_path / ".local" / "share" / "VentriSynth"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert data_folder() == tmp_path / "Library" / "Application Support" / "VentriSynth"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "Local"))
    assert data_folder() == tmp_path / "Local" / "VentriSynth"
