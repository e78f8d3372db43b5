"""When a moving slider asks for a draft, and when a resting one asks for a case."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.recipe import Recipe

REST_MS = 150


class Pace(QObject):
    """Turns a stream of recipes into as many drafts as can be made, and one case once it rests.

    One draft is in the making at a time, always of the newest recipe, so that drafts keep coming while the slider
    moves. When nothing has moved for `REST_MS` and the draft of the last recipe is there, the case is due.
    """

    draft_due = Signal(object)  # Recipe
    case_due = Signal(object)  # Recipe

    def __init__(self, parent: QObject | None = None, *, rest_ms: int = REST_MS) -> None:
        super().__init__(parent)
        self._wanted: Recipe | None = None
        self._drafting: Recipe | None = None
        self._drafted: Recipe | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(rest_ms)
        self._rest.timeout.connect(self._on_rest)

    def edited(self, recipe: Recipe) -> None:
        """The user moved something."""
        self._wanted = recipe
        self._rest.start()
        if self._drafting is None:
            self._draft()

    def draft_over(self) -> None:
        """The draft that was asked for is there."""
        self._drafted, self._drafting = self._drafting, None
        if self._wanted is None:
            return
        if not self._rest.isActive():
            self._on_rest()
        elif self._drafted != self._wanted:
            self._draft()

    def stop(self) -> None:
        """Forget what was wanted."""
        self._rest.stop()
        self._wanted = self._drafting = self._drafted = None

    @Slot()
    def _on_rest(self) -> None:
        wanted = self._wanted
        if wanted is None or self._drafting == wanted:
            return
        if self._drafted != wanted:
            self._draft()
            return
        self._wanted = None
        self.case_due.emit(wanted)

    def _draft(self) -> None:
        self._drafting = self._wanted
        self.draft_due.emit(self._drafting)
