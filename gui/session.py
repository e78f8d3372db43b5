"""The only mutable state of the window, without a widget in it. Whoever changes it, everyone hears of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.case import Case
from engine.edit.editor import CaseEditor
from engine.edit.steps import corrected_voxels
from engine.grid import Grid
from engine.measures import Volumes
from engine.recipe import Recipe
from engine.session_files.snapshot import Reference
from gui.display import Display
from gui.gallery import Entry, Gallery
from gui.painting import Painting


@dataclass(frozen=True)
class Shown:
    """What the views show: a case, a ``draft`` of one that is still being made (always synthetic), or one of a
    ``film``, which says in a few words which one it is. Drafts and films are only looked at."""

    case: Case
    draft: bool = False
    film: str = ""

    @property
    def synthetic(self) -> bool:
        """Whether the views must say SYNTHETIC."""
        return self.draft or self.case.synthetic

    @property
    def mark(self) -> str:
        """What the views must say: SYNTHETIC, MORPHED of a real scan that was changed, or nothing."""
        return "SYNTHETIC" if self.synthetic else "MORPHED" if self.case.morphed else ""

    @property
    def note(self) -> str:
        """What they say below the mark."""
        if self.film or self.draft:
            return self.film or "draft"
        return "image older than labels" if corrected_voxels(self.case) else ""

    @property
    def complete(self) -> bool:
        """Whether it is the case that is open, which can be changed and saved."""
        return not self.draft and not self.film


@dataclass(frozen=True)
class JobStatus:
    """What the engine is doing: ``title`` of the job, stage, step of steps, share done 0-1, seconds left if known."""

    title: str
    stage: str = ""
    step: int = 0
    steps: int = 0
    fraction: float = 0.0
    seconds_left: float | None = None


@dataclass(frozen=True)
class Report:
    """Numbers of what is shown: the ventricular volume asked for in mL (None for a real scan), what was measured, and
    the case's ``record`` of how it was made (its provenance)."""

    target_ml: float | None
    volumes: Volumes
    synthetic: bool
    draft: bool
    record: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """One sentence for the message bar."""

    sentence: str
    error: bool = False


class Session(QObject):
    """Holds what is remembered between two clicks. Setters emit ``x_changed`` when something changed."""

    shown_changed = Signal(object)  # Shown | None
    recipe_changed = Signal(object)  # Recipe
    crosshair_changed = Signal(object)  # (3,) world RAS mm
    display_changed = Signal(object)  # Display
    status_changed = Signal(object)  # JobStatus | None
    report_changed = Signal(object)  # Report | None
    message_changed = Signal(object)  # Message | None
    live_changed = Signal(bool)
    device_changed = Signal(str)
    saved = Signal(object)  # the Path that was written
    painting_changed = Signal(object)  # Painting
    labels_painted = Signal(
        object, object
    )  # the editor's array (I, J, K) in the middle of a stroke, the Box that changed
    edited = Signal(object)  # Case after a step of editing, undo or redo
    held_changed = Signal(str)  # the step of correction that labels wait for, or nothing

    def __init__(self, recipe: Recipe | None = None, display: Display | None = None) -> None:
        super().__init__()
        self.case: Case | None = None
        self.draft: Case | None = None
        self.film: tuple[Case, str] | None = None
        self.unsaved = False
        self.recipe = recipe
        self.crosshair = np.zeros(3)
        self._grid: Grid | None = None
        self.display = display or Display()
        self.status: JobStatus | None = None
        self.report: Report | None = None
        self.message: Message | None = None
        self.live = False
        self.device = ""
        self.painting = Painting()
        self.editor = CaseEditor()
        self.held = ""
        self.gallery = Gallery()

    @property
    def edited_by_hand(self) -> bool:
        """Whether the case holds corrections by hand that are not saved."""
        return self.unsaved and self.editor.edited_by_hand

    @property
    def unsaved_work(self) -> tuple[str, ...]:
        """The names of the cases that would be lost if the window closed now, the one that is open first."""
        others = [one.name for one in self.gallery.work if one.id != self.gallery.current_id]
        return (self.case.name, *others) if self.case is not None and self.unsaved else tuple(others)

    @property
    def shown(self) -> Shown | None:
        """The draft while there is one, else the case."""
        if self.draft is not None:
            return Shown(self.draft, draft=True)
        if self.film is not None:
            return Shown(self.film[0], film=self.film[1])
        return Shown(self.case) if self.case is not None else None

    def set_case(self, case: Case, *, unsaved: bool, path: Path | None = None) -> None:
        """Show a complete case; ``unsaved`` if it was made here and exists nowhere else, ``path`` if it can be opened
        from there again. What was made here can be undone, back to the edits before; what comes from a file begins
        anew."""
        if not unsaved:
            self.editor = self.gallery.park(self.editor)
        self.case = self.editor.replace(case) if unsaved else self.editor.open(case)
        self.draft, self.film, self.unsaved = None, None, unsaved
        self.gallery.take(self.case, unsaved=unsaved, path=path)
        self._show()

    def go_to(self, entry: Entry) -> None:
        """Show a case of the gallery that memory holds, with its own undo; the one that is left stays as it is."""
        assert entry.case is not None
        self.editor = self.gallery.go_to(entry, self.editor)
        self.case, self.draft, self.film, self.unsaved = entry.case, None, None, entry.unsaved
        self._show()

    def set_edited(self, case: Case) -> None:
        """Show what the editor made of the case."""
        self.case, self.draft, self.film, self.unsaved = case, None, None, True
        self.gallery.take(case, unsaved=True)
        self._show()
        self.edited.emit(case)

    def set_held(self, held: str) -> None:
        """What labels cannot be changed for at the moment; nothing if they can."""
        if held != self.held:
            self.held = held
            self.held_changed.emit(held)

    def set_painting(self, painting: Painting) -> None:
        """The tool in hand and how it paints."""
        if painting != self.painting:
            self.painting = painting
            self.painting_changed.emit(painting)

    def set_draft(self, draft: Case | None) -> None:
        """Show a draft in front of the case; None shows the case again."""
        if draft is not self.draft:
            self.draft = draft
            self._show()

    def set_film(self, film: tuple[Case, str] | None) -> None:
        """Show one case of a film, and which one it is, in front of the case; None shows the case again."""
        if film != self.film:
            self.film, self.draft = film, None
            self._show()

    def mark_saved(self, case: Case, path: object) -> None:
        """Note that ``case`` was written to ``path``."""
        if case is self.case:
            self.unsaved = False
        self.gallery.note_saved(case, Path(str(path)))
        self.saved.emit(path)

    def mark_kept(self, cases: Sequence[Case], path: Path) -> None:
        """Note that ``cases`` stand in the session's file ``path``."""
        kept = {id(case) for case in cases}
        if id(self.case) in kept:
            self.unsaved = False
        self.gallery.entries = tuple(
            replace(one, unsaved=False) if one.case is not None and id(one.case) in kept else one
            for one in self.gallery.entries
        )
        self.gallery.changed.emit()
        self.saved.emit(path)

    def restore(self, cases: Sequence[tuple[Case, bool]], current: int, references: Sequence[Reference] = ()) -> None:
        """Begin anew with (case, unsaved) of a session, ``current`` of them in front; ``references`` are cases whose
        voxels can be had again."""
        self.gallery.restore(cases, current)
        entries = list(self.gallery.entries)
        for number, one in enumerate(references):
            # The gallery counts its own up from 1, so that these are nobody else's.
            entry = Entry(-1 - number, one.name, None, one.recipe is not None, one.path, one.recipe, one.mark)
            entry = replace(entry, target_ml=one.target_ml, achieved_ml=one.achieved_ml)
            entries.insert(one.before + number, entry)
        self.gallery.entries = tuple(entries)
        front = self.gallery.current
        assert front is not None
        self.go_to(front)

    def set_recipe(self, recipe: Recipe) -> None:
        """What the sliders say."""
        if recipe != self.recipe:
            self.recipe = recipe
            self.recipe_changed.emit(recipe)

    def set_crosshair(self, point: np.ndarray) -> None:
        """Move the crosshair to the voxel nearest to ``point`` (3,) world RAS mm."""
        shown = self.shown
        if shown is not None:
            point = nearest_voxel_centre(shown.case.grid, point)
        if not np.array_equal(point, self.crosshair):
            self.crosshair = point
            self.crosshair_changed.emit(point)

    def set_display(self, display: Display) -> None:
        """How the case is shown."""
        if display != self.display:
            self.display = display
            self.display_changed.emit(display)

    def set_status(self, status: JobStatus | None) -> None:
        """What the engine is doing; None while it rests."""
        if status != self.status:
            self.status = status
            self.status_changed.emit(status)

    def set_report(self, report: Report | None) -> None:
        """What was measured on the case that is shown."""
        if report != self.report:
            self.report = report
            self.report_changed.emit(report)

    def set_message(self, message: Message | None) -> None:
        """The sentence in the message bar."""
        if message != self.message:
            self.message = message
            self.message_changed.emit(message)

    def set_live(self, live: bool) -> None:
        """Whether a moved slider makes a new case by itself."""
        if live != self.live:
            self.live = live
            self.live_changed.emit(live)

    def set_device(self, device: str) -> None:
        """The name of what the engine computes on."""
        if device != self.device:
            self.device = device
            self.device_changed.emit(device)

    def _show(self) -> None:
        shown = self.shown
        self.shown_changed.emit(shown)
        if shown is None:
            return
        grid, before = shown.case.grid, self._grid
        self._grid = grid
        self.set_crosshair(self.crosshair if grid == before else grid.centre)


def nearest_voxel_centre(grid: Grid, point: np.ndarray) -> np.ndarray:
    """(3,) world RAS mm of the voxel of ``grid`` that is nearest to ``point`` (3,)."""
    index = np.clip(np.round(grid.world_to_voxel(point)), 0, np.array(grid.shape) - 1)
    return grid.voxel_to_world(index)
