"""The ``packs`` command, and ``--pack`` with the name of an installed pack."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import cli
from engine.errors import BadPackError
from engine.packs.command import chosen_pack
from engine.packs.place import packs_folder


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user of these tests has no packs yet."""
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "data"))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs ``packs`` with arguments: exit status, stdout, stderr."""

    def go(*arguments: object) -> tuple[int, str, str]:
        status = cli.main(["packs", *map(str, arguments)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return go


def test_a_pack_is_installed_listed_used_by_name_and_removed(run, make_pack):
    status, out, err = run("install", make_pack())
    assert (status, out) == (0, "Installed tiny 0.0.1; use it with --pack tiny-0.0.1.\n")
    assert "Copying and checking" in err
    status, out, err = run()
    assert status == 0
    assert "tiny-0.0.1: tiny 0.0.1, CC0-1.0" in out
    assert "of memory (estimated)" in out
    assert "ships with VentriSynth" in out.splitlines()[0]
    assert str(packs_folder()) in err
    assert chosen_pack(Path("tiny-0.0.1")).folder == packs_folder() / "tiny-0.0.1"
    assert run("remove", "tiny") == (0, "Removed tiny 0.0.1.\n", "")
    assert "tiny" not in run("list")[1]


def test_measured_memory_and_a_needed_gpu_are_said(run, make_pack):
    needs = {"memory_mib": 3072, "measured_on": "NVIDIA A100", "cuda": True}
    run("install", make_pack(lambda m: m.update(needs=needs)))
    assert "CUDA only, about 3.0 GiB of memory (measured: NVIDIA A100)" in run("list")[1]


@pytest.mark.parametrize("arguments", [("install", "nowhere"), ("remove", "large"), ("remove", "starter")])
def test_what_cannot_be_done_is_one_sentence_and_status_2(run, arguments):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1


def test_a_pack_may_still_be_a_folder_and_none_is_the_shipped_one(make_pack, monkeypatch):
    folder = make_pack()
    assert chosen_pack(folder).folder == folder
    monkeypatch.chdir(folder.parent)
    assert chosen_pack(Path("pack")).name == "tiny"
    assert chosen_pack(None).name == "VentriSynth starter"


def test_a_name_nobody_has_and_a_pack_that_broke_are_refused(run, make_pack):
    run("install", make_pack())
    with pytest.raises(BadPackError, match=r"installed: starter, tiny-0\.0\.1"):
        chosen_pack(Path("large"))
    (packs_folder() / "tiny-0.0.1" / "pack.json").write_text(json.dumps({"format": 1}))
    with pytest.raises(BadPackError, match="it lacks"):
        chosen_pack(Path("tiny-0.0.1"))
