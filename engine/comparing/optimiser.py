"""A registration of SimpleITK that can be watched and stopped: it runs on a thread of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any

from engine.errors import RegistrationError
from engine.io.itk import simpleitk

THREAD = "registration"


def iterations(method: Any, fixed: Any, moving: Any) -> Iterator[tuple[int, int]]:
    """Run a registration on a thread of its own: (level, iteration) as it goes. Closing it stops the optimiser at its
    next iteration. Raises `RegistrationError` where the two have nothing in common."""
    sitk = simpleitk()

    news: queue.SimpleQueue[tuple[int, int] | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()

    def on_iteration() -> None:
        if stop.is_set():
            method.StopRegistration()
        news.put((method.GetCurrentLevel(), method.GetOptimizerIteration()))

    def execute() -> None:
        try:
            method.Execute(fixed, moving)
            news.put(None)
        except BaseException as error:  # told on the thread that waits
            news.put(error)

    method.AddCommand(sitk.sitkIterationEvent, on_iteration)
    thread = threading.Thread(target=execute, name=THREAD, daemon=True)
    thread.start()
    try:
        while (item := news.get()) is not None:
            if isinstance(item, RuntimeError):
                raise RegistrationError(
                    "The two scans could not be aligned, they have nothing in common; check that both are scans of the "
                    "same person's head."
                ) from item
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        thread.join()
