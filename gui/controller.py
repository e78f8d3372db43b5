"""Decides what the engine does: which wish becomes which job, and which result is still wanted."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from engine.case import Case
from engine.errors import BadRecipeError
from engine.events import Cancelled, Event, Failed, Finished, Noticed, Previewed, Progressed
from engine.jobs import Job
from engine.measures import label_position
from engine.pack import ModelPack
from engine.recipe import VOLUME, Recipe
from engine.worker import Worker
from gui.bridge import Bridge
from gui.offer import offers
from gui.origin import recipe_of, target_of
from gui.pace import Pace
from gui.session import JobStatus, Message, Report, Session
from gui.tasks import Jobs, Task, differs_in_appearance


class Controller(QObject):
    """Three workers: *studio* makes (the newest wish wins), *files* opens and saves (in turn, so that no wish ever
    cancels a save), *measures* counts the voxels of what is shown."""

    open_wished = Signal(object)  # Path
    step_cancelled = Signal()  # the user stops a step of correction

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        pack: ModelPack | None,
        *,
        device: str = "auto",
        jobs: Jobs | None = None,
    ) -> None:
        super().__init__()
        self.pack = pack
        self._session, self.device, self.jobs = session, device, jobs or Jobs()
        self._workers = {name: Worker(bridge.carry, name) for name in ("studio", "files", "measures")}
        self._running: dict[str, Task] = {}
        self._waiting_files: deque[Task] = deque()
        self._closed = False
        self._status: dict[str, JobStatus] = {}
        self.pace = Pace(self)
        self.pace.draft_due.connect(self._draft)
        self.pace.case_due.connect(self._make)
        bridge.arrived.connect(self.on_event)

    # Wishes

    @Slot(object)
    def edit_recipe(self, recipe: Recipe) -> None:
        """The user moved a slider or changed a seed."""
        self._session.set_recipe(recipe)
        if not self._session.live or self.pack is None or self._is_firm():
            return
        if self._session.edited_by_hand:
            self._say("A slider does not replace what was corrected by hand; press Generate to make a brain.")
        elif self._session.case is None or self._session.case.synthetic:
            self.pace.edited(recipe)
        else:
            self._say("A slider does not replace what was opened; press Generate to make a brain.")

    @Slot()
    def generate(self) -> None:
        """Make the case the sliders describe."""
        self.pace.stop()
        if self._session.recipe is not None:
            self._make(self._session.recipe)

    @Slot()
    def segment(self) -> None:
        """Label the scan that is open."""
        case = self._session.case
        if self.pack is None or case is None or case.image is None:
            self._say("Open a scan first; then its ventricles can be segmented.", error=True)
            return
        self.make(Task(self.jobs.segment(self.pack, case, self.device), "Segmenting", self._on_case_made))

    @Slot(float)
    def morph(self, volume_ml: float) -> None:
        """Grow or shrink the ventricles of the case that is open."""
        case = self._session.case
        if case is None or case.labels is None:
            self._say("Segment the scan first; then its ventricles can be morphed.", error=True)
            return
        self.make(Task(self.jobs.morph(case, volume_ml), "Morphing", self._on_case_made))

    @Slot(object)
    def open(self, path: Path) -> None:
        """Open a scan, a label map, a case's folder or one of DICOM files; `gui.opening` does."""
        self.open_wished.emit(path)

    def save(self, folder: Path, *, then: Callable[[], None] | None = None) -> None:
        """Write the case that is open as a new folder; ``then`` is called only if that went well."""
        case = self._session.case
        if case is None:
            return

        def done(path: Path) -> None:
            self._say(f"Saved in {path}.")
            self._session.mark_saved(case, path)
            if then is not None:
                then()

        self.queue_file(Task(self.jobs.save(case, folder), f"Saving {folder.name}", done))

    @Slot(object)
    def show_step(self, status: JobStatus | None) -> None:
        """Show how far a step of correction is, which is worked out elsewhere."""
        self._set_status("edits", status)

    @Slot()
    def cancel(self) -> None:
        """Stop the step of correction that runs, else what is being made, else opening or saving."""
        self.pace.stop()
        if "edits" in self._status:
            self.step_cancelled.emit()
        elif "studio" in self._running:
            self._workers["studio"].cancel()
        else:
            self._waiting_files = deque(task for task in self._waiting_files if task.quiet)
            if "files" in self._running and not self._running["files"].quiet:
                self._workers["files"].cancel()

    @Slot(object)
    def measure(self, case: Case) -> None:
        """Count the voxels of a complete case."""
        self._measure(case, target_of(case), draft=False)

    def take_measures(self, job: Job, done: Callable[[Any], None]) -> bool:
        """Let the worker that counts voxels do this, unless it is at work; whether it does."""
        if "measures" in self._running:
            return False
        self._submit("measures", Task(job, "Measuring", done))
        return True

    @Slot(int)
    def jump_to_label(self, value: int) -> None:
        """Move the crosshair into a structure."""
        shown = self._session.shown
        if shown is None or shown.case.labels is None:
            return
        position = label_position(shown.case.labels, value)
        if position is not None:
            self._session.set_crosshair(position)

    def close(self) -> bool:
        """End the threads; whether they all ended in time."""
        self.pace.stop()
        self._closed = True
        self._running.clear()
        return all([worker.close() for worker in self._workers.values()])

    # News

    @Slot(object)
    def on_event(self, event: Event) -> None:
        """Take in what a worker said, if it is about a job that is still wanted."""
        name = next((n for n, task in self._running.items() if task.job.id == event.job_id), None)
        if name is None:
            return
        match event:
            case Progressed() if not self._running[name].quiet:
                news = event.stage, event.step, event.steps, event.fraction, event.seconds_left
                self._set_status(name, JobStatus(self._running[name].title, *news))
            case Previewed():
                # A series takes minutes; what is open stays to be used meanwhile.
                if not self._running[name].firm or self._session.case is None:
                    self._show_draft(event.case, self._running[name].recipe)
            case Noticed():
                self._say(event.sentence)
            case Finished() | Failed() | Cancelled():
                self._end(name, event)

    def _end(self, name: str, event: Finished | Failed | Cancelled) -> None:
        task = self._running.pop(name)
        self._set_status(name, None)
        if isinstance(event, Finished):
            task.done(event.result)
        elif isinstance(event, Failed) and task.failed is not None:
            task.failed(event.error)
        elif isinstance(event, Failed):
            self._say(str(event.error), error=True)
        if name == "studio" and not isinstance(event, Finished):
            self.pace.stop()
            self._drop_draft()
        if task.ended is not None:
            task.ended()
        self._next_file()

    def stop_making(self) -> None:
        """Forget what is being made: it was not meant to replace what is shown from now on."""
        self.pace.stop()
        if "studio" in self._running and self._running["studio"].firm:
            return
        self._running.pop("studio", None)
        self._workers["studio"].cancel()
        self._set_status("studio", None)

    def show_recipe_of(self, case: Case) -> None:
        """Set the sliders as they were when a case was made, if this pack could make it."""
        recipe = recipe_of(case)
        if recipe is not None and offers(self.pack, recipe):
            self._session.set_recipe(recipe)

    def _on_case_made(self, case: Case) -> None:
        record = case.provenance.get("segmentation", case.provenance)
        self._session.set_device(str(record.get("device", self._session.device)))
        self._session.set_case(case, unsaved=True)
        self.measure(case)

    def _show_draft(self, draft: Case, recipe: Recipe | None) -> None:
        self._session.set_draft(draft)
        self._measure(draft, None if recipe is None else recipe.get(VOLUME), draft=True)

    def _drop_draft(self) -> None:
        """Show the last complete case again; a draft stays only where there is none."""
        case = self._session.case
        if case is None or self._session.draft is None:
            return
        self._session.set_draft(None)
        self.measure(case)

    # Jobs

    @Slot(object)
    def _draft(self, recipe: Recipe) -> None:
        assert self.pack is not None
        if differs_in_appearance(self._session.case, recipe, self.pack):
            # The labels are there; a draft of them would show nothing new.
            self.pace.draft_over()
            return

        def done(draft: Case) -> None:
            self._show_draft(draft, recipe)
            self.pace.draft_over()

        self._submit("studio", Task(self.jobs.preview(self.pack, recipe, self.device), "Preview", done, recipe))

    @Slot(object)
    def _make(self, recipe: Recipe) -> None:
        if self.pack is None:
            self._say("There is no model pack, so nothing can be generated; install one and start again.", error=True)
            return
        try:
            self.pack.check(recipe)
        except BadRecipeError as error:
            self._say(str(error), error=True)
            return
        job = self.jobs.whole_case(self._session.case, self.pack, recipe, self.device)
        self.make(Task(job, "Generating", self._on_case_made, recipe))

    def _measure(self, case: Case, target_ml: float | None, *, draft: bool) -> None:
        if case.labels is None:
            self._running.pop("measures", None)
            self._session.set_report(None)
            return

        def done(volumes: Any) -> None:
            self._session.set_report(Report(target_ml, volumes, draft or case.synthetic, draft, case.provenance))

        self._submit("measures", Task(self.jobs.measure(case.labels), "Measuring", done))

    def make(self, task: Task) -> None:
        """Let the studio do this instead of whatever it does, unless that is firm."""
        self.pace.stop()
        if not self._is_firm():
            self._submit("studio", task)

    def _is_firm(self) -> bool:
        """Whether the studio does what no other wish stops; then the user is told."""
        task = self._running.get("studio")
        if task is not None and task.firm:
            self._say(f"{task.title}: still being made. Wait for it, or press Cancel (Esc) first.")
        return task is not None and task.firm

    def _submit(self, name: str, task: Task) -> None:
        if self._closed:
            return
        self._running[name] = task
        self._set_status(name, None if task.quiet else JobStatus(task.title))
        self._workers[name].submit(task.job)

    @property
    def writing(self) -> bool:
        """Whether something is being written, or waits to be."""
        files = (self._running.get("files"), *self._waiting_files)
        return any(task is not None and not (task.quiet or task.reads) for task in files)

    def queue_file(self, task: Task) -> None:
        """Run a task on the files thread, after those that wait there."""
        self._waiting_files.append(task)
        self._next_file()

    def _next_file(self) -> None:
        if self._waiting_files and "files" not in self._running:
            self._submit("files", self._waiting_files.popleft())

    # Telling

    def _say(self, sentence: str, *, error: bool = False) -> None:
        self._session.set_message(Message(sentence, error))

    def _set_status(self, name: str, status: JobStatus | None) -> None:
        if name == "measures":
            return
        self._status.pop(name, None)
        if status is not None:
            self._status[name] = status
        first = (self._status.get(part) for part in ("edits", "studio", "files"))
        self._session.set_status(next((found for found in first if found is not None), None))
