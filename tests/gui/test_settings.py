"""The settings: shown as they are, taking effect at once, remembered, and reset."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QSettings, QTranslator

from engine.packs.place import packs_folder, set_packs_folder, usual_packs_folder
from gui import translations
from gui.settings import AUTOSAVE_S, MIB, Settings
from gui.settings_dialog import Choices, SettingsDialog
from tests.gui.conftest import FakeDialogs

THREADS = "OMP_NUM_THREADS"


class SettingsDialogs(FakeDialogs):
    """Also answers for the folder of packs."""

    def packs_folder(self, folder: Path) -> Path | None:
        return self._answer(f"packs in {folder}")


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data and threads of these tests' own."""
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "data"))
    monkeypatch.setenv(THREADS, "1")


@pytest.fixture
def dialogs() -> SettingsDialogs:
    return SettingsDialogs()


def test_every_setting_takes_effect_is_remembered_and_can_be_reset(desktop, settings, dialogs, tmp_path):
    window, session = desktop.window, desktop.session
    window.actions_by_name["settings"].trigger()
    dialog = window.findChild(SettingsDialog)
    assert dialog.device.currentData() == "auto"
    assert dialog.history.value() == settings.history_mib

    dialog.device.setCurrentIndex(dialog.device.findData("cpu"))
    dialog.device.activated.emit(1)
    assert (desktop.controller.device, settings.device, session.device) == ("cpu", "cpu", "CPU")
    dialog.threads.setValue(3)
    assert (settings.threads, os.environ[THREADS]) == (3, "3")
    dialog.window_share.setValue(60)
    dialog.level_share.setValue(40)
    assert (session.display.window, session.display.level) == (0.6, 0.4)
    dialog.convention.setCurrentIndex(1)
    dialog.convention.activated.emit(1)
    assert not session.display.radiological
    assert not window.actions_by_name["radiological"].isChecked()
    dialog.autosave.setValue(2.5)
    assert settings.autosave_s == 150
    dialog.history.setValue(128)
    assert session.editor.history.budget_bytes == 128 * MIB
    assert "of 128 MiB" in window.edit_panel.history.toolTip()
    dialogs.path = tmp_path / "elsewhere"
    dialog.choose_folder.click()
    assert packs_folder() == tmp_path / "elsewhere"
    assert dialog.packs_folder.toolTip() == str(tmp_path / "elsewhere")

    window.actions_by_name["radiological"].trigger()
    assert dialog.convention.currentData() is True, "what is changed elsewhere is shown here"

    dialog.reset.click()
    assert (desktop.controller.device, settings.threads, settings.autosave_s) == ("auto", 0, AUTOSAVE_S)
    assert os.environ[THREADS] == str(os.cpu_count())
    assert (session.display.window, session.display.level) == (1.0, 0.5)
    assert session.editor.history.budget_bytes == Choices().history_mib * MIB
    assert packs_folder() == usual_packs_folder()


def test_a_folder_that_cannot_be_remembered_is_said(desktop, dialogs, tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")
    desktop.window.actions_by_name["settings"].trigger()
    dialogs.path = tmp_path / "elsewhere"
    desktop.window.findChild(SettingsDialog).choose_folder.click()
    assert desktop.session.message.error
    assert "cannot be remembered" in desktop.session.message.sentence


def test_showing_choices_wishes_for_nothing(qtbot):
    dialog = SettingsDialog(None, {"": "System", "en": "English"})
    qtbot.addWidget(dialog)
    wished: list[Choices] = []
    dialog.choices_edited.connect(wished.append)
    choices = Choices("cuda", 2, 0.5, 0.25, False, True, 0, 512, Path("/data/brains/of/ours/packs"), "en")
    dialog.set_choices(choices)
    assert wished == []
    assert dialog.autosave.text() == "Never"
    assert dialog.packs_folder.text() == str(Path("…", "of", "ours", "packs"))
    dialog.light.setChecked(False)
    assert wished[-1] == Choices("cuda", 2, 0.5, 0.25, False, False, 0, 512, choices.packs_folder, "en")


def test_settings_are_there_again_in_a_fresh_process(tmp_path):
    path = str(tmp_path / "settings.ini")
    first = Settings(QSettings(path, QSettings.Format.IniFormat))
    first.device, first.threads, first.language, first.pack = "cuda", 4, "de", "large-2"
    first._store.sync()
    again = Settings(QSettings(path, QSettings.Format.IniFormat))
    assert (again.device, again.threads, again.language, again.pack) == ("cuda", 4, "de", "large-2")
    first._store.setValue("studio/device", "quantum")
    assert first.device == "auto"


def test_a_folder_of_packs_chosen_before_is_kept_when_another_setting_changes(desktop, tmp_path):
    set_packs_folder(tmp_path / "elsewhere")
    desktop.window.actions_by_name["settings"].trigger()
    desktop.window.findChild(SettingsDialog).threads.setValue(2)
    assert packs_folder() == tmp_path / "elsewhere"


# Languages


def test_without_translations_there_is_english(tmp_path, monkeypatch, qapp):
    monkeypatch.setattr(translations, "folder", lambda: tmp_path)
    assert list(translations.languages()) == ["", "en"]
    assert not translations.install(qapp, "de")


def test_a_translation_that_is_there_is_offered_and_used(tmp_path, monkeypatch, qapp):
    source = tmp_path / "ventrisynth_de.ts"
    source.write_text(
        '<?xml version="1.0"?><TS version="2.1" language="de"><context><name>Actions</name><message>'
        "<source>&amp;Undo {0}</source><translation>&amp;Zurück {0}</translation></message></context></TS>",
        encoding="utf-8",
    )
    release = Path(sys.executable).with_name("pyside6-lrelease")
    subprocess.run([release, source, "-qm", source.with_suffix(".qm")], check=True, capture_output=True)
    monkeypatch.setattr(translations, "folder", lambda: tmp_path)
    assert translations.languages()["de"] == "Deutsch"
    try:
        assert translations.install(qapp, "de")
        assert QCoreApplication.translate("Actions", "&Undo {0}") == "&Zurück {0}"
    finally:
        for translator in qapp.findChildren(QTranslator):
            QCoreApplication.removeTranslator(translator)
            translator.deleteLater()
