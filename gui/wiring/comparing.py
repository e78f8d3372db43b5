"""Comparing: the menu and the gallery to the engine, what it finds to a window of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from engine.case import Case
from engine.comparing.pair import Pair
from gui.bridge import Bridge
from gui.comparing import Comparing
from gui.controller import Controller
from gui.dialogs import Dialogs
from gui.main_window import MainWindow
from gui.questions import Questions
from gui.session import JobStatus, Message, Session
from gui.settings import Settings

if TYPE_CHECKING:
    from gui.compare_window import CompareWindow


def wire_comparing(
    window: MainWindow,
    session: Session,
    controller: Controller,
    bridge: Bridge,
    questions: Questions,
    settings: Settings,
    dialogs: Dialogs,
) -> CompareDesk:
    """The entries of the menu and the gallery's wish; the window is made when it is first needed."""
    desk = CompareDesk(window, session, controller, Comparing(bridge), questions, settings, dialogs)
    actions = window.actions_by_name
    actions["compare_with"].triggered.connect(desk.ask)
    actions["compare_image"].triggered.connect(desk.read_back)
    window.compare_wished.connect(desk.comparing.compare)
    window.closed.connect(desk.close)
    return desk


class CompareDesk(QObject):
    """Grants what the window of a comparison wishes. Until there is one, the main window tells how far things are."""

    def __init__(
        self,
        window: MainWindow,
        session: Session,
        controller: Controller,
        comparing: Comparing,
        questions: Questions,
        settings: Settings,
        dialogs: Dialogs,
    ) -> None:
        super().__init__(window)
        self.comparing = comparing
        self.window: CompareWindow | None = None
        self._main, self._session, self._controller = window, session, controller
        self._questions, self._settings, self._dialogs = questions, settings, dialogs
        self._status: JobStatus | None = None
        comparing.paired.connect(self._show)
        comparing.status_changed.connect(self._on_status)
        comparing.said.connect(self._say)
        window.job_bar.cancel_clicked.connect(self._cancel)
        window.actions_by_name["cancel"].triggered.connect(self._cancel)

    @Slot()
    def ask(self) -> None:
        """Ask for the second case, and compare the one that is open with it."""
        case = self._session.case
        path = None if case is None else self._dialogs.file_to_open(self._settings.folder)
        if case is not None and path is not None:
            self._settings.folder = path.parent
            self.comparing.open_and_compare(case, path, self._controller.jobs.open(path))

    @Slot()
    def read_back(self) -> None:
        """Compare the labels of the synthetic case that is open with its image."""
        case, pack = self._session.case, self._controller.pack
        if case is not None and pack is not None:
            self.comparing.compare_with_image(pack, case, self._controller.device)

    @Slot()
    def close(self) -> None:
        """End the threads and give the graphics memory back."""
        self.comparing.close()
        if self.window is not None:
            self.window.view.close_scenes()
            self.window.close()

    def _show(self, pair: Pair) -> None:
        if self.window is None:
            self.window = self._made()
        if not self.window.isVisible():
            self.window.set_display(self._session.display)
            self.window.resize(self._main.size())
            self.window.move(self._main.pos())
        self.window.set_pair(pair)
        if pair.grid == _grid_of(self._session.case):
            self.window.view.set_crosshair(self._session.crosshair)
        if self._main.isMaximized():
            self.window.showMaximized()
        else:
            self.window.show()
        self.window.activateWindow()
        self.window.view.active.setFocus()

    def _made(self) -> CompareWindow:
        from gui.compare_window import CompareWindow

        made, comparing = CompareWindow(self._session.display, self._main), self.comparing
        # What the main window could not draw cannot be drawn here.
        made.view.set_drawing(self._main.viewer.drawing)
        made.panel.align_clicked.connect(comparing.align)
        made.panel.swap_clicked.connect(comparing.swap)
        made.panel.structure_chosen.connect(comparing.choose)
        made.cancel_wished.connect(comparing.cancel)
        made.picture_wished.connect(self._questions.save_picture)
        comparing.compared.connect(made.set_comparison)
        comparing.difference_found.connect(made.view.set_difference)
        return made

    def _on_status(self, status: JobStatus | None) -> None:
        before, self._status = self._status, status
        if self.window is not None and self.window.isVisible():
            self.window.set_status(status)
        elif status is not None or before is not None:
            self._session.set_status(status)

    def _cancel(self) -> None:
        if self._status is not None:
            self.comparing.cancel()

    def _say(self, sentence: str, error: bool) -> None:
        if self.window is not None and self.window.isVisible():
            self.window.say(sentence, error=error)
        else:
            self._session.set_message(Message(sentence, error))


def _grid_of(case: Case | None) -> object:
    return None if case is None else case.grid
