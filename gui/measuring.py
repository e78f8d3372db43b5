"""The measures of the case that is open: what was found, what was drawn or moved by hand, and which one is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.case import Case
from engine.jobs import Job
from engine.measuring.by_hand import Drawn, Moved, drawn_of, moved_of, noted, with_end_at, with_moved
from engine.measuring.job import HeadMeasuresJob
from engine.measuring.record import Measure, point
from engine.volume import LabelMap
from gui.session import Message, Session

if TYPE_CHECKING:
    from engine.measuring.head import HeadMeasures

#: Automatic measures are taken when nothing was corrected for this long.
PAUSE_MS = 400
#: Name of a step in the menu, by what it does.
MOVE, DELETE, BACK = "moved line", "deleted measurement", "automatic line"


@dataclass(frozen=True)
class Item:
    """What a line of the list stands for: the automatic measure ``key``, or the drawing ``number`` of the record."""

    key: str = ""
    number: int = -1


class Measuring(QObject):
    """Takes the automatic measures of what is open, and changes what was measured by hand, each change a step of undo.
    ``submit`` hands a job to the worker that measures, and says no while that is at work."""

    changed = Signal()  # what there is, or what is chosen

    def __init__(self, session: Session, submit: Callable[[Job, Callable[[Any], None]], bool]) -> None:
        super().__init__()
        self._session, self._submit = session, submit
        self._found: HeadMeasures | None = None
        self._measured: LabelMap | None = None
        self._wanted: LabelMap | None = None
        self.selected: Item | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._measure)

    # State

    @property
    def case(self) -> Case | None:
        """The case whose measures these are; None while something is shown that is only looked at."""
        shown = self._session.shown
        return shown.case if shown is not None and shown.complete else None

    @property
    def waiting(self) -> bool:
        """Whether automatic measures are still to come."""
        return self._wanted is not None

    def measures(self) -> tuple[Measure, ...]:
        """Every automatic measure of the label map that is open, as it was moved by hand where it was."""
        case = self.case
        if case is None or self._found is None or case.labels is not self._measured:
            return ()
        return with_moved(self._found, case.provenance).measures

    def notes(self) -> tuple[str, ...]:
        """Sentences on the label map as a whole."""
        return () if self._found is None or not self.measures() else self._found.notes

    def drawn(self) -> tuple[Drawn, ...]:
        """What was drawn by hand."""
        return () if self.case is None else drawn_of(self.case.provenance)

    # News

    @Slot()
    def on_shown(self) -> None:
        """Another case is shown, or another state of it."""
        self._wanted = None if self.case is None else self.case.labels
        if self._wanted is self._measured:
            self._wanted = None
        # Whatever the worker does for the state before is stopped by what comes now.
        self._pause.stop() if self._wanted is None else self._pause.start()
        if self.selected is not None and self.selected.number >= len(self.drawn()):
            self.selected = None
        self.changed.emit()

    def _measure(self) -> None:
        labels = self._wanted
        if labels is not None and not self._submit(HeadMeasuresJob(labels), partial(self._take, labels)):
            self._pause.start()

    def _take(self, labels: LabelMap, found: HeadMeasures) -> None:
        self._found, self._measured = found, labels
        if labels is self._wanted:
            self._wanted = None
        self.changed.emit()

    # Wishes

    @Slot(object)
    def select(self, item: Item | None) -> None:
        """Choose what is drawn with its ends, and go to its slice."""
        if item != self.selected:
            self.selected = item
            self.changed.emit()
        place = None if item is None else self.place(item)
        if place is not None:
            self._session.set_crosshair(place)

    @Slot(object)
    def mark(self, item: Item) -> None:
        """Choose something without going there."""
        if item != self.selected:
            self.selected = item
            self.changed.emit()

    @Slot(object)
    def add(self, drawn: Drawn) -> None:
        """Note what was drawn."""
        if self.case is not None:
            self.selected = Item(number=len(self.drawn()))
            self._note(drawn.kind, [*self.drawn(), drawn], self._moved())

    @Slot(object, int, object)
    def move(self, item: Item, number: int, position: np.ndarray) -> None:
        """Put an end somewhere else, to a world point (3,)."""
        if item.key:
            measure = self._measure_of(item)
            end = number if measure is None or measure.apex is None else (0, 1, 3)[number]
            if measure is not None:
                others = [one for one in self._moved() if one.key != item.key]
                self._note(MOVE, self.drawn(), [*others, with_end_at(measure, end, position)])
        elif item.number < len(self.drawn()):
            drawn = list(self.drawn())
            points = list(drawn[item.number].points)
            points[number] = point(position)
            drawn[item.number] = replace(drawn[item.number], points=tuple(points))
            self._note(MOVE, drawn, self._moved())

    @Slot()
    def delete(self) -> None:
        """Forget the drawing that is chosen, or take back what was moved of the measure that is chosen."""
        item = self.selected
        if item is None or self.case is None:
            return
        if item.key:
            others = [one for one in self._moved() if one.key != item.key]
            if len(others) < len(self._moved()):
                self._note(BACK, self.drawn(), others)
        elif item.number < len(self.drawn()):
            self.selected = None
            drawn = list(self.drawn())
            del drawn[item.number]
            self._note(DELETE, drawn, self._moved())

    @property
    def can_delete(self) -> bool:
        """Whether there is something that `delete` would take away."""
        item = self.selected
        if item is None or self.case is None:
            return False
        return item.number >= 0 or any(one.key == item.key for one in self._moved())

    def place(self, item: Item) -> np.ndarray | None:
        """(3,) world RAS mm where something is measured: an apex, or the middle of its first line."""
        if item.key:
            measure = self._measure_of(item)
            if measure is None or not measure.lines:
                return None
            first = measure.lines[0]
            return np.array(measure.apex) if measure.apex is not None else np.add(first.start, first.end) / 2
        drawn = self.drawn()
        return None if item.number >= len(drawn) else np.asarray(np.mean(drawn[item.number].points, axis=0))

    # Parts

    def _measure_of(self, item: Item) -> Measure | None:
        return next((one for one in self.measures() if one.definition.key == item.key), None)

    def _moved(self) -> list[Moved]:
        return [] if self.case is None else list(moved_of(self.case.provenance))

    def _note(self, step: str, drawn: Sequence[Drawn], moved: Sequence[Moved]) -> None:
        case, session = self.case, self._session
        if session.held:
            sentence = f"{session.held} is still being worked out; measure when it is done."
            session.set_message(Message(sentence))
            self.changed.emit()
        elif case is not None and session.case is case:
            session.set_edited(session.editor.note(step, noted(case, drawn, moved)))
