"""The actions of the menus: made once, allowed and ticked as the session says."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from gui.menus import (
    EXPORT_LABELS,
    FLOWS,
    MENUS,
    NEED_CASE,
    NEED_IMAGE,
    NEED_LABELS,
    OPERATIONS,
    REMAKES,
    SWITCHES,
    TOOL_NAMES,
    Entry,
    Submenu,
)
from gui.session import Session


class Actions:
    """Every action by name; `actions["save"]`."""

    def __init__(self, window: QMainWindow) -> None:
        self._actions: dict[str, QAction] = {}
        self.menus: dict[str, QMenu] = {}
        for title, entries in MENUS.items():
            self.menus[title] = window.menuBar().addMenu(_translated(title))
            self._fill(self.menus[title], entries)
        for name, tip in (OPERATIONS | FLOWS | REMAKES).items():
            self._actions[name].setToolTip(_translated(tip))

    def _fill(self, menu: QMenu, entries: tuple[Entry | Submenu | None, ...]) -> None:
        for entry in entries:
            if entry is None:
                menu.addSeparator()
            elif isinstance(entry, Submenu):
                self._fill(menu.addMenu(_translated(entry.words)), entry.entries)
            else:
                action = self._actions[entry.name] = menu.addAction(_translated(entry.words))
                action.setCheckable(entry.checkable)
                if entry.key:
                    action.setShortcut(QKeySequence(entry.key))

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def reflect(self, session: Session, *, has_pack: bool) -> None:
        """Allow what makes sense now, and tick what is on."""
        case, shown, history = session.case, session.shown, session.editor.history
        complete = shown is not None and shown.complete
        free = complete and not session.held
        can = {
            "undo": free and history.last is not None,
            "redo": free and history.next is not None,
            **dict.fromkeys(NEED_CASE, free),
            **dict.fromkeys((*OPERATIONS, *FLOWS), free and shown is not None and shown.case.labels is not None),
            **dict.fromkeys(REMAKES, free and has_pack and case is not None and case.synthetic and bool(case.labels)),
            "save": case is not None and complete,
            "save_session": case is not None and complete,
            "save_session_as": case is not None and complete,
            "export_image": complete and case is not None and case.image is not None,
            "export_dicom": complete and case is not None and case.image is not None,
            **dict.fromkeys(EXPORT_LABELS, complete and case is not None and case.labels is not None),
            "save_picture": shown is not None,
            "report": complete and shown is not None and shown.case.labels is not None,
            "generate": has_pack,
            "live": has_pack,
            "lock": has_pack,
            "new_anatomy": has_pack,
            "new_appearance": has_pack,
            "segment": has_pack and case is not None and case.image is not None and not case.synthetic,
            "morph": complete and shown is not None and shown.case.labels is not None,
            "compare_with": complete and case is not None,
            "compare_image": has_pack and complete and case is not None and case.synthetic and bool(case.image),
            "cancel": session.status is not None,
            "save_view_picture": shown is not None,
            **dict.fromkeys(NEED_IMAGE, shown is not None and shown.case.image is not None),
            **dict.fromkeys(NEED_LABELS, shown is not None and shown.case.labels is not None),
        }
        for name, allowed in can.items():
            self[name].setEnabled(allowed)
        lock = session.recipe is not None and session.recipe.lock
        ticks = {"live": session.live, "lock": lock, **{name: getattr(session.display, name) for name in SWITCHES}}
        ticks |= {name: name == f"tool_{session.painting.tool}" for name in TOOL_NAMES}
        for name, on in ticks.items():
            self[name].setChecked(on)
        for name, words, step in (("undo", "&Undo {0}", history.last), ("redo", "&Redo {0}", history.next)):
            self[name].setText(_translated(words).format("" if step is None else step.name).rstrip())


def _translated(words: str) -> str:
    return QCoreApplication.translate("Actions", words)
