"""Unsaved work is kept now and then, and offered again at the next start if this window dies."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, QObject, QTimer

from engine.errors import BadFileError, EngineError, OutputError
from engine.progress import result_of
from engine.session_files.jobs import AutosaveJob, FindLostWorkJob, ForgetJob, LostWork, RestoreJob
from engine.session_files.session_file import Written
from engine.session_files.slots import Slot, new_slot
from engine.session_files.snapshot import Snapshot
from gui.controller import Controller
from gui.dialogs import Dialogs, Lost
from gui.main_window import MainWindow
from gui.restoring import restore, snapshot_of, view_from_json
from gui.saving import Saving
from gui.session import Message, Session
from gui.tasks import Task

#: After a finished edit; further edits within this time are kept with it.
EDIT_MS = 2_000
#: Rest between one keeping and the next, so that a long correction costs little.
REST_MS = 15_000


class Autosave(QObject):
    """Keeps unsaved work in ``folder``, after each finished edit and at least every ``every_s`` seconds while something
    changes; 0: never. What is kept is removed as soon as it is saved elsewhere or given up by its owner."""

    def __init__(
        self,
        window: MainWindow,
        session: Session,
        controller: Controller,
        saving: Saving,
        dialogs: Dialogs,
        *,
        folder: Path,
        every_s: int,
    ) -> None:
        super().__init__()
        self._window, self._session, self._controller = window, session, controller
        self._saving, self._dialogs = saving, dialogs
        self._folder, self._every_ms = folder, 1000 * every_s
        self._slot: Slot | None = None
        self._written: Written | None = None
        self._changed = self._keeping = self._complained = False
        self._ended_ms = -REST_MS
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.timeout.connect(self.keep)

    @property
    def busy(self) -> bool:
        """Whether unsaved work is being kept just now."""
        return self._keeping

    def set_every(self, seconds: int) -> None:
        """Keep at least so often from now on; 0: never."""
        self._every_ms = 1000 * seconds
        if seconds == 0:
            self._due.stop()
        elif self._has_work():
            self.on_changed()

    # What a window left that died

    def look_for_lost_work(self, others: tuple[Path, ...]) -> None:
        """Find out, and ask what to do with it; half-written files in ``others`` are removed, too."""
        job = FindLostWorkJob(self._folder, others)
        self._controller.queue_file(Task(job, "", self._on_found, quiet=True))

    def _on_found(self, lost: LostWork | None) -> None:
        if lost is None:
            return
        answer = self._dialogs.lost_work(self._words(lost))
        if answer is Lost.RESTORE:
            task = Task(
                RestoreJob(lost.slot),
                self.tr("Restoring"),
                lambda snapshot: self._restore(lost.slot, snapshot),
                failed=lambda error: self._on_unreadable(lost.slot, error),
            )
            self._controller.queue_file(task)
            return
        if answer is Lost.DISCARD:
            with suppress(OSError):
                lost.slot.clear()
        lost.slot.release()

    def _restore(self, slot: Slot, snapshot: Snapshot) -> None:
        try:
            view = view_from_json(snapshot.view, slot.path.name)
        except BadFileError as error:
            self._on_unreadable(slot, error)
            return
        before, self._slot, self._written = self._slot, slot, None
        if before is not None:
            before.clear()
            before.release()
        restore(snapshot, view, window=self._window, session=self._session, controller=self._controller, own=True)
        self._saving.adopt(snapshot.home)
        self._session.set_message(Message(self.tr("The unsaved work is here again; save it to keep it.")))

    def _on_unreadable(self, slot: Slot, error: EngineError) -> None:
        aside = slot.put_aside()
        slot.release()
        sentence = self.tr("The unsaved work, kept as {0}, cannot be restored: {1}").format(aside, error)
        self._session.set_message(Message(sentence, error=True))

    def _words(self, lost: LostWork) -> str:
        record = lost.record
        saved = QDateTime.fromSecsSinceEpoch(int(record.saved.timestamp()))
        when = QLocale().toString(saved, "d MMMM yyyy, HH:mm")
        names = ", ".join(part.name for part in record.parts[:3]) + (" …" if len(record.parts) > 3 else "")
        words = self.tr("VentriSynth ended before {0} was saved. It was last kept on {1}.").format(names, when)
        if lost.others:
            words += " " + self.tr("There is older work, too; it is offered at the next start.")
        return words + " " + self.tr("Restore it now?")

    # Keeping

    def on_edited(self) -> None:
        """An edit is finished."""
        self._plan(EDIT_MS)

    def on_changed(self) -> None:
        """Something else changed."""
        self._plan(self._every_ms)

    def on_saved(self) -> None:
        """Something stands in a file now."""
        if not self._has_work():
            self._plan(0)

    def keep(self) -> None:
        """Keep what is unsaved, or forget what was kept if nothing is."""
        if not self._changed or self._keeping:
            return
        self._changed = False
        snapshot = self._snapshot()
        if snapshot is not None:
            try:
                # Known before it is written to, so that closing can remove what a job has just written.
                self._slot = self._slot or new_slot(self._folder)
            except OutputError as error:
                self._on_failed(error)
                self._plan(self._every_ms)
                return
            job = AutosaveJob(snapshot, self._slot, self._written)
            task = Task(job, "", self._on_kept, failed=self._on_failed, ended=self._on_ended, quiet=True)
        elif self._slot is not None:
            self._written = None
            task = Task(ForgetJob(self._slot), "", lambda _: None, ended=self._on_ended, quiet=True)
        else:
            return
        self._keeping = True
        self._controller.queue_file(task)

    def close(self, *, keep_work: bool) -> None:
        """End: the threads have ended already. ``keep_work``: nobody was asked about unsaved work, so keep it."""
        self._due.stop()
        snapshot = self._snapshot() if keep_work else None
        if snapshot is not None and (self._changed or self._keeping):
            with suppress(EngineError):
                self._slot = self._slot or new_slot(self._folder)
                result_of(AutosaveJob(snapshot, self._slot, self._written).run())
        if self._slot is not None:
            if snapshot is None:
                with suppress(OSError):
                    self._slot.clear()
            self._slot.release()

    # Parts

    def _has_work(self) -> bool:
        return bool(self._session.unsaved_work)

    def _snapshot(self) -> Snapshot | None:
        if not self._has_work():
            return None
        return snapshot_of(self._window, self._session, only_work=True, home=self._saving.home)

    def _plan(self, delay_ms: int) -> None:
        """Keep after this time, or sooner if that is planned; never right after the last time."""
        if self._every_ms == 0:
            return
        self._changed = True
        delay_ms = max(delay_ms, REST_MS - (_now_ms() - self._ended_ms)) if self._has_work() else delay_ms
        if not self._due.isActive() or self._due.remainingTime() > delay_ms:
            self._due.start(delay_ms)

    def _on_kept(self, written: Written) -> None:
        self._written = written
        self._complained = False
        if self._changed:
            self._plan(EDIT_MS)

    def _on_failed(self, error: EngineError) -> None:
        self._changed = True
        # Once is enough: it is tried again and again.
        if not self._complained:
            self._session.set_message(Message(str(error), error=True))
        self._complained = True

    def _on_ended(self) -> None:
        self._keeping = False
        self._ended_ms = _now_ms()
        if self._changed:
            self._plan(self._every_ms)


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
