"""Corrections by hand: turns strokes and buttons into steps of the session's editor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Slot

from engine.case import Case
from engine.edit import brush
from engine.edit.region import Patch, Region, paint
from gui.painting import BRUSH, ERASE, FILL, ISLAND, Painting
from gui.session import Message, Session
from gui.viewer.planes import Plane

#: Name of a step in the menu and in the record.
STEPS = {BRUSH: "brush", ERASE: "erase", FILL: "fill", ISLAND: "remove component"}
NOTHING = "There was nothing to change."


class Editing(QObject):
    """One step of undo for every stroke and every press of a button."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session, self._editor = session, session.editor
        self._plane: Plane | None = None
        self._last = np.zeros(3)

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

        if self._start("lasso", self._session.painting.label):
            self._put(polygon(plane.grid.shape, plane.grid.world_to_voxel(corners), plane.axis))
            self._finish()

    def _on_component(self, plane: Plane, at: np.ndarray) -> None:
        from engine.edit.islands import remove
        from engine.edit.select import component

        painting, shape = self._session.painting, plane.grid.shape
        i, j, k = np.round(at).astype(int).tolist()
        if not all(0 <= n < size for n, size in zip((i, j, k), shape, strict=True)):
            return
        if not self._start(STEPS[painting.tool], painting.label if painting.tool == FILL else None):
            return
        in_3d = painting.three_d or painting.tool == ISLAND
        found = component(self._editor.data, (i, j, k), None if in_3d else plane.axis)
        if painting.tool == FILL:
            self._put(found)
        else:
            self._apply(remove(self._editor.data, found, plane.grid.spacing))
        self._finish()

    # Operations on the chosen structure

    def smooth(self) -> None:
        """Smooth its boundary, jointly with its neighbours."""
        from engine.edit.boundary import smooth

        self._operate("smooth", lambda case, p: smooth(self._editor.data, p.label, p.amount_mm, grid=case.grid))

    def grow(self) -> None:
        """Let it grow to where paint sticks."""
        from engine.edit.boundary import grow

        self._operate(
            "grow",
            lambda case, p: grow(self._editor.data, p.label, p.amount_mm, grid=case.grid, over=p.paint_over(case)),
        )

    def shrink(self) -> None:
        """Let its neighbours grow into it."""
        from engine.edit.boundary import shrink

        self._operate("shrink", lambda case, p: shrink(self._editor.data, p.label, p.amount_mm, grid=case.grid))

    def keep_largest(self) -> None:
        """Remove all of its components but the largest."""
        from engine.edit.islands import keep_largest

        self._operate("keep largest", lambda case, p: keep_largest(self._editor.data, p.label, case.grid.spacing))

    def interpolate(self, plane: Plane | None) -> None:
        """Paint it between the slices of ``plane`` on which it is."""
        from engine.edit.slices import interpolate_slices

        if plane is None:
            return
        self._operate(
            "interpolate",
            lambda case, p: interpolate_slices(
                self._editor.data, p.label, plane.axis, spacing=case.grid.spacing, over=p.paint_over(case)
            ),
        )

    def copy_slice(self, plane: Plane | None, steps: int) -> None:
        """Copy it from the slice under the crosshair to one to the right, front or top of it, and go there."""
        from engine.edit.slices import copy_slice

        if plane is None:
            return
        start = plane.slice_at(self._session.crosshair)
        end = start + plane.sign * steps
        self._operate(
            "copy slice",
            lambda case, p: copy_slice(
                self._editor.data, p.label, plane.axis, start=start, end=end, over=p.paint_over(case)
            ),
        )
        if 0 <= end < plane.slices:
            self._session.set_crosshair(plane.world(*plane.project(self._session.crosshair), end))

    # Undo

    @Slot()
    def undo(self) -> None:
        """Take the last step back."""
        self._show(self._editor.undo())

    @Slot()
    def redo(self) -> None:
        """Take it again."""
        self._show(self._editor.redo())

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

    def _start(self, step: str, label: int | None) -> bool:
        """Begin a step, if there is a complete case to change."""
        shown = self._session.shown
        if shown is None or not shown.complete:
            self._say("Labels can be changed as soon as the case is complete.")
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
        case = self._session.case
        if region is not None and case is not None:
            painting = self._session.painting
            self._apply(paint(self._editor.data, region, painting.painted, painting.paint_over(case)))

    def _apply(self, patch: Patch) -> None:
        self._editor.apply(patch)
        self._session.labels_painted.emit(self._editor.data, patch.box)

    def _finish(self) -> None:
        if self._editor.stroking:
            self._show(self._editor.commit())

    def _operate(self, step: str, operation: Callable[[Case, Painting], Patch | None]) -> None:
        if not self._start(step, self._session.painting.label):
            return
        assert self._session.case is not None
        patch = operation(self._session.case, self._session.painting)
        if patch is not None:
            self._editor.apply(patch)
        case = self._editor.commit()
        self._show(case)
        if case is None:
            self._say(NOTHING)

    def _show(self, case: Case | None) -> None:
        if case is not None:
            self._session.set_edited(case)

    def _say(self, sentence: str) -> None:
        self._session.set_message(Message(sentence))
