from pathlib import Path

import pytest

from engine import diagnostics
from engine.diagnostics import PACKAGES, DiagnosticsJob, without_home
from engine.pack import load_pack
from engine.progress import result_of
from resources import version


def test_facts_name_versions_machine_and_pack_and_no_folder(make_pack):
    pack = load_pack(make_pack())
    found = dict(result_of(DiagnosticsJob(pack, "Device: automatic").run()))
    assert found["VentriSynth"] == version()
    assert found["Model pack"] == f"tiny 0.0.1, sha256 {pack.sha256}"
    assert found["Device"] == "automatic"
    assert all(f"{name} " in found["Packages"] for name in PACKAGES)
    assert "missing" not in found["Packages"]
    assert "GiB" in found["Memory"]
    text = " ".join(found.values())
    assert str(pack.folder) not in text
    assert str(Path.home()) not in text


def test_without_a_pack_it_is_said():
    assert dict(result_of(DiagnosticsJob(None, "CPU").run()))["Model pack"] == "none"


def test_memory_is_unknown_where_the_system_does_not_say(monkeypatch):
    monkeypatch.setattr(diagnostics, "_memory_bytes", lambda: (None, None))
    assert diagnostics.memory_words() == "unknown"
    monkeypatch.setattr(diagnostics, "_memory_bytes", lambda: (8 * 2**30, None))
    assert diagnostics.memory_words() == "8.0 GiB"


@pytest.mark.parametrize("home", ["/somewhere/ann", "/"])
def test_the_home_folder_is_never_told(monkeypatch, home):
    monkeypatch.setattr(Path, "home", lambda: Path(home))
    assert without_home("in /somewhere/ann/x") == ("in ~/x" if home != "/" else "in /somewhere/ann/x")
