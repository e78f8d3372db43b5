"""The set-up room: the lock file, the scripts behind `make`, and one trap of Qt's Python binding."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
SETUP = ROOT / "resources" / "setup"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DIRECT = [Requirement(line) for line in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]]
# The packages of torch's CUDA builds, which torch pins itself.
OF_CUDA_BUILDS = re.compile(r"nvidia|cuda|triton")


def lock_lines() -> list[str]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def pins() -> dict[str, Version]:
    """Version by canonical name, as the lock file has them."""
    pairs = (line.split("==") for line in lock_lines())
    return {canonicalize_name(name): Version(version) for name, version in pairs}


# The lock file


def test_every_line_of_the_lock_file_is_an_exact_pin():
    assert [line for line in lock_lines() if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    assert len(pins()) == len(lock_lines()), "a package is pinned twice"


@pytest.mark.parametrize("requirement", DIRECT, ids=lambda requirement: requirement.name)
def test_a_direct_dependency_is_pinned_within_its_range(requirement):
    pin = pins().get(canonicalize_name(requirement.name))
    assert pin is not None, "not in requirements.lock"
    assert pin in requirement.specifier


def is_needed(need: Requirement, python: str) -> bool:
    """Whether a requirement applies to this Python ("3.12"), no extra being asked for."""
    environment = {"extra": "", "python_version": python, "python_full_version": f"{python}.1"}
    return need.marker is None or need.marker.evaluate(environment)


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_what_the_pinned_packages_need_is_pinned_in_its_range(python):
    pinned = pins()
    unmet = []
    for name in pinned:
        for need in map(Requirement, metadata.requires(name) or []):
            if not is_needed(need, python) or OF_CUDA_BUILDS.match(need.name):
                continue
            pin = pinned.get(canonicalize_name(need.name))
            if pin is None or pin not in need.specifier:
                unmet.append(f"{name} needs {need}, pinned is {pin}")
    assert unmet == []


def test_no_package_of_a_cuda_build_is_pinned():
    assert [name for name in pins() if OF_CUDA_BUILDS.match(name)] == []


def test_the_pyside_that_aborts_on_python_3_11_is_shut_out():
    (pyside,) = [requirement for requirement in DIRECT if requirement.name == "PySide6_Essentials"]
    assert "6.12.0" not in pyside.specifier
    assert pins()["pyside6-essentials"] < Version("6.12")
    assert pins()["shiboken6"] == pins()["pyside6-essentials"]


# The files of the repository

FOLDERS = [".ci", "docs", "engine", "gui", "resources", "tests"]
TEXT = {".cfg", ".ini", ".json", ".lock", ".md", ".py", ".sh", ".svg", ".toml", ".txt", ".yaml", ".yml"}
WITHOUT_SUFFIX = {"Makefile", "LICENSE", "run", ".gitignore", ".gitattributes"}
# A registry's host, or an option that would name one.
REGISTRY = re.compile(r"\bpypi\.[a-z]|pythonhosted\.[a-z]|download\.pytorch\.|index[-_]url\b|find[-_]links\b")
# A path which exists on one machine only.
MACHINE_PATH = re.compile(r"(?<![\w.~$}-])/(?:home|root|Users|opt|work|mnt)/\w")


def text_files() -> Iterator[Path]:
    """What the repository holds as text; needs no git, so that it also works on an unpacked archive."""
    candidates = list(ROOT.iterdir())
    for folder in FOLDERS:
        candidates += (ROOT / folder).rglob("*")
    for path in candidates:
        if path.is_file() and (path.suffix in TEXT or path.name in WITHOUT_SUFFIX):
            yield path


@pytest.mark.parametrize("pattern", [REGISTRY, MACHINE_PATH], ids=["package registry", "path of one machine"])
def test_no_text_names_a(pattern):
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in text_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == []


def test_continuous_integration_runs_make_test():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text(encoding="utf-8")


# The scripts, run with stand-ins for the programs that would change or describe the machine


@pytest.fixture
def stand_in(tmp_path, monkeypatch) -> Callable[[str, str], None]:
    """Put a program of the given name first on the path; it runs the given shell text."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("VENTRISYNTH_SYSTEM_PACKAGES", raising=False)

    def make(name: str, text: str) -> None:
        program = folder / name
        program.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        program.chmod(0o755)

    make("uname", "echo Linux")
    make("apt-get", f'echo "$@" >> {tmp_path}/apt-get.log')
    make("sudo", "exit 1")
    return make


def system_packages() -> subprocess.CompletedProcess[str]:
    command = [str(SETUP / "system-packages.sh"), sys.executable]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def dpkg_without(*absent: str, ending: str = "") -> str:
    """A dpkg-query that knows every package, with this ending to its name, but those named."""
    known = "|".join(f"{name}|{name}t64" for name in absent) or "-"
    return (
        f'shift 2; for p; do case $p in {known}) ;; *t64) [ -z "{ending}" ] || echo "$p installed" ;;'
        f' *) [ -n "{ending}" ] || echo "$p installed" ;; esac; done'
    )


@pytest.mark.parametrize("ending", ["", "t64"])
def test_nothing_is_said_when_no_package_is_missing(stand_in, ending, tmp_path):
    stand_in("dpkg-query", dpkg_without(ending=ending))
    done = system_packages()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (tmp_path / "apt-get.log").exists()


def test_root_installs_what_is_missing_and_nothing_else(stand_in, tmp_path):
    stand_in("dpkg-query", dpkg_without("libegl1", "libxcb-cursor0"))
    stand_in("id", "echo 0")
    assert system_packages().returncode == 0
    last = (tmp_path / "apt-get.log").read_text(encoding="utf-8").splitlines()[-1]
    assert [word for word in last.split() if word.startswith("lib")] == ["libegl1", "libxcb-cursor0"]


@pytest.mark.parametrize(
    ("absent", "status"), [("libegl1", 1), ("libxcb-cursor0", 3)], ids=["to draw", "for the window"]
)
def test_a_user_without_rights_is_told_the_one_command(stand_in, tmp_path, absent, status):
    stand_in("dpkg-query", dpkg_without(absent))
    stand_in("id", "echo 1000")
    done = system_packages()
    assert done.returncode == status
    assert f"sudo apt-get install --no-install-recommends {absent}\n" in done.stderr
    assert not (tmp_path / "apt-get.log").exists()


def test_an_unsupported_python_is_refused_in_one_sentence(stand_in):
    stand_in("python3", '[ "$1" = --version ] && echo Python 3.10.13 || exit 1')
    done = subprocess.run([str(SETUP / "setup.sh")], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "Python 3.10.13" in done.stderr


def make_run(tmp_path: Path, args: str = "") -> subprocess.CompletedProcess[str]:
    """`make run` with no display and an empty main.py, in a folder whose set-up is taken as done."""
    (tmp_path / "main.py").write_text("print('ran')", encoding="utf-8")
    (tmp_path / "resources").symlink_to(ROOT / "resources")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    drawing = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "ARGS")
    environment = {key: value for key, value in os.environ.items() if key not in drawing}
    command = ["make", "-f", str(ROOT / "Makefile"), "-o", ".venv/.ready", "run", f"ARGS={args}"]
    return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_make_run_without_a_display_points_to_the_command_line(tmp_path):
    done = make_run(tmp_path)
    assert done.returncode != 0
    assert "ran" not in done.stdout
    assert ".venv/bin/python main.py generate --help" in done.stderr


def test_make_run_needs_no_display_for_a_command(tmp_path):
    done = make_run(tmp_path, "generate --volume 80")
    assert (done.returncode, done.stdout.strip()) == (0, "ran")


# Qt


def test_a_void_qt_call_does_not_lose_a_reference_to_none():
    from PySide6.QtCore import QObject

    calls = 1000
    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(calls):
        thing.setObjectName("thing")
    # On Python 3.12 and later None is immortal, and the count stands still.
    assert sys.getrefcount(None) > before - calls // 2
