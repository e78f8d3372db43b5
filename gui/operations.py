"""Operations on the labels of the case that is open: each is worked out on a thread of its own and is one step."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Slot

from engine.case import Case
from engine.edit.editor import CaseEditor
from engine.edit.jobs import STAGE, Operation, OperationJob, at_once
from engine.edit.region import EVERYWHERE, PaintOver, Patch
from engine.edit.steps import EditedLabels, Outcome, table_of
from engine.events import Event
from engine.grid import Grid
from engine.jobs import Job
from engine.labels import VENTRICLES
from engine.progress import Progress, retold
from gui.session import JobStatus, Message, Session
from gui.steps import Steps
from gui.viewer.planes import Plane

NOTHING = "There was nothing to change."
#: A volume that is pushed to, and one that is pushed by.
TO, BY = "to", "by"


class Operations(QObject):
    """Until an operation is there, whatever would change the labels waits for it or is refused."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.steps = Steps()
        self.steps.told.connect(self._on_told)
        self.steps.said.connect(self._say)

    @property
    def _editor(self) -> CaseEditor:
        return self._session.editor

    def close(self) -> bool:
        """End the thread; whether it ended in time."""
        return self.steps.close()

    @Slot()
    def end(self) -> None:
        """End the stroke that is being drawn, if there is one."""
        if self._editor.stroking:
            self._show(self._editor.commit())

    def smooth(self) -> None:
        """Smooth its boundary, jointly with its neighbours."""
        from engine.edit.boundary import smoothing

        label, mm, grid = self._session.painting.label, self._session.painting.amount_mm, self._grid()

        def operation(labels: np.ndarray, progress: Progress) -> Generator[Event, None, Patch | None]:
            return retold(smoothing(labels, label, mm, grid=grid), lambda step: progress.at(STAGE, *step))

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

    def _uncover(self, label: int | None) -> None:
        """Show what is about to be painted."""
        display = self._session.display
        self._session.set_display(replace(display, overlay=True, hidden=display.hidden - {label}))

    def _over(self) -> PaintOver:
        case = self._session.case
        return EVERYWHERE if case is None else self._session.painting.paint_over(case)

    def _grid(self) -> Grid:
        assert self._session.case is not None
        return self._session.case.grid

    def _show(self, case: Case | None) -> None:
        if case is not None:
            self._session.set_edited(case)

    @Slot(object)
    def _on_told(self, status: JobStatus | None) -> None:
        self._session.set_held("" if status is None else status.title)

    @Slot(str, bool)
    def _say(self, sentence: str, error: bool = False) -> None:
        self._session.set_message(Message(sentence, error))
