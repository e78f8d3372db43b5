"""The self-test of the program, how it is packaged, and the built program itself where it was built."""

import ast
import os
import subprocess
import sys
import types
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from engine.errors import SelfTestError
from engine.pack import MANIFEST, starter_pack_folder
from main import TRY_DRAWING, main
from resources import version

ROOT = Path(__file__).resolve().parent.parent
SPEC = ROOT / "resources" / "packaging" / "ventrisynth.spec"
PROGRAM = ROOT / "dist" / "VentriSynth" / ("VentriSynth.exe" if sys.platform == "win32" else "VentriSynth")
WITHOUT_PYTHON = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


# --self-test


@pytest.fixture
def trial(monkeypatch):
    """Stand-ins for the engine's and the window's part; each may be replaced by a test."""
    parts = types.SimpleNamespace(
        try_engine=lambda pack, device: types.SimpleNamespace(case=None, ventricular_ml=40.0, seconds=9.0),
        try_window=lambda pack, case: "the window opened and drew it",
        draw_without_a_screen=lambda: None,
    )
    for name in ("engine.self_test", "gui.self_test"):
        module = types.ModuleType(name)
        module.__dict__.update(vars(parts))
        monkeypatch.setitem(sys.modules, name, module)
    return sys.modules


def test_a_self_test_that_passes_is_one_line_and_0(trial, capsys):
    assert main(["--self-test"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert len(out.splitlines()) == 1
    assert out.startswith(f"VentriSynth {version()} works here")
    assert "40.0 mL" in out
    assert "the window opened" in out


@pytest.mark.parametrize("part", ["try_engine", "try_window"])
def test_a_self_test_that_fails_is_a_sentence_and_1(trial, capsys, part):
    def fail(*arguments):
        raise SelfTestError("Something is not as it should be; install VentriSynth again.")

    for name in ("engine.self_test", "gui.self_test"):
        setattr(trial[name], part, fail)
    assert main(["--self-test"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == ("VentriSynth does not work here: Something is not as it should be; install VentriSynth again.\n")


def test_a_self_test_without_a_pack_is_a_sentence_and_1(trial, capsys, tmp_path):
    assert main(["--self-test", "--pack", str(tmp_path / "nowhere")]) == 1
    assert "no model pack" in capsys.readouterr().err


def test_where_qt_is_missing_the_engine_alone_is_tried(trial, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "gui.self_test", None)
    assert main(["--self-test"]) == 0
    assert "the window was not tried" in capsys.readouterr().out


def test_the_trial_of_opengl_is_an_option_of_the_program(monkeypatch):
    module = types.ModuleType("gui.viewer.trial")
    module.__dict__.update(draw=lambda: 5)
    monkeypatch.setitem(sys.modules, "gui.viewer.trial", module)
    assert main([TRY_DRAWING]) == 5


# What is packaged


def value_of(name: str) -> Any:
    """A constant of the spec, which only PyInstaller can run as a whole."""
    for node in ast.parse(SPEC.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            return ast.literal_eval(node.value)
    raise AssertionError(f"the spec has no {name}")


def test_every_file_that_the_program_reads_is_shipped():
    rooms = [path for path in (ROOT / "resources").iterdir() if path.is_dir()]
    shipped = [room for room in rooms if room.name not in ("setup", "packaging", "__pycache__")]
    files = [path for room in shipped for path in room.rglob("*") if path.is_file() and path.suffix != ".py"]
    assert files
    assert [path.name for path in files if not path.name.endswith(value_of("SHIPPED"))] == []


def test_make_package_runs_the_spec_that_is_there():
    command = ["make", "--no-print-directory", "-n", "-o", ".venv/.ready", "package"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    words = done.stdout.split()
    assert words[0].endswith("pyinstaller")
    assert ROOT / words[-1] == SPEC
    assert words[words.index("--distpath") + 1] == PROGRAM.relative_to(ROOT).parts[0]


def test_packages_whose_version_is_asked_for_are_there():
    from engine.diagnostics import PACKAGES

    assert set(PACKAGES) <= set(value_of("VERSIONED"))
    assert all(metadata.version(name) for name in value_of("VERSIONED"))


def test_nothing_that_is_imported_is_left_out():
    excluded = tuple(value_of("EXCLUDED"))
    imported = set()
    for source in [ROOT / "main.py", *(ROOT / "engine").rglob("*.py"), *(ROOT / "gui").rglob("*.py")]:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    assert [name for name in imported if name.startswith(excluded)] == []


# The program itself


@pytest.fixture
def run_program(tmp_path):
    """Runs the built program far from this clone and its virtual environment."""
    if not PROGRAM.is_file():
        pytest.skip(f"{PROGRAM.relative_to(ROOT)} is not there: make package builds it on this machine")

    def go(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if key not in WITHOUT_PYTHON}
        environment |= {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"), "PATH": "/usr/bin:/bin"}
        command = [str(PROGRAM), *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=500
        )

    return go


@pytest.mark.slow
def test_the_built_program_makes_a_case_and_opens_its_window(run_program):
    done = run_program("--self-test")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1
    assert done.stdout.startswith(f"VentriSynth {version()} works here")
    assert "the window opened" in done.stdout


def test_the_built_program_knows_its_version_its_packs_and_its_name(run_program):
    assert run_program("--version").stdout == f"VentriSynth {version()}\n"
    assert run_program("packs").stdout.startswith("starter: VentriSynth starter")
    refused = run_program("--self-test", "--pack", "nothing")
    assert refused.returncode == 1
    assert "No model pack called nothing is installed" in refused.stderr
    assert "usage: VentriSynth" in run_program("--help").stdout


@pytest.mark.slow
@pytest.mark.skipif(not (starter_pack_folder() / MANIFEST).is_file(), reason="resources/packs/starter holds no pack")
def test_the_program_tests_itself_from_the_clone(tmp_path):
    environment = os.environ | {"XDG_DATA_HOME": str(tmp_path)}
    command = [sys.executable, "main.py", "--self-test"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr
    assert "read back" in done.stdout
