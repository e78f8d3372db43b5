"""What has to be asked before a wish goes to the controller: which file, which folder, and what about unsaved work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QPixmap

from engine.session_files.session_file import SUFFIX as SESSION_SUFFIX
from gui.controller import Controller
from gui.dialogs import Dialogs, Unsaved
from gui.session import Session
from gui.settings import Settings
from resources import version

ABOUT = (
    "<b>VentriSynth {version}</b>"
    "<p>Makes a synthetic brain MRI with the ventricular volume you ask for, and the label map it was made from. "
    "Opens a real scan and segments its ventricles.</p>"
    "<p>For research and teaching; not a medical device.</p>"
    "<p>Apache License 2.0. Help, Diagnostics says what it runs on.</p>"
)


class Questions(QObject):
    """Asks, and goes on only with an answer."""

    picture_wished = Signal(object)  # the QPixmap to be saved
    session_wished = Signal(object)  # the Path of a session that was dropped, named or chosen

    def __init__(self, session: Session, controller: Controller, settings: Settings, dialogs: Dialogs) -> None:
        super().__init__()
        self._session, self._controller = session, controller
        self._settings, self._dialogs = settings, dialogs

    @Slot()
    def open_file(self) -> None:
        """Ask for a scan or a label map."""
        self._open(self._dialogs.file_to_open(self._settings.folder))

    @Slot()
    def open_folder(self) -> None:
        """Ask for a saved case."""
        self._open(self._dialogs.folder_to_open(self._settings.folder))

    @Slot(object)
    def open_path(self, path: Path) -> None:
        """Open what was dropped or named."""
        self._open(path)

    @Slot()
    def generate(self) -> None:
        """Generate; asks only where a real scan's segmentation or corrections would be lost, since a recipe can be
        repeated."""
        case = self._session.case
        if case is not None and (not case.synthetic or self._session.edited_by_hand):
            self.unless_unsaved(self._controller.generate)
        else:
            self._controller.generate()

    @Slot()
    def segment(self) -> None:
        """Segment; asks where corrections by hand would be lost."""
        if self._session.edited_by_hand:
            self.unless_unsaved(self._controller.segment)
        else:
            self._controller.segment()

    @Slot(float)
    def morph(self, volume_ml: float) -> None:
        """Morph the case that is open; asks where corrections by hand would be lost."""
        if self._session.edited_by_hand:
            self.unless_unsaved(lambda: self._controller.morph(volume_ml))
        else:
            self._controller.morph(volume_ml)

    @Slot()
    def save(self) -> None:
        """Ask where to save the case."""
        self._save(lambda: None)

    def save_picture(self, picture: QPixmap) -> None:
        """Ask where to save a picture."""
        self.picture_wished.emit(picture)

    def about(self) -> None:
        """What this program is."""
        self._dialogs.about(ABOUT.format(version=version()))

    def unless_unsaved(self, go_on: Callable[[], None]) -> None:
        """Go on at once, or after the user decided about the case that exists nowhere else."""
        case = self._session.case
        if case is None or not self._session.unsaved:
            go_on()
            return
        answer = self._dialogs.unsaved(case.name)
        if answer is Unsaved.DISCARD:
            go_on()
        elif answer is Unsaved.SAVE:
            self._save(go_on)

    def _open(self, path: Path | None) -> None:
        if path is None:
            return
        self._settings.folder = path.parent
        if path.suffix.lower() == SESSION_SUFFIX:
            self.session_wished.emit(path)
            return
        self.unless_unsaved(lambda: self._controller.open(path))

    def _save(self, then: Callable[[], None]) -> None:
        case = self._session.case
        if case is None:
            return
        folder = self._dialogs.folder_to_save(self._settings.folder / case.name)
        if folder is not None:
            self._settings.folder = folder.parent
            self._controller.save(folder, then=then)
