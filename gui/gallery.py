"""The cases of this session: which there are, which one is open, and which of them memory still holds."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.case import Case
from engine.edit.editor import CaseEditor
from engine.recipe import Recipe
from gui.origin import recipe_that_makes

#: What the cases may take in memory, together with what undo needs for each.
BUDGET_BYTES = 2**30


@dataclass(frozen=True, eq=False)
class Entry:
    """A case of the gallery. ``case`` is None when memory ran out and it can be had again: from ``path``, or by its
    ``recipe``. ``unsaved``: it was made or changed here and stands in no file. Volumes in mL, None where unknown."""

    id: int
    name: str
    case: Case | None
    unsaved: bool
    path: Path | None = None
    recipe: Recipe | None = None
    mark: str = ""
    target_ml: float | None = None
    achieved_ml: float | None = None

    @property
    def can_come_back(self) -> bool:
        """Whether it can be had again without keeping its voxels."""
        return self.recipe is not None or (self.path is not None and not self.unsaved)

    @property
    def is_work(self) -> bool:
        """Whether something would be lost with it: it is in no file, and no recipe makes it again."""
        return self.unsaved and self.recipe is None


class Gallery(QObject):
    """Entries in the order in which they came. It holds what it can within a budget: first the oldest lose their voxels
    that can be had again, then the oldest go altogether, unsaved work only after a warning."""

    changed = Signal()
    #: The oldest unsaved work, which goes next if the room is needed again.
    warned = Signal(object)  # Entry

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        super().__init__()
        self.entries: tuple[Entry, ...] = ()
        self.current_id = 0
        self._budget = budget_bytes
        self._ids = itertools.count(1)
        self._warned: set[int] = set()
        self._editors: dict[int, CaseEditor] = {}

    @property
    def current(self) -> Entry | None:
        """The case that is open."""
        return self.entry(self.current_id)

    def entry(self, number: int) -> Entry | None:
        """The entry with this id."""
        return next((one for one in self.entries if one.id == number), None)

    @property
    def work(self) -> tuple[Entry, ...]:
        """What would be lost if the window closed now."""
        return tuple(one for one in self.entries if one.is_work)

    # News of the session

    def park(self, editor: CaseEditor) -> CaseEditor:
        """Keep the editor of the case that is open, for when it is returned to; a fresh one for what comes instead."""
        if self.current is None:
            return editor
        if editor.history.last is not None or editor.history.next is not None:
            self._editors[self.current_id] = editor
        return CaseEditor(editor.history.budget_bytes)

    def take(self, case: Case, *, unsaved: bool, path: Path | None = None) -> None:
        """A case was made, changed, or opened from ``path``: it is the open one now. A changed case takes the place of
        what it was."""
        before = self._same(case, path)
        if before is None:
            before = Entry(next(self._ids), case.name, case, unsaved)
            self.entries = (*self.entries, before)
        self.current_id = before.id
        self._editors.pop(before.id, None)
        self._put(
            replace(
                before,
                case=case,
                unsaved=unsaved,
                path=None if unsaved else path or before.path,
                recipe=recipe_that_makes(case),
                mark=_mark(case),
            )
        )
        self._make_room()
        self.changed.emit()

    def note_saved(self, case: Case, path: Path) -> None:
        """``case`` stands in a file now, from which it can be opened again."""
        for one in self.entries:
            if one.case is case:
                self._warned.discard(one.id)
                self._put(replace(one, unsaved=False, path=path, name=path.name or one.name))
        self.changed.emit()

    def note_volume(self, case: Case, target_ml: float | None, achieved_ml: float | None) -> None:
        """What was asked for and measured of a case, in mL."""
        for one in self.entries:
            if one.case is case and (one.target_ml, one.achieved_ml) != (target_ml, achieved_ml):
                self._put(replace(one, target_ml=target_ml, achieved_ml=achieved_ml))
                self.changed.emit()

    # Wishes

    def go_to(self, entry: Entry, leaving: CaseEditor) -> CaseEditor:
        """Make an entry whose case is in memory the open one; ``leaving`` is kept for what is left. Returns the
        editor with the entry's own history."""
        assert entry.case is not None
        fresh = self.park(leaving)
        self.current_id = entry.id
        editor = self._editors.pop(entry.id, None)
        if editor is None or editor.case is not entry.case:
            editor = fresh
            editor.open(entry.case)
        self._make_room()
        self.changed.emit()
        return editor

    def remove(self, number: int) -> None:
        """Forget an entry that is not open."""
        if number != self.current_id:
            self._forget(number)
            self.changed.emit()

    def restore(self, cases: Iterable[tuple[Case, bool]], current: int) -> None:
        """Begin anew with (case, unsaved) of an opened session; ``current`` counts from 0."""
        self._editors, self._warned = {}, set()
        self.entries = tuple(
            Entry(next(self._ids), case.name, case, unsaved, recipe=recipe_that_makes(case), mark=_mark(case))
            for case, unsaved in cases
        )
        self.current_id = self.entries[current].id
        self._make_room()
        self.changed.emit()

    # Parts

    def _same(self, case: Case, path: Path | None) -> Entry | None:
        """The entry that this case is a later or an earlier state of."""
        if path is not None:
            # What was opened is what was opened from there before, or something new, whatever its name.
            return next((one for one in self.entries if one.path == path), None)
        ways = (
            lambda one: one.case is case,
            lambda one: one.case is not None and _shares_part(one.case, case),
            lambda one: one.id == self.current_id and one.case is not None and _same_labelled(one.case, case),
            lambda one: one.recipe is not None and one.recipe == recipe_that_makes(case),
        )
        newest_first: Sequence[Entry] = self.entries[::-1]
        return next((one for way in ways for one in newest_first if way(one)), None)

    def _put(self, entry: Entry) -> None:
        self.entries = tuple(entry if one.id == entry.id else one for one in self.entries)

    def _forget(self, number: int) -> None:
        self.entries = tuple(one for one in self.entries if one.id != number)
        self._editors.pop(number, None)
        self._warned.discard(number)

    def _make_room(self) -> None:
        while self._used() > self._budget:
            held = [one for one in self.entries if one.case is not None and one.id != self.current_id]
            if not held:
                return
            oldest = next((one for one in held if one.can_come_back), held[0])
            if oldest.can_come_back:
                self._put(replace(oldest, case=None))
                self._editors.pop(oldest.id, None)
            elif oldest.id not in self._warned:
                self._warned.add(oldest.id)
                self.warned.emit(oldest)
                return
            else:
                self._forget(oldest.id)

    def _used(self) -> int:
        parts = [part for one in self.entries if one.case is not None for part in (one.case.image, one.case.labels)]
        arrays = {id(part.data): part.data.nbytes for part in parts if part is not None}
        editors = self._editors.values()
        undo = sum(editor.history.used_bytes + (editor.data.nbytes if editor.ready else 0) for editor in editors)
        return sum(arrays.values()) + undo


def _shares_part(one: Case, other: Case) -> bool:
    """Whether two cases are states of the same one: other labels on the same image, or another image of its labels."""
    return (one.image is not None and one.image is other.image) or (
        one.labels is not None and one.labels is other.labels
    )


def _same_labelled(one: Case, other: Case) -> bool:
    """Whether two label maps without an image are states of the same one."""
    return one.image is None and other.image is None and one.name == other.name and one.grid == other.grid


def _mark(case: Case) -> str:
    return "SYNTHETIC" if case.synthetic else "MORPHED" if case.morphed else ""
