"""Which panels the window has, and how they stand: the usual way, or as they were left."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt
from PySide6.QtWidgets import QMainWindow, QTabWidget, QWidget

from gui.panels.dock import LEAST_HEIGHT, Dock

#: Rises when panels are added or renamed, so that a layout of before is not forced onto them.
VERSION = 2
LEFT, RIGHT, BOTTOM = (
    Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.DockWidgetArea.RightDockWidgetArea,
    Qt.DockWidgetArea.BottomDockWidgetArea,
)
SIDES = {"left": LEFT, "right": RIGHT, "bottom": BOTTOM}


#: What a window needs beside a panel that fits, in pixels: menu, measures, structures, job bar, titles.
OTHERS_HEIGHT = 350
FITTED = (QEvent.Type.LayoutRequest, QEvent.Type.Show, QEvent.Type.Resize)


@dataclass(frozen=True, eq=False)
class Place:
    """A panel's usual place: its side, the panel it shares its tabs with ("" for none), and its usual height."""

    dock: Dock
    side: str
    tabbed_with: str = ""
    height: int = 0


class Docks(QObject):
    """The panels of a window by name, in their usual order from the top."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._places: dict[str, Place] = {}
        self._shared = False
        self._fitting: list[QWidget] = []
        window.installEventFilter(self)
        window.setDockOptions(QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks)
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        for corner, side in (
            (Qt.Corner.TopLeftCorner, LEFT),
            (Qt.Corner.BottomLeftCorner, LEFT),
            (Qt.Corner.TopRightCorner, RIGHT),
            (Qt.Corner.BottomRightCorner, RIGHT),
        ):
            window.setCorner(corner, side)

    def __getitem__(self, name: str) -> Dock:
        return self._places[name].dock

    def add(
        self,
        name: str,
        title: str,
        content: QWidget,
        *,
        side: str,
        tabbed_with: str = "",
        height: int = 0,
        fits: bool = False,
    ) -> Dock:
        """A panel at its usual place. ``fits``: it is as high as its content, unless the window is too low for that."""
        dock = Dock(name, title, content, flat=side == "bottom")
        self._places[name] = Place(dock, side, tabbed_with, height)
        if fits:
            self._fitting.append(content)
            # A column tells of its own size only when what is inside has been laid out.
            for part in (content, *content.findChildren(QWidget, "inside")):
                part.installEventFilter(self)
        self._put(self._places[name])
        return dock

    def of(self, side: str) -> list[Dock]:
        """The panels whose usual place is this side."""
        return [place.dock for place in self._places.values() if place.side == side]

    def every(self) -> list[Dock]:
        """All panels."""
        return [place.dock for place in self._places.values()]

    def reset(self) -> None:
        """All panels at their usual places, all to be seen."""
        for place in self._places.values():
            place.dock.setFloating(False)
            self._window.removeDockWidget(place.dock)
        for place in self._places.values():
            self._put(place)
            place.dock.show()
        self.share_room()

    def share_room(self) -> None:
        """The usual sizes, and of panels behind each other the first in front."""
        self._shared = True
        placed = [place for place in self._places.values() if place.height and not place.dock.isFloating()]
        self._window.resizeDocks([p.dock for p in placed], [p.height for p in placed], Qt.Orientation.Vertical)
        for place in self._places.values():
            if place.tabbed_with:
                self[place.tabbed_with].raise_()

    def on_first_shown(self) -> None:
        """Share out the room the first time that there is some, unless the panels stand as they were left."""
        if not self._shared:
            self.share_room()

    def state(self) -> QByteArray:
        """How the panels stand, to be remembered."""
        return self._window.saveState(VERSION)

    def restore(self, state: QByteArray) -> bool:
        """Put the panels as they were left; whether that was possible."""
        self._shared = not state.isEmpty() and self._window.restoreState(state, VERSION)
        return self._shared

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in FITTED:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        """Let panels be as high as their content, or, in a low window, as high as leaves room for the others."""
        room = max(LEAST_HEIGHT, self._window.height() - OTHERS_HEIGHT)
        for content in self._fitting:
            height = content.sizeHint().height()
            content.setMinimumHeight(min(height, room))
            content.setMaximumHeight(height)

    def _put(self, place: Place) -> None:
        self._window.addDockWidget(SIDES[place.side], place.dock, Qt.Orientation.Vertical)
        if place.tabbed_with:
            self._window.tabifyDockWidget(self[place.tabbed_with], place.dock)
