"""The menus: what can be done, and the key for it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow

from gui.session import Session


@dataclass(frozen=True)
class Entry:
    """A menu entry: the action's name in the code, its words, its key."""

    name: str
    words: str
    key: str = ""
    checkable: bool = False


MENUS: dict[str, tuple[Entry | None, ...]] = {
    "&File": (
        Entry("open_file", "&Open scan or label map…", "Ctrl+O"),
        Entry("open_folder", "Open &case folder…", "Ctrl+Shift+O"),
        None,
        Entry("save", "&Save case…", "Ctrl+S"),
        Entry("save_picture", "Save &picture…", "Ctrl+P"),
        None,
        Entry("quit", "&Quit", "Ctrl+Q"),
    ),
    "&Brain": (
        Entry("generate", "&Generate", "Ctrl+G"),
        Entry("live", "&Live", "Ctrl+L", checkable=True),
        Entry("new_anatomy", "Another &anatomy", "Ctrl+N"),
        Entry("new_appearance", "Another a&ppearance", "Ctrl+Shift+N"),
        None,
        Entry("segment", "&Segment the scan", "Ctrl+E"),
        None,
        Entry("cancel", "&Cancel", "Esc"),
    ),
    "&View": (
        Entry("overlay", "&Labels over the scan", "O", checkable=True),
        Entry("crosshair", "&Crosshair", "X", checkable=True),
        Entry("radiological", "&Radiological convention", "Ctrl+R", checkable=True),
        None,
        Entry("next_slice", "&Next slice", "PgUp"),
        Entry("previous_slice", "&Previous slice", "PgDown"),
        Entry("enlarge", "&Enlarge the view under the pointer", "E"),
        Entry("reset_views", "Reset &views", "Ctrl+0"),
        None,
        Entry("recipe_side", "Left &side", "F7", checkable=True),
        Entry("labels_side", "Right si&de", "F8", checkable=True),
    ),
    "&Help": (Entry("about", "&About VentriSynth"),),
}


class Actions:
    """Every action by name; `actions["save"]`."""

    def __init__(self, window: QMainWindow) -> None:
        self._actions: dict[str, QAction] = {}
        for title, entries in MENUS.items():
            menu = window.menuBar().addMenu(title)
            for entry in entries:
                if entry is None:
                    menu.addSeparator()
                    continue
                action = menu.addAction(entry.words)
                action.setCheckable(entry.checkable)
                if entry.key:
                    action.setShortcut(QKeySequence(entry.key))
                self._actions[entry.name] = action

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def reflect(self, session: Session, *, has_pack: bool) -> None:
        """Allow what makes sense now, and tick what is on."""
        case = session.case
        can = {
            "save": case is not None and session.draft is None,
            "save_picture": session.shown is not None,
            "generate": has_pack,
            "live": has_pack,
            "new_anatomy": has_pack,
            "new_appearance": has_pack,
            "segment": has_pack and case is not None and case.image is not None and not case.synthetic,
            "cancel": session.status is not None,
        }
        for name, allowed in can.items():
            self[name].setEnabled(allowed)
        ticks = {
            "live": session.live,
            "overlay": session.display.overlay,
            "crosshair": session.display.crosshair,
            "radiological": session.display.radiological,
        }
        for name, on in ticks.items():
            self[name].setChecked(on)
