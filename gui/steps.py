"""One step of correction after the other, on a thread of its own, so that the window goes on answering meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.events import Cancelled, Event, Failed, Finished, Noticed, Progressed
from engine.jobs import Job
from engine.worker import Worker
from gui.bridge import Bridge
from gui.session import JobStatus

#: A step that is done sooner is not spoken of: a bar that flashes up says nothing.
PATIENCE_MS = 150


@dataclass(frozen=True, eq=False)
class _Running:
    job: Job
    title: str
    done: Callable[[Any], None]


class Steps(QObject):
    """Steps keep their order: what is wished for while one is worked out waits for it. If one fails or is stopped, what
    waits is forgotten, since it was meant for what came out."""

    told = Signal(object)  # JobStatus of a step that takes a while, None when it has ended
    said = Signal(str, bool)  # a sentence for the user, and whether it is an error

    def __init__(self) -> None:
        super().__init__()
        self._bridge = Bridge()
        self._bridge.arrived.connect(self._on_event)
        self._worker = Worker(self._bridge.carry, "edits")
        self._running: _Running | None = None
        self._readying: _Running | None = None
        self._waiting: deque[Callable[[], None]] = deque()
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._on_patience_over)
        self._telling = self._closed = False

    @property
    def busy(self) -> bool:
        """Whether a step is being worked out."""
        return self._running is not None

    @property
    def title(self) -> str:
        """What is being worked out."""
        return "" if self._running is None else self._running.title

    def then(self, act: Callable[[], None]) -> None:
        """Do something as soon as no step is being worked out."""
        if self.busy:
            self._waiting.append(act)
        elif not self._closed:
            act()

    def start(self, job: Job, title: str, done: Callable[[Any], None]) -> None:
        """Work a step out; ``done`` gets its result. Only from within `then`."""
        assert not self.busy
        self._running, self._readying = _Running(job, title, done), None
        self._patience.start()
        self._worker.submit(job)

    def prepare(self, job: Job, done: Callable[[Any], None]) -> None:
        """Work something out that nobody waits for, unless a step is being worked out."""
        if not self.busy and not self._closed:
            self._readying = _Running(job, "", done)
            self._worker.submit(job)

    @Slot()
    def cancel(self) -> None:
        """Stop the step, and forget what waits for it."""
        if self.busy:
            self._worker.cancel()

    def close(self) -> bool:
        """End the thread; whether it ended in time."""
        self._running, self._readying = None, None
        self._waiting.clear()
        self._patience.stop()
        self._closed = True
        return self._worker.close()

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        running = self._running
        if running is None or event.job_id != running.job.id:
            self._on_ready(event)
            return
        match event:
            case Progressed() if self._telling:
                self.told.emit(
                    JobStatus(running.title, event.stage, event.step, event.steps, event.fraction, event.seconds_left)
                )
            case Noticed():
                self.said.emit(event.sentence, False)
            case Finished() | Failed() | Cancelled():
                self._end(running, event)

    def _on_ready(self, event: Event) -> None:
        readying = self._readying
        if readying is not None and event.job_id == readying.job.id and isinstance(event, Finished):
            self._readying = None
            readying.done(event.result)

    def _end(self, running: _Running, event: Finished | Failed | Cancelled) -> None:
        self._running = None
        self._patience.stop()
        if self._telling:
            self._telling = False
            self.told.emit(None)
        if isinstance(event, Finished):
            running.done(event.result)
        else:
            self._waiting.clear()
            if isinstance(event, Failed):
                self.said.emit(str(event.error), True)
            else:
                self.said.emit(self.tr("{0} was stopped; nothing was changed.").format(running.title), False)
        while self._waiting and not self.busy:
            self._waiting.popleft()()

    @Slot()
    def _on_patience_over(self) -> None:
        if self._running is not None:
            self._telling = True
            self.told.emit(JobStatus(self._running.title))
