"""Corrections by hand: turns strokes and buttons into steps of the session's editor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Slot

from engine.edit import brush
from engine.edit.jobs import Ready, ReadyJob, at_once
from engine.edit.region import Patch, Region, paint
from gui.operations import Operations
from gui.painting import BRUSH, ERASE, FILL, ISLAND, NAVIGATE, Painting
from gui.session import Session
from gui.viewer.planes import Plane

#: Name of a step in the menu and in the record.
STEPS = {BRUSH: "brush", ERASE: "erase", FILL: "fill", ISLAND: "remove component"}


class Editing(Operations):
    """One step of undo for every stroke and every press of a button. Strokes are drawn as they grow."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._plane: Plane | None = None
        self._last = np.zeros(3)
        session.shown_changed.connect(self._make_ready)
        session.painting_changed.connect(self._make_ready)

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
        super().end()

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

    def _put(self, region: Region | None) -> None:
        """Paint a region."""
        if region is not None and self._session.case is not None:
            patch = paint(self._editor.data, region, self._session.painting.painted, self._over())
            self._editor.apply(patch)
            self._session.labels_painted.emit(self._editor.data, patch.box)

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
