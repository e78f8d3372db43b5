"""Ends the application when the system or the terminal asks for it, so that no half-written file is left."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Ending(QObject):
    """Calls ``end`` in Qt's thread at the first signal; a second one ends the process at once."""

    def __init__(self, end: Callable[[], None]) -> None:
        super().__init__()
        self._end = end
        # Python runs its handlers between two steps of Python, of which Qt's waiting loop has none: a byte wakes it.
        self._woken, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._notifier = QSocketNotifier(self._woken.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_woken)
        self._before = signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        self._handlers = {number: signal.signal(number, self._on_signal) for number in SIGNALS}
        self._asked = False

    def close(self) -> None:
        """Listen no more."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._before)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._woken.close()
        self._waker.close()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)

    def _on_woken(self) -> None:
        with contextlib.suppress(OSError):
            self._woken.recv(1)
        if self._asked:
            self._asked = False
            self._end()
