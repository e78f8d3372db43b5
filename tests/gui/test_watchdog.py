"""The watchdog sees how long the event loop stood still, and where."""

import time
from itertools import pairwise

import pytest
from PySide6.QtCore import QTimer

from gui.watchdog import Watchdog


def stand_still():
    end = time.perf_counter() + 0.12
    while time.perf_counter() < end:
        pass


def test_a_stall_is_measured_and_found(qapp):
    dog, done = Watchdog(qapp), []
    QTimer.singleShot(20, stand_still)
    QTimer.singleShot(200, lambda: done.append(True))
    dog.run(lambda: bool(done))
    assert dog.longest_ms >= 110
    assert dog.where.startswith("tests/gui/test_watchdog.py:")
    assert dog.where.endswith("stand_still")
    assert dog.share_99_ms <= dog.longest_ms


def test_a_loop_that_answers_has_no_stall(qapp):
    dog, ticks = Watchdog(qapp), []
    timer = QTimer(interval=1)
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
    timer.start()
    dog.run(lambda: len(ticks) > 20)
    timer.stop()
    longest = max(later - earlier for earlier, later in pairwise(ticks))
    assert dog.longest_ms <= 1000 * longest + 50


def test_it_gives_up_in_time(qapp):
    dog = Watchdog(qapp)
    began = time.perf_counter()
    dog.run(lambda: False, most_s=0.05)
    assert time.perf_counter() - began == pytest.approx(0.05, abs=2)
