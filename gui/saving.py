"""The session in its file: saved there, saved elsewhere, opened, and what is asked meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from engine.errors import BadFileError, ChangedFileError, EngineError
from engine.session_files.jobs import NothingJob, OpenedSession, OpenSessionJob, SavedSession, SaveSessionJob
from engine.session_files.locks import Lock
from engine.session_files.session_file import SUFFIX
from engine.session_files.snapshot import Home, Stamp
from gui.controller import Controller
from gui.dialogs import Changed, Dialogs, Unsaved
from gui.main_window import MainWindow
from gui.questions import Questions
from gui.restoring import restore, snapshot_of, view_from_json
from gui.session import Message, Session
from gui.settings import Settings
from gui.tasks import Task


class Saving(QObject):
    """Knows the file that the session stands in, if it stands in one, and holds its lock."""

    def __init__(
        self,
        window: MainWindow,
        session: Session,
        controller: Controller,
        questions: Questions,
        settings: Settings,
        dialogs: Dialogs,
    ) -> None:
        super().__init__()
        self._window, self._session, self._controller = window, session, controller
        self._questions, self._settings, self._dialogs = questions, settings, dialogs
        self.path: Path | None = None
        self._stamp: Stamp | None = None
        self._lock: Lock | None = None

    @property
    def home(self) -> Home | None:
        """The session's file, for what is kept in case of a crash."""
        return None if self.path is None else Home(self.path, self._stamp)

    def save(self, then: Callable[[], None] = lambda: None) -> None:
        """Save where the session stands, or ask where; ``then`` is called only if that went well."""
        if self.path is None:
            self.save_as(then)
        else:
            self._write(self.path, self._lock, self._stamp, then)

    def save_as(self, then: Callable[[], None] = lambda: None) -> None:
        """Ask where to save."""
        case = self._session.case
        if case is None:
            return
        suggestion = self.path or self._settings.folder / f"{case.name}{SUFFIX}"
        path = self._dialogs.session_to_save(suggestion)
        if path is None:
            return
        path = named(path, SUFFIX, self._dialogs)
        if path is not None:
            self._settings.folder = path.parent
            self._write(path, self._lock if path == self.path else None, None, then)

    def ask_and_open(self) -> None:
        """Ask for a session and open it."""
        path = self._dialogs.session_to_open(self._settings.folder)
        if path is not None:
            self.open(path)

    def open(self, path: Path) -> None:
        """Open a session in place of this one."""
        self._settings.folder = path.parent
        self.unless_work_is_lost(lambda: self._open(path))

    def unless_work_is_lost(self, go_on: Callable[[], None]) -> None:
        """Go on at once, or after the user decided about everything that is not saved."""
        work, case = self._session.unsaved_work, self._session.case
        if not work:
            go_on()
            return
        if len(work) == 1 and self.path is None and case is not None and self._session.unsaved:
            self._questions.unless_unsaved(go_on)
            return
        answer = self._dialogs.unsaved_session(work)
        if answer is Unsaved.DISCARD:
            go_on()
        elif answer is Unsaved.SAVE:
            self.save(go_on)

    def when_written(self, go_on: Callable[[], None]) -> None:
        """Go on at once, or as soon as everything is written that is on its way to the disk."""
        if self._controller.writing:
            self._say(self.tr("The window closes as soon as everything is written."))
            self._controller.queue_file(Task(NothingJob(), "", lambda _: go_on(), quiet=True))
        else:
            go_on()

    def adopt(self, home: Home | None) -> None:
        """Stand in this file from now on, as the session did that was restored; its next saving takes the lock."""
        self._stand(None, None, None) if home is None else self._stand(home.path, home.stamp, None)

    def close(self) -> None:
        """Let go of the file."""
        self._stand(None, None, None)

    # Parts

    def _stand(self, path: Path | None, stamp: Stamp | None, lock: Lock | None) -> None:
        if self._lock is not None and self._lock is not lock:
            self._lock.release()
        self.path, self._stamp, self._lock = path, stamp, lock

    def _write(self, path: Path, lock: Lock | None, expected: Stamp | None, then: Callable[[], None]) -> None:
        snapshot = snapshot_of(self._window, self._session)
        if snapshot is None:
            return

        def done(saved: SavedSession) -> None:
            self._stand(path, saved.written.stamp, saved.lock)
            self._say(self.tr("The session was saved in {0}.").format(path))
            self._session.mark_kept([part.case for part in snapshot.cases], path)
            then()

        def failed(error: EngineError) -> None:
            if isinstance(error, ChangedFileError):
                self._on_changed(path, then)
            else:
                self._say(str(error), error=True)

        job = SaveSessionJob(path, snapshot, lock, expected)
        title = self.tr("Saving {0}").format(path.name)
        self._controller.queue_file(Task(job, title, done, failed=failed))

    def _on_changed(self, path: Path, then: Callable[[], None]) -> None:
        """Somebody else saved there since the session was opened."""
        answer = self._dialogs.changed(path.name)
        if answer is Changed.REPLACE:
            self._write(path, self._lock, None, then)
        elif answer is Changed.SAVE_AS:
            self.save_as(then)

    def _open(self, path: Path) -> None:
        def done(opened: OpenedSession) -> None:
            try:
                view = view_from_json(opened.snapshot.view, path.name)
            except BadFileError as error:
                if opened.lock is not None and opened.lock is not self._lock:
                    opened.lock.release()
                self._say(str(error), error=True)
                return
            restore(
                opened.snapshot,
                view,
                window=self._window,
                session=self._session,
                controller=self._controller,
                own=False,
            )
            self._session.mark_kept([part.case for part in opened.snapshot.cases], path)
            if opened.shared:
                self._stand(None, None, None)
                sentence = self.tr("{0} is open in another window, so this is a copy: save it under another name.")
                self._say(sentence.format(path.name))
            else:
                self._stand(path, opened.stamp, opened.lock)

        job = OpenSessionJob(path, self._lock if path == self.path else None)
        self._controller.queue_file(Task(job, self.tr("Opening {0}").format(path.name), done, reads=True))

    def _say(self, sentence: str, *, error: bool = False) -> None:
        self._session.set_message(Message(sentence, error))


def named(path: Path, suffix: str, dialogs: Dialogs) -> Path | None:
    """The path with this ending. Where only the ending makes it a file that is there already, the file dialog did not
    ask about it; None if it must not be replaced."""
    if path.name.lower().endswith(suffix):
        return path
    path = path.with_name(path.name + suffix)
    return path if not path.exists() or dialogs.replace(path.name) else None
