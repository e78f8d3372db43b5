"""What was opened lately, in the menu and from one start to the next."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu, QWidget

from gui.settings import Settings

MOST = 10


class Recent(QObject):
    """The paths that were opened, the latest first."""

    changed = Signal()

    def __init__(self, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._settings = settings

    @property
    def paths(self) -> list[Path]:
        """At most `MOST` of them. Whether they are still there is not looked at: a network may not answer."""
        return self._settings.recent[:MOST]

    def add(self, path: Path) -> None:
        """It was opened just now."""
        path = path.absolute()
        self._set([path, *(other for other in self.paths if other != path)])

    def remove(self, path: Path) -> bool:
        """Forget it; whether it was there."""
        path, before = path.absolute(), self.paths
        self._set([other for other in before if other != path])
        return path in before

    def clear(self) -> None:
        """Forget all of them."""
        self._set([])

    def _set(self, paths: list[Path]) -> None:
        self._settings.recent = paths[:MOST]
        self.changed.emit()


class RecentMenu(QMenu):
    """A menu entry for each path, and one to forget them."""

    chosen = Signal(object)  # Path

    def __init__(self, recent: Recent, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Open &recent"))
        self.setToolTipsVisible(True)
        self._recent = recent
        recent.changed.connect(self._fill)
        self._fill()

    def _fill(self) -> None:
        self.clear()
        paths = self._recent.paths
        for number, path in enumerate(paths, start=1):
            # An ampersand in a name is no shortcut.
            name = path.name.replace("&", "&&")
            action = self.addAction(f"&{number % 10}  {name}")
            action.setToolTip(str(path))
            action.triggered.connect(lambda _=False, path=path: self.chosen.emit(path))
        self.addSeparator()
        forget = self.addAction(self.tr("&Clear this list"))
        forget.triggered.connect(self._recent.clear)
        self.menuAction().setEnabled(bool(paths))
