"""The program tries itself: one case made on the engine's thread, written, and read back."""

from __future__ import annotations

import queue
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.case import Case
from engine.errors import SelfTestError
from engine.events import Event, Failed, Finished
from engine.jobs import GenerateJob, Job, OpenJob, SaveJob
from engine.measures import measure_volumes
from engine.pack import ModelPack
from engine.recipe import STEPS
from engine.worker import Worker

#: A machine that takes longer for one case is of no use to anyone.
MOST_SECONDS = 1800.0


@dataclass(frozen=True)
class Trial:
    """A case that was made, written and read back, its ventricular volume in mL, and how long all of it took."""

    case: Case
    ventricular_ml: float
    seconds: float


def try_engine(pack: ModelPack, device: str) -> Trial:
    """Make a case with the fewest steps the pack allows, write it to a temporary folder and read it back.

    Raises `SelfTestError` if what is read is not what was made, and whatever the jobs raise.
    """
    began = time.monotonic()
    recipe = pack.default_recipe(1, 1).with_value(STEPS, pack.control(STEPS).low)
    events: queue.Queue[Event] = queue.Queue()
    worker = Worker(events.put, "self-test")
    try:
        made: Case = _result(worker, events, GenerateJob(pack, recipe, device))
        with tempfile.TemporaryDirectory(prefix="ventrisynth-") as folder:
            where: Path = _result(worker, events, SaveJob(made, Path(folder) / "case"))
            read: Case = _result(worker, events, OpenJob(where))
    finally:
        worker.close()
    return Trial(read, _ventricles(made, read), time.monotonic() - began)


def _result(worker: Worker, events: queue.Queue[Event], job: Job) -> Any:
    worker.submit(job)
    while True:
        try:
            event = events.get(timeout=MOST_SECONDS)
        except queue.Empty:
            raise SelfTestError(f"The engine did not answer for {MOST_SECONDS:.0f} s; start again.") from None
        if isinstance(event, Finished):
            return event.result
        if isinstance(event, Failed):
            raise event.error


def _ventricles(made: Case, read: Case) -> float:
    """The ventricular volume in mL. Raises `SelfTestError` if the cases differ."""
    if made.labels is None or read.labels is None or made.image is None or read.image is None:
        raise SelfTestError("The case that was made lacks its image or its label map; install VentriSynth again.")
    same = read.synthetic and read.grid == made.grid and np.array_equal(read.labels.data, made.labels.data)
    span = float(np.ptp(made.image.data)) or 1.0
    if not same or float(np.abs(read.image.data - made.image.data).max()) > 1e-3 * span:
        raise SelfTestError("The case that was read back is not the one that was made; install VentriSynth again.")
    volume = measure_volumes(read.labels).ventricular_ml
    if volume is None:
        raise SelfTestError("The case that was made has no ventricles; install VentriSynth or its model pack again.")
    return volume
