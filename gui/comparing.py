"""Comparing two cases: which wish becomes which job of the engine, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from engine.case import Case
from engine.comparing.comparison import Comparison
from engine.comparing.jobs import CompareJob, DifferenceJob, PairJob
from engine.comparing.pair import Pair
from engine.errors import EngineError, RegistrationError
from engine.events import Cancelled, Event, Failed, Finished, Progressed
from engine.jobs import Job, ReadBackJob
from engine.labels import VENTRICLES
from engine.pack import ModelPack
from engine.worker import Worker
from gui.bridge import Bridge
from gui.session import JobStatus

#: What the names of two cases end with where the second is what the segmenter reads in the first's image.
READ_BACK = " (read from its image)"


class Comparing(QObject):
    """Two workers, made when first needed: *comparing* pairs and measures, the newest wish wins; *differences* finds
    where labels differ. What fails or is cancelled leaves the pair of before as it was."""

    paired = Signal(object)  # Pair
    compared = Signal(object)  # Comparison
    difference_found = Signal(object)  # LabelMap
    status_changed = Signal(object)  # JobStatus | None
    said = Signal(str, bool)  # a sentence, and whether it is an error

    def __init__(
        self,
        bridge: Bridge,
        pair_job: Callable[[Case, Case, bool], Job] = PairJob,
        read_back_job: Callable[[ModelPack, Case, str], Job] = ReadBackJob,
    ) -> None:
        super().__init__()
        self.pair_job, self.read_back_job = pair_job, read_back_job
        self.pair: Pair | None = None
        self.comparison: Comparison | None = None
        self.cases: tuple[Case, Case] | None = None
        self.values: tuple[int, ...] = VENTRICLES
        self._bridge = bridge
        self._workers: dict[str, Worker] = {}
        self._running: dict[str, tuple[Job, str, Callable[[Any], None], Callable[[EngineError], None]]] = {}
        bridge.arrived.connect(self._on_event)

    # Wishes

    @Slot(object, object)
    def compare(self, first: Case, second: Case) -> None:
        """Compare two cases as they lie; they are aligned where they lie too far from each other for that."""
        second = _with_scan(second, first)

        def far(error: EngineError) -> None:
            if isinstance(error, RegistrationError):
                self._pair(first, second, align=True)
            else:
                self.said.emit(str(error), True)

        self._pair(first, second, align=False, failed=far)

    def open_and_compare(self, first: Case, path: Path, open_job: Job) -> None:
        """Compare ``first`` with what is in a file."""

        def opened(found: Any) -> None:
            if isinstance(found, Case):
                self.compare(first, found)
            else:
                sentence = self.tr("{0} holds several series; open the one you mean, then compare from the gallery.")
                self.said.emit(sentence.format(path.name), True)

        self._run("comparing", open_job, self.tr("Opening {0}").format(path.name), opened)

    def compare_with_image(self, pack: ModelPack, case: Case, device: str) -> None:
        """Compare a synthetic case's labels with what the segmenter reads in its image."""

        def read(found: Case) -> None:
            self.compare(case, replace(found, name=f"{case.name}{READ_BACK}"))

        self._run("comparing", self.read_back_job(pack, case, device), self.tr("Reading the image"), read)

    @Slot(bool)
    def align(self, on: bool) -> None:
        """Align the two cases rigidly, or compare them as they lie again."""
        if self.cases is not None:
            self._pair(*self.cases, align=on)

    @Slot()
    def swap(self) -> None:
        """Compare the second with the first."""
        if self.cases is not None and self.pair is not None:
            self._pair(*self.cases[::-1], align=self.pair.registration is not None)

    @Slot(object)
    def choose(self, values: tuple[int, ...]) -> None:
        """Find where these structures differ."""
        self.values = values
        if self.pair is not None and self.pair.labelled:
            title = self.tr("Difference")
            self._run("differences", DifferenceJob(self.pair, values), title, self.difference_found.emit)

    @Slot()
    def cancel(self) -> None:
        """Stop at the next step."""
        if "comparing" in self._workers:
            self._workers["comparing"].cancel()

    @Slot()
    def close(self) -> None:
        """End the threads."""
        self._running.clear()
        for worker in self._workers.values():
            worker.close()
        self._workers.clear()

    # Jobs

    def _pair(
        self, first: Case, second: Case, *, align: bool, failed: Callable[[EngineError], None] | None = None
    ) -> None:
        def done(pair: Pair) -> None:
            self.cases, self.pair, self.comparison = (first, second), pair, None
            self.paired.emit(pair)
            self.choose(self.values)
            if pair.labelled:
                self._run("comparing", CompareJob(pair), self.tr("Comparing"), self._on_compared)

        title = self.tr("Aligning the two scans") if align else self.tr("Comparing")
        self._run("comparing", self.pair_job(first, second, align), title, done, failed)

    def _on_compared(self, found: Comparison) -> None:
        self.comparison = found
        self.compared.emit(found)

    def _run(
        self,
        name: str,
        job: Job,
        title: str,
        done: Callable[[Any], None],
        failed: Callable[[EngineError], None] | None = None,
    ) -> None:
        if name not in self._workers:
            self._workers[name] = Worker(self._bridge.carry, name)
        self._running[name] = job, title, done, failed or self._on_failed
        if name == "comparing":
            self.status_changed.emit(JobStatus(title))
        self._workers[name].submit(job)

    def _on_failed(self, error: EngineError) -> None:
        self.said.emit(str(error), True)

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        name = next((n for n, task in self._running.items() if task[0].id == event.job_id), None)
        if name is None:
            return
        _, title, done, failed = self._running[name]
        if isinstance(event, Progressed) and name == "comparing":
            self.status_changed.emit(
                JobStatus(title, event.stage, event.step, event.steps, event.fraction, event.seconds_left)
            )
        if not isinstance(event, Finished | Failed | Cancelled):
            return
        del self._running[name]
        if name == "comparing":
            self.status_changed.emit(None)
        if isinstance(event, Finished):
            done(event.result)
        elif isinstance(event, Failed):
            failed(event.error)


def _with_scan(case: Case, scan: Case) -> Case:
    """A label map on the voxels of the other one's scan is looked at over that scan."""
    if case.image is not None or scan.image is None or case.grid != scan.grid:
        return case
    return replace(case, image=scan.image)
