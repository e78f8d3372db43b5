"""Corrections by hand: turns strokes and buttons into steps of the session's editor."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Slot

from engine.case import Case
from engine.edit import brush
from engine.edit.editor import CaseEditor
from engine.edit.jobs import STAGE, Operation, OperationJob, Ready, ReadyJob, at_once
from engine.edit.region import EVERYWHERE, PaintOver, Patch, Region, paint
from engine.edit.steps import EditedLabels, Outcome, table_of
from engine.events import Event
from engine.grid import Grid
from engine.jobs import Job
from engine.labels import VENTRICLES
from engine.progress import Progress
from gui.painting import BRUSH, ERASE, FILL, ISLAND, NAVIGATE, Painting
from gui.session import JobStatus, Message, Session
from gui.steps import Steps
from gui.viewer.planes import Plane

#: Name of a step in the menu and in the record.
STEPS = {BRUSH: "brush", ERASE: "erase", FILL: "fill", ISLAND: "remove component"}
NOTHING = "There was nothing to change."
#: A volume that is pushed to, and one that is pushed by.
TO, BY = "to", "by"


class Editing(QObject):
    """One step of undo for every stroke and every press of a button. Strokes are drawn as they grow; operations are
    worked out on a thread of their own, and until they are there, whatever would change the labels waits for them or is
    refused."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.steps = Steps()
        self._plane: Plane | None = None
        self._last = np.zeros(3)
        self.steps.told.connect(self._on_told)
        self.steps.said.connect(self._say)
        session.shown_changed.connect(self._make_ready)
        session.painting_changed.connect(self._make_ready)

    @property
    def _editor(self) -> CaseEditor:
        return self._session.editor

    def close(self) -> bool:
        """End the thread; whether it ended in time."""
        return self.steps.close()

    # Strokes

    @Slot(object, object)
    def begin(self, plane: Plane, world: np.ndarray) -> None:
        """The left button went down at ``world`` (3,) in a slice of ``plane``."""
        painting = self._session.painting
        at = plane.grid.world_to_voxel(world)
        if painting.tool in (FILL, ISLAND):
            self._on_component(plane, at)
        elif painting.tool in (BRUSH, ERASE) and self._start(STEPS[painting.tool], painting.painted):
            self._plane, self._last = plane, at
            self._put(brush.dab(plane.grid, at, painting.brush(plane.axis)))

    @Slot(object)
    def go_on(self, world: np.ndarray) -> None:
        """The pointer was drawn to ``world`` (3,)."""
        if self._plane is None or not self._editor.stroking:
            return
        grid, at = self._plane.grid, self._plane.grid.world_to_voxel(world)
        self._put(brush.stroke(grid, self._last, at, self._session.painting.brush(self._plane.axis)))
        self._last = at

    @Slot()
    def end(self) -> None:
        """The button went up."""
        self._plane = None
        self._finish()

    @Slot(object, object)
    def draw(self, plane: Plane, corners: np.ndarray) -> None:
        """A closed line through world points ``corners`` (N, 3) was drawn."""
        from engine.edit.select import polygon

        label, over = self._session.painting.label, self._over()

        def lasso(labels: np.ndarray) -> Patch | None:
            region = polygon(plane.grid.shape, plane.grid.world_to_voxel(corners), plane.axis)
            return None if region is None else paint(labels, region, label, over)

        self.operate("lasso", at_once(lasso), label=label, quiet=True)

    def _on_component(self, plane: Plane, at: np.ndarray) -> None:
        from engine.edit.islands import remove
        from engine.edit.select import component

        painting, over = self._session.painting, self._over()
        i, j, k = np.round(at).astype(int).tolist()
        if not all(0 <= n < size for n, size in zip((i, j, k), plane.grid.shape, strict=True)):
            return
        filling = painting.tool == FILL
        axis = plane.axis if filling and not painting.three_d else None

        def change(labels: np.ndarray) -> Patch:
            found = component(labels, (i, j, k), axis)
            if filling:
                return paint(labels, found, painting.label, over)
            return remove(labels, found, plane.grid.spacing)

        label = painting.label if filling else None
        self.operate(STEPS[painting.tool], at_once(change), label=label, quiet=True)

    # Operations on the chosen structure

    def smooth(self) -> None:
        """Smooth its boundary, jointly with its neighbours."""
        from engine.edit.boundary import smoothing

        label, mm, grid = self._session.painting.label, self._session.painting.amount_mm, self._grid()

        def operation(labels: np.ndarray, progress: Progress) -> Generator[Event, None, Patch | None]:
            steps = smoothing(labels, label, mm, grid=grid)
            try:
                while True:
                    yield progress.at(STAGE, *next(steps))
            except StopIteration as done:
                return done.value

        self.operate("smooth", operation, label=label)

    def grow(self) -> None:
        """Let it grow to where paint sticks."""
        from engine.edit.boundary import grow

        p, grid, over = self._session.painting, self._grid(), self._over()
        self.operate(
            "grow", at_once(lambda labels: grow(labels, p.label, p.amount_mm, grid=grid, over=over)), label=p.label
        )

    def shrink(self) -> None:
        """Let its neighbours grow into it."""
        from engine.edit.boundary import shrink

        p, grid = self._session.painting, self._grid()
        self.operate("shrink", at_once(lambda labels: shrink(labels, p.label, p.amount_mm, grid=grid)), label=p.label)

    def keep_largest(self) -> None:
        """Remove all of its components but the largest."""
        from engine.edit.islands import keep_largest

        label, grid = self._session.painting.label, self._grid()
        self.operate("keep largest", at_once(lambda labels: keep_largest(labels, label, grid.spacing)), label=label)

    def interpolate(self, plane: Plane | None) -> None:
        """Paint it between the slices of ``plane`` on which it is."""
        from engine.edit.slices import interpolate_slices

        if plane is None:
            return
        label, over, spacing = self._session.painting.label, self._over(), plane.grid.spacing
        self.operate(
            "interpolate",
            at_once(lambda labels: interpolate_slices(labels, label, plane.axis, spacing=spacing, over=over)),
            label=label,
        )

    def copy_slice(self, plane: Plane | None, steps: int) -> None:
        """Copy it from the slice under the crosshair to one to the right, front or top of it, and go there."""
        from engine.edit.slices import copy_slice

        if plane is None:
            return
        start = plane.slice_at(self._session.crosshair)
        end = start + plane.sign * steps
        label, over = self._session.painting.label, self._over()
        self.operate(
            "copy slice",
            at_once(lambda labels: copy_slice(labels, label, plane.axis, start=start, end=end, over=over)),
            label=label,
        )
        if 0 <= end < plane.slices:
            self._session.set_crosshair(plane.world(*plane.project(self._session.crosshair), end))

    def push(self, how: str, ml: float) -> None:
        """Push the chosen ventricle, or all of them, `TO` so many mL, or `BY` so many."""
        from engine.edit.flow import STAGES, push_ventricles, volume_of

        case, painting = self._session.case, self._session.painting
        if case is None:
            return
        structures = VENTRICLES if painting.all_ventricles else (painting.label,)
        grid, table = case.grid, table_of(case)

        def operation(labels: np.ndarray, progress: Progress) -> Generator[Event, None, Patch | None]:
            here = EditedLabels(labels, grid, table)
            wanted = ml if how == TO else volume_of(here, structures) + ml
            patch = yield from push_ventricles(here, structures, wanted, progress)
            return patch

        label = None if painting.all_ventricles else painting.label
        self.operate("ventricular flow", operation, label=label, stages=STAGES)

    def operate(
        self,
        step: str,
        operation: Operation,
        *,
        label: int | None = None,
        stages: dict[str, float] | None = None,
        quiet: bool = False,
    ) -> None:
        """Change the labels by an operation, as one step, after those that are being worked out. ``quiet``: say nothing
        where it changes nothing."""
        self.end()
        if self._session.held:
            self._refuse()
            return

        def done(outcome: Outcome | None) -> None:
            case = None if outcome is None else self._editor.finish(outcome)
            if case is not None:
                self._session.set_edited(case)
            elif outcome is None and not quiet:
                self._say(NOTHING)

        def start() -> None:
            if self._allowed():
                self._uncover(label)
                case = self._session.case
                assert case is not None
                job = OperationJob(case, step, label, operation, stages or {STAGE: 1.0})
                self.steps.start(job, f"{step[0].upper()}{step[1:]}", done)

        self.steps.then(start)

    def make(self, job: Callable[[Case], Job], title: str) -> None:
        """Let a model make something of the case that is open, as one step; labels are not changed meanwhile."""
        self.end()

        def start() -> None:
            case = self._session.case
            if case is None or not self._allowed():
                return

            def done(made: Case) -> None:
                if self._session.case is case:
                    self._session.set_case(made, unsaved=True)
                    self._session.edited.emit(self._session.case)

            self.steps.start(job(case), title, done)

        self.steps.then(start)

    # Undo

    @Slot()
    def undo(self) -> None:
        """Take the last step back."""
        self.steps.then(lambda: self._show(self._editor.undo()))

    @Slot()
    def redo(self) -> None:
        """Take it again."""
        self.steps.then(lambda: self._show(self._editor.redo()))

    # Wishes about the tool

    @Slot(object)
    def choose(self, painting: Painting) -> None:
        """Paint this way; another tool ends a stroke that is not ended yet."""
        if painting.tool != self._session.painting.tool:
            self.end()
        self._session.set_painting(painting)

    def take(self, tool: str) -> None:
        """Take a tool in hand."""
        self.choose(replace(self._session.painting, tool=tool))

    def paint_with(self, label: int) -> None:
        """Choose the label to paint."""
        self._session.set_painting(replace(self._session.painting, label=label))

    def resize(self, steps: int) -> None:
        """Make the brush larger or smaller."""
        self._session.set_painting(self._session.painting.resized(steps))

    # Parts

    def _allowed(self) -> bool:
        """Whether there is a complete case to change; says so if not."""
        shown = self._session.shown
        if shown is None or not shown.complete:
            self._say("Labels can be changed as soon as the case is complete.")
            return False
        return True

    def _refuse(self) -> None:
        self._say(self.tr("{0} is not done yet; wait for it, or press Cancel.").format(self.steps.title))

    def _start(self, step: str, label: int | None) -> bool:
        """Begin a stroke, if there is a complete case to change and nothing is changing it."""
        if self.steps.busy:
            self._refuse()
            return False
        if not self._allowed():
            return False
        self._uncover(label)
        self._editor.begin(step, label=label)
        if self._editor.case is not None and self._editor.case is not self._session.case:
            self._session.set_edited(self._editor.case)
        return True

    def _uncover(self, label: int | None) -> None:
        """Show what is about to be painted."""
        display = self._session.display
        self._session.set_display(replace(display, overlay=True, hidden=display.hidden - {label}))

    def _put(self, region: Region | None) -> None:
        """Paint a region."""
        if region is not None and self._session.case is not None:
            patch = paint(self._editor.data, region, self._session.painting.painted, self._over())
            self._editor.apply(patch)
            self._session.labels_painted.emit(self._editor.data, patch.box)

    def _over(self) -> PaintOver:
        case = self._session.case
        return EVERYWHERE if case is None else self._session.painting.paint_over(case)

    def _grid(self) -> Grid:
        assert self._session.case is not None
        return self._session.case.grid

    def _finish(self) -> None:
        if self._editor.stroking:
            self._show(self._editor.commit())

    def _show(self, case: Case | None) -> None:
        if case is not None:
            self._session.set_edited(case)

    @Slot()
    def _make_ready(self) -> None:
        """Copy the labels beforehand where something may be painted, so that the first dab of a stroke need not."""
        editor, shown = self._editor, self._session.shown
        if self._session.painting.tool == NAVIGATE or editor.ready or editor.stroking:
            return
        if shown is None or not shown.complete or editor.case is not shown.case:
            return

        def done(ready: Ready) -> None:
            self._session.editor.make_ready(ready.case, ready.data, ready.counts)

        self.steps.prepare(ReadyJob(shown.case, editor.known_counts), done)

    @Slot(object)
    def _on_told(self, status: JobStatus | None) -> None:
        self._session.set_held("" if status is None else status.title)

    @Slot(str, bool)
    def _say(self, sentence: str, error: bool = False) -> None:
        self._session.set_message(Message(sentence, error))
