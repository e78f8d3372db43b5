"""How long the event loop does not answer, and in which function the window was meanwhile."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

TICK_MS = 5
#: The window's stack is looked at when a tick is this late.
LATE_S = 0.02
HOME = Path(__file__).resolve().parent.parent
ROOMS = ("gui", "engine", "tests")


class Watchdog:
    """Turns the event loop until something has happened, with a tick every `TICK_MS`; a thread of its own looks at the
    window's stack whenever a tick is late."""

    def __init__(self, app: QApplication) -> None:
        self._app = app
        self._late: list[tuple[float, str]] = []
        self._last = 0.0
        self._seen = ""
        self._window = threading.get_ident()

    def run(self, until: Callable[[], bool], most_s: float = 600.0) -> None:
        """Watch until ``until`` is true, or ``most_s`` have passed."""
        self._late.clear()
        ended, began = threading.Event(), time.perf_counter()
        self._last = began
        timer = QTimer(interval=TICK_MS)
        timer.timeout.connect(self._tick)
        looker = threading.Thread(target=self._look, args=(ended,), name="watchdog", daemon=True)
        timer.start()
        looker.start()
        while time.perf_counter() - began < most_s:
            self._app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
            if until():
                break
        self._tick()
        timer.stop()
        ended.set()
        looker.join()

    @property
    def longest_ms(self) -> float:
        """By how much the latest tick was late."""
        return max(self._late, default=(0.0, ""))[0]

    @property
    def share_99_ms(self) -> float:
        """By how much 99 % of the ticks were late at most."""
        return float(np.percentile([late for late, _ in self._late], 99)) if self._late else 0.0

    @property
    def where(self) -> str:
        """The window's innermost function of this program during the longest stall, if it was seen."""
        return max(self._late, default=(0.0, ""))[1]

    def _tick(self) -> None:
        now = time.perf_counter()
        self._late.append((1000 * (now - self._last) - TICK_MS, self._seen))
        self._last, self._seen = now, ""

    def _look(self, ended: threading.Event) -> None:
        while not ended.wait(LATE_S / 2):
            if time.perf_counter() - self._last > LATE_S + TICK_MS / 1000:
                self._seen = _innermost(sys._current_frames().get(self._window)) or self._seen


def _innermost(frame: FrameType | None) -> str:
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(HOME) and path.relative_to(HOME).parts[0] in ROOMS and path != Path(__file__):
            return f"{path.relative_to(HOME).as_posix()}:{frame.f_lineno} {frame.f_code.co_name}"
        frame = frame.f_back
    return ""
