"""The entry point: which way each command line goes."""

import sys
import tomllib
import types
from pathlib import Path

import pytest

from engine.arguments import COMMANDS
from main import main

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def window(monkeypatch):
    """What the window was opened with."""
    calls = []

    def run(paths, pack_folder, device):
        calls.append((paths, pack_folder, device))
        return 7

    module = types.ModuleType("gui.app")
    module.__dict__.update(run=run)
    monkeypatch.setitem(sys.modules, "gui.app", module)
    return calls


def test_nothing_opens_the_window(window):
    assert main([]) == 7
    assert window == [([], None, "auto")]


def test_files_are_opened_in_the_window(window, tmp_path):
    scan = tmp_path / "scan.nii.gz"
    scan.touch()
    assert main([str(scan), str(tmp_path), "--pack", "packs/mine", "--device", "cpu"]) == 7
    assert window == [([scan, tmp_path], Path("packs/mine"), "cpu")]


def test_what_is_neither_a_command_nor_a_file_is_refused(window, capsys):
    assert main(["genrate"]) == 2
    assert capsys.readouterr().err.startswith("python main.py: There is no command and no file genrate;")
    assert window == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_without_a_display_the_command_line_is_pointed_to(window, capsys, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert main([]) == 2
    assert "no display" in capsys.readouterr().err
    assert window == []


def test_a_missing_library_is_a_sentence(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "gui.app", None)
    assert main([]) == 2
    assert "run make setup" in capsys.readouterr().err


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    said = capsys.readouterr().out
    assert all(f"\n  {command}" in said for command in COMMANDS)


def test_the_version_is_the_projects(capsys):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"VentriSynth {project['version']}\n"
