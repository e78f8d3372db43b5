"""Opening: recent files, the choice among several series, and what the header of a scan says."""

from __future__ import annotations

from pathlib import Path

from engine.errors import EngineError, MissingFileError
from engine.io.dicom.series import Listing
from gui.dicom_dialog import SeriesDialog
from gui.main_window import MainWindow
from gui.opening import Opening
from gui.panels.header_panel import DoubtsButton, HeaderDialog
from gui.questions import Questions
from gui.recent import Recent, RecentMenu
from gui.session import Message, Session
from gui.settings import Settings
from gui.wiring.tour import SAMPLE


def wire_opening(
    window: MainWindow, session: Session, opening: Opening, questions: Questions, settings: Settings
) -> None:
    """Everything that happens around opening a file."""
    recent = Recent(settings, window)
    menu = RecentMenu(recent, window)
    actions = window.actions_by_name
    files = actions.menus["&File"]
    entries = files.actions()
    files.insertMenu(entries[entries.index(actions["open_folder"]) + 1], menu)
    menu.chosen.connect(questions.open_path)

    def choose(path: Path, listing: Listing) -> None:
        for other in window.findChildren(SeriesDialog):
            other.reject()
        dialog = SeriesDialog(listing, window)
        dialog.chosen.connect(lambda series: opening.open(path, series))
        dialog.open()

    def forget(path: Path, error: EngineError) -> None:
        if isinstance(error, MissingFileError) and recent.remove(path):
            sentence = f"{path} is not there any more, so it was taken off the list of recent files."
            session.set_message(Message(sentence, error=True))

    opening.opened.connect(lambda path, _case: recent.add(path) if path != SAMPLE else None)
    opening.series_found.connect(choose)
    opening.failed.connect(forget)
    _wire_about(window, session)


def _wire_about(window: MainWindow, session: Session) -> None:
    """What the header says, beside the window, and a button that points to what is unusual in it."""
    about, action, doubts = HeaderDialog(window), window.actions_by_name["about_scan"], DoubtsButton()
    window.statusBar().addPermanentWidget(doubts)

    def show() -> None:
        about.set_case(session.case)
        about.show()
        about.activateWindow()

    def follow() -> None:
        action.setEnabled(session.case is not None)
        doubts.set_case(session.case)
        if about.isVisible() and about.case is not session.case:
            about.set_case(session.case)

    action.triggered.connect(show)
    doubts.clicked.connect(show)
    session.shown_changed.connect(follow)
    follow()
