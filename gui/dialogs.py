"""The questions that need a dialog; tests answer them without one."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

Answer = TypeVar("Answer")

SCANS = (
    "Scans and label maps (*.nii *.nii.gz *.hdr *.img *.hdr.gz *.img.gz *.mgz *.mgh *.nrrd *.nhdr *.dcm *.ima "
    "DICOMDIR);;VentriSynth sessions (*.ventrisynth);;All files, also DICOM without an ending (*)"
)
PICTURES = "PNG picture (*.png)"
PACKS = "Model pack (*.zip);;All files (*)"
SESSIONS = "VentriSynth session (*.ventrisynth)"


class Unsaved(Enum):
    """What to do with a case that exists nowhere else."""

    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


class Changed(Enum):
    """What to do with a file that somebody else changed."""

    REPLACE = "replace"
    SAVE_AS = "save as"
    CANCEL = "cancel"


class Lost(Enum):
    """What to do with the unsaved work of a window that died."""

    RESTORE = "restore"
    LATER = "later"
    DISCARD = "discard"


class Dialogs:
    """Qt's own dialogs. None is the answer of a user who changed their mind."""

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent

    def file_to_open(self, folder: Path) -> Path | None:
        """A scan or a label map."""
        chosen, _ = QFileDialog.getOpenFileName(self._parent, "Open a scan or a label map", str(folder), SCANS)
        return Path(chosen) if chosen else None

    def folder_to_open(self, folder: Path, title: str = "Open a folder of DICOM files or a saved case") -> Path | None:
        """DICOM files, a saved case, or a series."""
        chosen = QFileDialog.getExistingDirectory(self._parent, title, str(folder))
        return Path(chosen) if chosen else None

    def folder_to_save(self, suggestion: Path, title: str = "Save the case as a new folder") -> Path | None:
        """A new folder for a case, or for a series."""
        chosen, _ = QFileDialog.getSaveFileName(self._parent, title, str(suggestion))
        return Path(chosen) if chosen else None

    def picture_to_save(self, suggestion: Path) -> Path | None:
        """A PNG file."""
        chosen, _ = QFileDialog.getSaveFileName(self._parent, "Save the views as a picture", str(suggestion), PICTURES)
        return Path(chosen) if chosen else None

    def unsaved(self, name: str) -> Unsaved:
        """What to do with an unsaved case."""
        button = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self._parent,
            "Unsaved case",
            f"The case {name} has not been saved. Save it first?",
            button.Save | button.Discard | button.Cancel,
            button.Save,
        )
        return {button.Save: Unsaved.SAVE, button.Discard: Unsaved.DISCARD}.get(answer, Unsaved.CANCEL)

    def unsaved_session(self, names: tuple[str, ...]) -> Unsaved:
        """What to do with several cases, or one of a session, that are not saved."""
        button = QMessageBox.StandardButton
        listed = ", ".join(names[:3])
        if len(names) > 3:
            listed = _words("{0} and {1} more").format(listed, len(names) - 3)
        answer = QMessageBox.question(
            self._parent,
            _words("Unsaved session"),
            _words("Not saved yet: {0}. Save the session first?").format(listed),
            button.Save | button.Discard | button.Cancel,
            button.Save,
        )
        return {button.Save: Unsaved.SAVE, button.Discard: Unsaved.DISCARD}.get(answer, Unsaved.CANCEL)

    def session_to_open(self, folder: Path) -> Path | None:
        """A session."""
        chosen, _ = QFileDialog.getOpenFileName(self._parent, _words("Open a session"), str(folder), SESSIONS)
        return Path(chosen) if chosen else None

    def session_to_save(self, suggestion: Path) -> Path | None:
        """Where a session goes."""
        chosen, _ = QFileDialog.getSaveFileName(self._parent, _words("Save the session"), str(suggestion), SESSIONS)
        return Path(chosen) if chosen else None

    def file_to_export(self, title: str, suggestion: Path, kinds: str) -> Path | None:
        """Where an export goes; ``kinds`` are Qt's filters."""
        chosen, _ = QFileDialog.getSaveFileName(self._parent, title, str(suggestion), kinds)
        return Path(chosen) if chosen else None

    def replace(self, name: str) -> bool:
        """Whether a file that is there may be replaced."""
        title, question = _words("Replace the file"), _words("{0} exists already. Replace it?").format(name)
        return QMessageBox.question(self._parent, title, question) == QMessageBox.StandardButton.Yes

    def changed(self, name: str) -> Changed:
        """What to do with a session that somebody else changed."""
        words = _words("{0} was changed by somebody else since it was opened here. Replace what they saved?")
        answers = {
            Changed.REPLACE: _words("Replace"),
            Changed.SAVE_AS: _words("Save as…"),
            Changed.CANCEL: _words("Cancel"),
        }
        return self._choice(
            _words("Changed session"), words.format(name), answers, usual=Changed.SAVE_AS, escape=Changed.CANCEL
        )

    def lost_work(self, words: str) -> Lost:
        """What to do with unsaved work of before, which ``words`` tell of."""
        answers = {
            Lost.RESTORE: _words("Restore"),
            Lost.LATER: _words("Not now"),
            Lost.DISCARD: _words("Discard"),
        }
        return self._choice(_words("Unsaved work"), words, answers, usual=Lost.RESTORE, escape=Lost.LATER)

    def _choice(self, title: str, words: str, answers: dict[Answer, str], *, usual: Answer, escape: Answer) -> Answer:
        """One of several answers, each with a button of its own words."""
        box = QMessageBox(QMessageBox.Icon.Question, title, words, parent=self._parent)
        role = QMessageBox.ButtonRole
        buttons = {
            answer: box.addButton(name, role.RejectRole if answer == escape else role.ActionRole)
            for answer, name in answers.items()
        }
        box.setDefaultButton(buttons[usual])
        box.setEscapeButton(buttons[escape])
        box.exec()
        # Nothing is clicked where the application ends meanwhile.
        clicked = box.clickedButton()
        return next((answer for answer, button in buttons.items() if button is clicked), escape)

    def pack_file_to_install(self, folder: Path) -> Path | None:
        """A model pack as a ZIP file."""
        chosen, _ = QFileDialog.getOpenFileName(self._parent, "Install a model pack", str(folder), PACKS)
        return Path(chosen) if chosen else None

    def pack_folder_to_install(self, folder: Path) -> Path | None:
        """A model pack as a folder."""
        chosen = QFileDialog.getExistingDirectory(self._parent, "Install a model pack from its folder", str(folder))
        return Path(chosen) if chosen else None

    def packs_folder(self, folder: Path) -> Path | None:
        """Where model packs are to be installed."""
        chosen = QFileDialog.getExistingDirectory(self._parent, "Install model packs in", str(folder))
        return Path(chosen) if chosen else None

    def remove_pack(self, title: str, *, in_use: bool) -> bool:
        """Whether an installed pack may be deleted."""
        words = f"Delete the model pack {title} from this machine?"
        if in_use:
            words += " It is in use now; the pack that ships with VentriSynth takes its place."
        return QMessageBox.question(self._parent, "Remove a model pack", words) == QMessageBox.StandardButton.Yes

    def about(self, text: str) -> None:
        """Something to read."""
        QMessageBox.about(self._parent, "About VentriSynth", text)


def _words(words: str) -> str:
    return QCoreApplication.translate("Dialogs", words)
