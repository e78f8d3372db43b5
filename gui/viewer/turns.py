"""Drawing several views without holding up the window: one after the other, each in a turn of its own."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QObject, QTimer, Slot

from gui.viewer.picture_view import PictureView


class Turns(QObject):
    """Between two turns of the event loop the window answers to the mouse and the keys."""

    def __init__(self, views: tuple[PictureView, ...]) -> None:
        super().__init__()
        self._due: deque[PictureView] = deque()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._on_turn)
        for view in views:
            view.ask_turn = self._add

    def _add(self, view: PictureView) -> None:
        if view not in self._due:
            self._due.append(view)
            self._timer.start()

    @Slot()
    def _on_turn(self) -> None:
        if self._due:
            self._due.popleft().draw_now()
        if self._due:
            self._timer.start()
