"""The questions that need a dialog; tests answer them without one."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

SCANS = "NIfTI images (*.nii *.nii.gz *.hdr *.img);;All files (*)"
PICTURES = "PNG picture (*.png)"


class Unsaved(Enum):
    """What to do with a case that exists nowhere else."""

    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


class Dialogs:
    """Qt's own dialogs. None is the answer of a user who changed their mind."""

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent

    def file_to_open(self, folder: Path) -> Path | None:
        """A scan or a label map."""
        chosen, _ = QFileDialog.getOpenFileName(self._parent, "Open a scan or a label map", str(folder), SCANS)
        return Path(chosen) if chosen else None

    def folder_to_open(self, folder: Path) -> Path | None:
        """A saved case."""
        chosen = QFileDialog.getExistingDirectory(self._parent, "Open a case's folder", str(folder))
        return Path(chosen) if chosen else None

    def folder_to_save(self, suggestion: Path) -> Path | None:
        """A new folder for a case."""
        chosen, _ = QFileDialog.getSaveFileName(self._parent, "Save the case as a new folder", str(suggestion))
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

    def about(self, text: str) -> None:
        """Something to read."""
        QMessageBox.about(self._parent, "About VentriSynth", text)
