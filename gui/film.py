"""The film of a growth series: which case of it is shown, and whether it runs."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.film import Film, Frame

#: How long each case stands, and how long the first and the last one do, in ms.
FRAME_MS, END_MS = 260, 900


class FilmPlayer(QObject):
    """Runs forth and back. A case that takes long to draw makes the film slower, never jumpy."""

    film_changed = Signal(object)  # Film | None
    frame_changed = Signal(int)
    playing_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.film: Film | None = None
        self.index = 0
        self._way = 1
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.advance)

    @property
    def frame(self) -> Frame | None:
        """The case that is shown."""
        return None if self.film is None else self.film.frames[self.index]

    @property
    def playing(self) -> bool:
        """Whether it runs."""
        return self._timer.isActive()

    @Slot(object)
    def open(self, film: Film | None) -> None:
        """Show this film from its first case; None for none."""
        self.stop()
        self.film, self.index, self._way = film, 0, 1
        self.film_changed.emit(film)
        if film is not None:
            self.frame_changed.emit(0)

    @Slot(int)
    def go_to(self, index: int) -> None:
        """Show a case; the film stops."""
        self.stop()
        self._show(index)

    @Slot()
    def toggle(self) -> None:
        """Run, or stop."""
        if self.playing:
            self.stop()
        elif self.film is not None and len(self.film.frames) > 1:
            self._wait()
            self.playing_changed.emit(True)

    def stop(self) -> None:
        """Stop at the case that is shown."""
        if self.playing:
            self._timer.stop()
            self.playing_changed.emit(False)

    @Slot()
    def advance(self) -> None:
        """Show the next case, or turn round at an end, and run on."""
        if self.film is None:
            return
        last = len(self.film.frames) - 1
        if not 0 <= self.index + self._way <= last:
            self._way = -self._way
        self._show(self.index + self._way)
        # Only now, when the case was drawn, so that slow drawing is not overtaken.
        self._wait()

    def _show(self, index: int) -> None:
        if self.film is not None and index != self.index and 0 <= index < len(self.film.frames):
            self.index = index
            self.frame_changed.emit(index)

    def _wait(self) -> None:
        assert self.film is not None
        self._timer.start(END_MS if self.index in (0, len(self.film.frames) - 1) else FRAME_MS)
