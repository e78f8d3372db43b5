"""Which panels the window has, and how they stand: the usual way, or as they were left."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QMainWindow, QTabBar, QTabWidget, QWidget

from gui.panels.dock import Dock

#: Rises when panels are added or renamed, so that a layout of before is not forced onto them.
VERSION = 2
LEFT, RIGHT, BOTTOM = (
    Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.DockWidgetArea.RightDockWidgetArea,
    Qt.DockWidgetArea.BottomDockWidgetArea,
)
SIDES = {"left": LEFT, "right": RIGHT, "bottom": BOTTOM}


#: A panel that fits its content may become as low as this in a low window, in pixels.
FITTED_LEAST = 58
#: Where a row of tabs cannot be seen, in pixels.
AWAY = -4000
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
        self._fitting: list[Dock] = []
        self._missing: dict[Dock, int] = {}
        self._fit_soon, self._tidy_soon = QTimer(self), QTimer(self)
        for timer, act in ((self._fit_soon, self._fit), (self._tidy_soon, self._hide_stale_tabs)):
            timer.setSingleShot(True)
            timer.setInterval(0)
            timer.timeout.connect(act)
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
        for news in (dock.dockLocationChanged, dock.topLevelChanged, dock.visibilityChanged):
            news.connect(self._fit_soon.start)
        if fits:
            self._fitting.append(dock)
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
        self._tidy_soon.start()
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
        self._tidy_soon.start()
        placed = [place for place in self._places.values() if place.height and not place.dock.isFloating()]
        self._window.resizeDocks([p.dock for p in placed], [p.height for p in placed], Qt.Orientation.Vertical)
        for place in self._places.values():
            if place.tabbed_with:
                self[place.tabbed_with].raise_()

    def on_first_shown(self) -> None:
        """Share out the room the first time that there is some, unless the panels stand as they were left."""
        self._tidy_soon.start()
        if not self._shared:
            self.share_room()

    def state(self) -> QByteArray:
        """How the panels stand, to be remembered."""
        return self._window.saveState(VERSION)

    def restore(self, state: QByteArray) -> bool:
        """Put the panels as they were left; whether that was possible."""
        self._tidy_soon.start()
        self._shared = not state.isEmpty() and self._window.restoreState(state, VERSION)
        return self._shared

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in FITTED:
            # Within a layout that is being worked out nothing else can be laid out.
            self._fit_soon.start()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        """Let panels be as high as their content, as far as the window has room for it; a panel that has a tab needs no
        title bar."""
        for dock in self.every():
            dock.set_named_by_tab(bool(self._window.tabifiedDockWidgets(dock)) and not dock.isFloating())
        for dock in self._fitting:
            content, height = dock.widget(), dock.widget().sizeHint().height()
            content.setMinimumHeight(min(height, FITTED_LEAST))
            content.setMaximumHeight(height)
            missing = height - content.height()
            # Qt gives what it can bit by bit; what it gave no more of last time, it has not.
            if missing != self._missing.get(dock, 0) and not dock.isHidden() and not dock.isFloating():
                self._window.resizeDocks([dock], [dock.height() + missing + 2], Qt.Orientation.Vertical)
                self._fit_soon.start()
            self._missing[dock] = missing

    def _hide_stale_tabs(self) -> None:
        """Qt loses track of rows of tabs when panels are put behind each other in a window that is not shown yet, and
        when a layout is restored: they stay where they are for ever. What does not come back when the window is laid
        out anew is one of them."""
        layout = self._window.layout()
        if layout is None or not self._window.isVisible():
            return
        rows = self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
        for row in rows:
            row.move(AWAY, 0)
        place = layout.geometry()
        # The same place again would not be laid out.
        layout.setGeometry(place.translated(1, 1))
        layout.setGeometry(place)
        for row in rows:
            if row.x() == AWAY:
                row.hide()

    def _put(self, place: Place) -> None:
        # Adding a panel first and putting it behind another then leaves a row of tabs behind that nobody owns.
        if place.tabbed_with:
            self._window.tabifyDockWidget(self[place.tabbed_with], place.dock)
        else:
            self._window.addDockWidget(SIDES[place.side], place.dock, Qt.Orientation.Vertical)
