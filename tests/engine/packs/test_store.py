"""Packs on this machine: installed completely or not at all, from folders and ZIP files, and removed."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import BadPackError, OutputError
from engine.packs import store as store_module
from engine.packs.store import STAGE, PackStore, key_of
from engine.progress import Progress, result_of

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def store(tmp_path: Path) -> PackStore:
    """A store with no pack in it, not even its folder, and none that is shipped."""
    return PackStore(tmp_path / "data" / "packs", tmp_path / "shipped")


@pytest.fixture
def source(make_pack: Callable[..., Path]) -> Path:
    """The folder of a sound pack."""
    return make_pack()


def install(store: PackStore, source: Path):
    return result_of(store.install(source, Progress(1, {STAGE: 1.0})))


def zipped(source: Path, target: Path, prefix: str = "") -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(source.iterdir()):
            archive.write(path, f"{prefix}{path.name}")
    return target


def is_empty(store: PackStore) -> bool:
    return not store.folder.exists() or list(store.folder.iterdir()) == []


def rewrite(source: Path, **changes: object) -> None:
    manifest = json.loads((source / "pack.json").read_text(encoding="utf-8"))
    (source / "pack.json").write_text(json.dumps(manifest | changes))


def test_a_folder_is_installed_under_its_name_and_version(store, source):
    installed = install(store, source)
    assert installed.folder == store.folder / "tiny-0.0.1"
    assert installed.pack is not None
    assert (installed.key, installed.title, installed.shipped) == ("tiny-0.0.1", "tiny 0.0.1", False)
    assert installed.size_bytes == sum(path.stat().st_size for path in source.iterdir())
    assert [one.key for one in store.packs()] == ["tiny-0.0.1"]
    for network in installed.pack.networks:
        installed.pack.verify(network)


@pytest.mark.parametrize("prefix", ["", "a folder/"], ids=["at the top", "in one folder"])
def test_a_zip_file_is_installed(store, source, tmp_path, prefix):
    installed = install(store, zipped(source, tmp_path / "new.zip", prefix))
    assert {path.name for path in installed.folder.iterdir()} == {path.name for path in source.iterdir()}


def test_progress_goes_to_the_end_over_every_chunk(store, source, monkeypatch):
    monkeypatch.setattr(store_module, "CHUNK_BYTES", 7)
    events = list(store.install(source, Progress(1, {STAGE: 1.0})))
    fractions = [event.fraction for event in events]
    assert len(events) > 15
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_terms_are_installed_with_a_pack_and_other_things_are_not(store, source):
    (source / "LICENSE").write_text("terms")
    (source / "notes.bin").write_bytes(b"x")
    (source / "more").mkdir()
    (source / "more" / "pack.json").write_text("{}")
    names = {path.name for path in install(store, source).folder.iterdir()}
    assert "LICENSE" in names
    assert names.isdisjoint({"notes.bin", "more"})


def test_a_pack_with_a_label_table_of_its_own_brings_it_along(store, source):
    label = {"value": 0, "name": "Background", "colour": [0, 0, 0], "group": "background", "mirror": 0}
    (source / "own.json").write_text(json.dumps({"name": "Own", "labels": [label]}))
    rewrite(source, label_table="own")
    assert install(store, source).pack.table.name == "Own"


def test_stopping_at_any_step_leaves_nothing(store, source, monkeypatch):
    monkeypatch.setattr(store_module, "CHUNK_BYTES", 7)
    steps = len(list(store.install(source, Progress(1, {STAGE: 1.0}))))
    store.remove("tiny-0.0.1")
    for stop in range(steps):
        events = store.install(source, Progress(1, {STAGE: 1.0}))
        for _ in range(stop + 1):
            next(events)
        events.close()
        assert is_empty(store)


def test_a_changed_network_is_refused_and_leaves_nothing(store, source):
    (source / "segmenter.safetensors").write_bytes(b"another")
    with pytest.raises(BadPackError, match=r"segmenter\.safetensors of the model pack tiny is not the file"):
        install(store, source)
    assert is_empty(store)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: (folder / "pack.json").unlink(), "no model pack"),
        (lambda folder: (folder / "pack.json").write_text("{"), "damaged"),
        (lambda folder: (folder / "segmenter.safetensors").unlink(), r"lacks segmenter\.safetensors"),
        (lambda folder: rewrite(folder, format=2), "update VentriSynth"),
    ],
    ids=["no manifest", "damaged", "incomplete", "newer"],
)
@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_what_is_no_sound_pack_is_refused_and_leaves_nothing(store, source, tmp_path, change, said, packed):
    change(source)
    with pytest.raises(BadPackError, match=said):
        install(store, zipped(source, tmp_path / "new.zip") if packed else source)
    assert is_empty(store)


@pytest.mark.parametrize("name", ["../evil.json", "/evil.json", "a/../../evil.json", "..\\evil.json", "C:evil.json"])
def test_a_zip_file_that_points_out_of_its_folder_is_refused(store, source, tmp_path, name):
    path = zipped(source, tmp_path / "new.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, "{}")
    with pytest.raises(BadPackError, match="points out of the pack's folder"):
        install(store, path)
    assert is_empty(store)
    assert list(tmp_path.rglob("evil.json")) == []


def test_a_link_in_a_zip_file_is_refused(store, source, tmp_path):
    path = zipped(source, tmp_path / "new.zip")
    link = zipfile.ZipInfo("link.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/hostname")
    with pytest.raises(BadPackError, match="points out"):
        install(store, path)


def damage(path: Path) -> None:
    """Change a byte in the middle of what is packed."""
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"pack.json") + 60] ^= 0xFF
    path.write_bytes(raw)


@pytest.mark.parametrize(
    "spoil", [damage, lambda path: path.write_bytes(path.read_bytes()[:-40]), lambda path: path.write_bytes(b"no zip")]
)
def test_a_damaged_zip_file_is_refused_and_leaves_nothing(store, source, tmp_path, spoil):
    path = zipped(source, tmp_path / "new.zip")
    spoil(path)
    with pytest.raises(BadPackError, match=r"new\.zip cannot be unpacked .* get it again"):
        install(store, path)
    assert is_empty(store)


def test_a_zip_file_with_two_packs_or_none_is_refused(store, source, tmp_path):
    path = zipped(source, tmp_path / "two.zip", "one/")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("two/pack.json", "{}")
    with pytest.raises(BadPackError, match="more than one model pack"):
        install(store, path)
    with pytest.raises(BadPackError, match="no file or folder"):
        install(store, tmp_path / "nowhere.zip")


def test_the_same_pack_is_not_installed_twice_and_another_of_its_name_never_replaces_it(store, source):
    install(store, source)
    with pytest.raises(BadPackError, match="installed already"):
        install(store, source)
    rewrite(source, description="Changed.")
    with pytest.raises(BadPackError, match=r"Another pack is installed as tiny-0\.0\.1"):
        install(store, source)
    assert [path.name for path in store.folder.iterdir()] == ["tiny-0.0.1"]


def test_a_pack_larger_than_the_disk_is_refused_before_it_is_copied(store, source, monkeypatch):
    usage = shutil.disk_usage(source)._replace(free=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(OutputError, match="make room"):
        install(store, source)
    assert is_empty(store)


def test_what_a_crash_left_is_never_listed_and_swept_away_after_a_day(store, source):
    for name, age in (("old", 2 * store_module.STALE_SECONDS), ("young", 0)):
        left = store.folder / f".part-{name}"
        shutil.copytree(source, left)
        then = time.time() - age
        os.utime(left, (then, then))
    assert store.packs() == ()
    install(store, source)
    assert sorted(path.name for path in store.folder.iterdir()) == [".part-young", "tiny-0.0.1"]


KILLED = """
import os, signal, sys
from pathlib import Path
from engine.packs import store
from engine.progress import Progress
store.CHUNK_BYTES = 7
events = store.PackStore(Path(sys.argv[1]), Path("none")).install(Path(sys.argv[2]), Progress(1, {store.STAGE: 1.0}))
for _ in range(9):
    next(events)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a matter of POSIX")
def test_a_process_that_is_killed_while_installing_leaves_no_pack(store, source):
    done = subprocess.run([sys.executable, "-c", KILLED, str(store.folder), str(source)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert list(store.folder.iterdir()) != [], "it was killed in the middle"
    assert store.packs() == ()
    assert install(store, source).pack is not None


def test_a_pack_that_cannot_be_used_is_listed_with_its_trouble_and_can_be_removed(store, source):
    folder = install(store, source).folder
    (folder / "segmenter.safetensors").unlink()
    (one,) = store.packs()
    assert one.pack is None
    assert "lacks segmenter" in one.trouble
    assert store.remove(one.key) == "tiny-0.0.1"
    assert is_empty(store)


def test_the_shipped_pack_is_the_first_and_is_never_removed(tmp_path, source):
    shipped = tmp_path / "shipped" / "starter"
    shutil.copytree(source, shipped)
    store = PackStore(tmp_path / "packs", shipped)
    rewrite(source, version="0.0.0")
    install(store, source)
    assert [(one.key, one.shipped) for one in store.packs()] == [("starter", True), ("tiny-0.0.0", False)]
    with pytest.raises(BadPackError, match="ships with VentriSynth"):
        store.remove("starter")
    assert (shipped / "pack.json").is_file()


def test_a_pack_is_found_by_key_title_or_name_unless_two_have_it(store, source):
    install(store, source)
    for name in ("tiny-0.0.1", "Tiny 0.0.1", "tiny"):
        assert store.find(name).key == "tiny-0.0.1"
    rewrite(source, version="0.0.2")
    install(store, source)
    assert store.find("tiny 0.0.2").key == "tiny-0.0.2"
    with pytest.raises(BadPackError, match=r"choose tiny-0\.0\.1 or tiny-0\.0\.2"):
        store.find("tiny")
    with pytest.raises(BadPackError, match=r"installed: tiny-0\.0\.1, tiny-0\.0\.2"):
        store.find("large")


def test_a_failed_rename_leaves_the_old_pack_whole(store, source, monkeypatch):
    install(store, source)

    def refuse(*paths):
        raise PermissionError(13, "in use")

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(PermissionError):
        store.remove("tiny")
    assert [path.name for path in store.folder.iterdir()] == ["tiny-0.0.1"]
    assert store.packs()[0].pack is not None


@pytest.mark.parametrize("name", ["../../evil", "A / B: ?", "Große Köpfe", "..."])
def test_a_folder_is_called_by_letters_every_file_system_takes(store, source, name):
    rewrite(source, name=name)
    folder = install(store, source).folder
    assert folder.parent == store.folder
    assert set(folder.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-")
    assert key_of(store.packs()[0].pack) == folder.name
