"""One background thread that runs one job at a time; the newest job wins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing

from engine.errors import as_engine_error
from engine.events import Cancelled, Event, Failed, Finished, Outcome, Started
from engine.jobs import Job


class Worker:
    """Runs jobs on its own thread and says what happens through ``emit``.

    ``emit`` is called on that thread, except for the Cancelled of a job that never began, which comes on the thread
    that replaced it. `submit` replaces a job that still waits (it gets its Cancelled) and asks a running one to stop,
    which it does at its next step. Every submitted job gets exactly one outcome.
    """

    def __init__(self, emit: Callable[[Event], None], name: str = "engine") -> None:
        self._emit = emit
        self._news = threading.Condition()
        self._waiting: Job | None = None
        self._stop = False
        self._closed = False
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Run ``job`` instead of whatever runs or waits now."""
        with self._news:
            if self._closed:
                raise RuntimeError("the worker is closed")
            replaced, self._waiting = self._waiting, job
            self._stop = True
            self._news.notify()
        if replaced is not None:
            self._emit(Cancelled(replaced.id))

    def cancel(self) -> None:
        """Stop what runs at its next step, and forget what waits."""
        with self._news:
            replaced, self._waiting = self._waiting, None
            self._stop = True
        if replaced is not None:
            self._emit(Cancelled(replaced.id))

    def close(self, timeout_s: float = 30.0) -> bool:
        """Cancel everything and end the thread; whether it ended in time."""
        with self._news:
            self._closed = True
            self._news.notify()
        self.cancel()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _loop(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._waiting is not None or self._closed)
                if self._waiting is None:
                    return
                job, self._waiting = self._waiting, None
                self._stop = False
            self._emit(Started(job.id))
            self._emit(self._outcome(job))

    def _outcome(self, job: Job) -> Outcome:
        try:
            with closing(job.run()) as events:
                while not self._stop:
                    self._emit(next(events))
        except StopIteration as done:
            return Finished(job.id, done.value)
        except Exception as error:  # whatever a job does wrong, also in its cleaning up, never ends the thread
            return Failed(job.id, as_engine_error(error))
        return Cancelled(job.id)
