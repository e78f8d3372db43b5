"""Back to a case of the gallery, wherever it is now."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from gui.controller import Controller
from gui.session import Session


class Returning(QObject):
    """Asks nothing and loses nothing: what is left stays in the gallery as it is."""

    def __init__(self, session: Session, controller: Controller, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._controller = session, controller

    @Slot(int)
    def go_to(self, number: int) -> None:
        """Show the entry with this id: from memory, from its file, or made again by its recipe."""
        entry = self._session.gallery.entry(number)
        if entry is None:
            return
        if entry.case is not None:
            self._controller.stop_making()
            self._session.go_to(entry)
            self._controller.show_recipe_of(entry.case)
            self._controller.measure(entry.case)
        elif entry.path is not None:
            self._controller.open(entry.path)
        elif entry.recipe is not None:
            self._session.set_recipe(entry.recipe)
            self._controller.generate()
