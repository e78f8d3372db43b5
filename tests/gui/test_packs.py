"""Model packs in the window: looked at, installed, used without a restart, and removed."""

import hashlib
import json
import shutil
import threading
import zipfile
from pathlib import Path

import pytest
from PySide6.QtCore import QStandardPaths

from engine.packs import store as store_module
from engine.packs.memory import MemoryNeed
from engine.packs.place import data_folder, packs_folder
from engine.recipe import VOLUME
from gui import app
from gui.bridge import Bridge
from gui.packs import Packs
from gui.panels.pack_text import memory_words
from gui.panels.packs_dialog import PacksDialog
from tests.gui.conftest import FakeDialogs, close_desktop, open_desktop, write_pack


class PackDialogs(FakeDialogs):
    """Also answers for packs."""

    def __init__(self) -> None:
        super().__init__()
        self.agrees = True

    def pack_file_to_install(self, folder: Path) -> Path | None:
        return self._answer("pack file")

    def pack_folder_to_install(self, folder: Path) -> Path | None:
        return self._answer("pack folder")

    def remove_pack(self, title: str, *, in_use: bool) -> bool:
        self.asked.append(f"remove {title}{', in use' if in_use else ''}")
        return self.agrees


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user of these tests has no packs yet."""
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "data"))


@pytest.fixture
def dialogs() -> PackDialogs:
    return PackDialogs()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A pack that may be installed: ventricles of 60 to 300 mL, and another grid."""
    folder = tmp_path / "source"
    write_pack(folder, (24, 28, 24), 5.0)
    manifest = json.loads((folder / "pack.json").read_text(encoding="utf-8"))
    for name, network in manifest["networks"].items():
        path = folder / network["file"]
        path.write_bytes(name.encode() * 100)
        network["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.update(name="Large <ventricles>", version="2", citation="Someone 2026")
    manifest["controls"][0].update(low=60, high=300, default=100)
    (folder / "pack.json").write_text(json.dumps(manifest))
    return folder


def dialog_of(desktop, qtbot) -> PacksDialog:
    """The window's dialog, with its list."""
    desktop.window.actions_by_name["packs"].trigger()
    dialog = desktop.window.findChild(PacksDialog)
    qtbot.waitUntil(lambda: dialog.list.count() > 0)
    return dialog


def install(dialog: PacksDialog, dialogs: PackDialogs, source: Path, qtbot) -> None:
    dialogs.path = source
    dialog.from_folder.trigger()
    qtbot.waitUntil(lambda: dialog.list.count() == 2 and dialog.install.isEnabled())


def make_case(desktop, qtbot) -> None:
    desktop.controller.generate()
    qtbot.waitUntil(lambda: desktop.session.case is not None and desktop.session.status is None)


# Through the window


def test_a_pack_is_installed_and_used_at_once_and_the_next_time(desktop, dialogs, source, settings, gate, qtbot):
    make_case(desktop, qtbot)
    before = desktop.session.case
    dialog = dialog_of(desktop, qtbot)
    install(dialog, dialogs, source, qtbot)
    chosen = dialog.chosen()
    assert chosen is not None
    assert chosen.key == "large-ventricles-2", "what was installed is shown"
    desktop.session.set_recipe(desktop.session.recipe.with_value(VOLUME, 20))
    gate.clear()
    desktop.controller.generate()
    qtbot.waitUntil(lambda: desktop.session.draft is not None)

    dialog.use.click()
    rows, series = desktop.window.recipe_panel.rows, desktop.window.series_panel
    assert desktop.session.draft is None, "what the pack before was making is stopped"
    assert desktop.session.status is None
    assert desktop.session.case is before
    assert desktop.controller.pack.name == "Large <ventricles>"
    assert rows[VOLUME].number.value() == 60, "a wish of before is kept as far as this pack goes"
    assert desktop.session.recipe.get(VOLUME) == 60
    assert (series.first.minimum(), series.last.maximum()) == (60, 300)
    qtbot.waitUntil(lambda: dialog.use.text() == "In use")
    assert not dialog.use.isEnabled()

    gate.set()
    qtbot.waitUntil(lambda: desktop.session.status is None)
    rows[VOLUME].number.setValue(250)
    assert desktop.session.recipe.get(VOLUME) == 250
    make_case(desktop, qtbot)
    assert desktop.session.case.grid.shape == (24, 28, 24)
    pack, trouble = app.find_pack(None, remembered=settings.pack)
    assert pack is not None
    assert (pack.name, trouble) == ("Large <ventricles>", "")


def test_a_pack_that_is_in_use_is_removed_only_when_the_user_agrees(desktop, dialogs, source, settings, qtbot):
    dialog = dialog_of(desktop, qtbot)
    install(dialog, dialogs, source, qtbot)
    desktop.session.set_recipe(desktop.session.recipe.with_value(VOLUME, 90))
    dialog.use.click()
    assert desktop.window.recipe_panel.rows[VOLUME].number.value() == 90, "what both packs can do stays"
    qtbot.waitUntil(lambda: dialog.use.text() == "In use")
    dialogs.agrees = False
    dialog.remove.click()
    assert dialogs.asked[-1] == "remove Large <ventricles> 2, in use"
    assert desktop.controller.pack.name == "Large <ventricles>"
    dialogs.agrees = True
    dialog.remove.click()
    qtbot.waitUntil(lambda: dialog.list.count() == 1)
    assert desktop.controller.pack.name == "VentriSynth starter"
    assert settings.pack == ""
    assert list(packs_folder().iterdir()) == []


def test_a_window_without_a_pack_gets_one(bare_desktop, qtbot):
    window = bare_desktop.window
    assert not window.actions_by_name["generate"].isEnabled()
    dialog_of(bare_desktop, qtbot).use.click()
    assert window.actions_by_name["generate"].isEnabled()
    assert window.recipe_panel.generate.isVisible()
    assert not window.recipe_panel.missing.isVisible()
    assert VOLUME in window.recipe_panel.rows


def test_a_window_that_closes_ends_an_installation(qtbot, qapp, pack, settings, jobs, dialogs, source, monkeypatch):
    monkeypatch.setattr(store_module, "CHUNK_BYTES", 1)
    desktop = open_desktop(qtbot, qapp, pack, settings, jobs=jobs, dialogs=dialogs)
    dialog = dialog_of(desktop, qtbot)
    dialogs.path = source
    dialog.from_folder.trigger()
    close_desktop(desktop)
    assert not packs_folder().exists() or list(packs_folder().iterdir()) == []
    assert [thread for thread in threading.enumerate() if thread.name == "packs"] == []


def test_a_remembered_pack_that_is_gone_gives_way_to_the_shipped_one():
    pack, trouble = app.find_pack(None, remembered="gone")
    assert pack is not None
    assert pack.name == "VentriSynth starter"
    assert "the pack that ships with VentriSynth is used" in trouble


# The dialog and its thread by themselves


@pytest.fixture
def packs(qtbot, qapp):
    made = Packs(Bridge())
    yield made
    made.close()


@pytest.fixture
def dialog(packs, qtbot) -> PacksDialog:
    """A dialog that shows what the thread says."""
    made = PacksDialog(None)
    qtbot.addWidget(made)
    packs.listed.connect(lambda found: made.set_packs(found, None))
    packs.progressed.connect(made.set_progress)
    packs.said.connect(lambda sentence, error: made.say(sentence, error=error))
    packs.installed.connect(lambda one: made.wish_to_show(one.key))
    made.cancel_clicked.connect(packs.cancel)
    made.show()
    packs.look()
    qtbot.waitUntil(lambda: made.list.count() == 1)
    return made


def test_a_zip_file_is_installed_and_a_damaged_one_is_a_sentence(packs, dialog, source, tmp_path, qtbot):
    path, broken = tmp_path / "new.zip", tmp_path / "broken.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in source.iterdir():
            archive.write(part, part.name)
    broken.write_bytes(path.read_bytes()[:200])
    packs.install(broken)
    qtbot.waitUntil(lambda: "broken.zip" in dialog.sentence.text())
    assert dialog.message.property("error") is True
    packs.install(path)
    qtbot.waitUntil(lambda: dialog.list.count() == 2)
    assert "is installed" in dialog.sentence.text()
    assert dialog.chosen().key == "large-ventricles-2"
    words = dialog.details.text()
    for part in ("Large &lt;ventricles&gt; 2", "Apache-2.0", "60–300 mL", "24 × 28 × 24 voxels of 5 mm", "Someone 20"):
        assert part in words
    assert "<ventricles>" not in words, "what a pack says is never markup"


def test_an_installation_shows_progress_can_be_cancelled_and_leaves_nothing(packs, dialog, source, qtbot, monkeypatch):
    go_on, copy = threading.Event(), store_module._copy_networks

    def copy_slowly(*arguments):
        for event in copy(*arguments):
            yield event
            go_on.wait(10)

    monkeypatch.setattr(store_module, "_copy_networks", copy_slowly)
    packs.install(source)
    qtbot.waitUntil(lambda: dialog.progress.isVisible() and dialog.progress.value() > 0)
    assert not dialog.install.isEnabled()
    dialog.cancel.click()
    go_on.set()
    qtbot.waitUntil(lambda: not dialog.progress.isVisible())
    assert "stopped" in dialog.sentence.text()
    assert list(packs_folder().iterdir()) == []


def test_the_shipped_pack_cannot_be_removed(dialog):
    assert not dialog.remove.isEnabled()
    assert dialog.use.isEnabled()


def test_a_pack_that_cannot_be_used_says_why_and_offers_no_use(packs, dialog, source, qtbot):
    shutil.copytree(source, packs_folder() / "half")
    (packs_folder() / "half" / "segmenter.safetensors").unlink()
    packs.look()
    qtbot.waitUntil(lambda: dialog.list.count() == 2)
    dialog.choose("half")
    assert "lacks segmenter" in dialog.details.text()
    assert not dialog.use.isEnabled()
    assert dialog.remove.isEnabled()


def test_memory_is_said_to_be_measured_or_estimated():
    assert memory_words(MemoryNeed(2048, "CPU")) == "about 2.0 GiB while a case is made (measured: CPU)"
    assert "estimated" in memory_words(MemoryNeed(2048))


def test_the_engine_and_qt_agree_on_where_data_lies():
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    assert data_folder() == Path(place) / "VentriSynth"
