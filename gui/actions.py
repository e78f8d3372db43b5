"""The menus: what can be done, and the key for it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow

from gui.display import PRESETS
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
        Entry("save_view_picture", "Save picture of this &view…", "Ctrl+Shift+P"),
        None,
        Entry("quit", "&Quit", "Ctrl+Q"),
    ),
    "&Brain": (
        Entry("generate", "&Generate", "Ctrl+G"),
        Entry("live", "&Live", "Ctrl+L", checkable=True),
        Entry("lock", "Loc&k volume", "Ctrl+K", checkable=True),
        Entry("new_anatomy", "Another &anatomy", "Ctrl+N"),
        Entry("new_appearance", "Another a&ppearance", "Ctrl+Shift+N"),
        None,
        Entry("segment", "&Segment the scan", "Ctrl+E"),
        None,
        Entry("cancel", "&Cancel", "Esc"),
    ),
    "&View": (
        Entry("overlay", "&Labels over the scan", "O", checkable=True),
        Entry("outline", "Labels as o&utlines", "Shift+O", checkable=True),
        Entry("crosshair", "&Crosshair", "X", checkable=True),
        Entry("radiological", "&Radiological convention", "Ctrl+R", checkable=True),
        Entry("smooth", "S&mooth between voxels", "I", checkable=True),
        None,
        Entry("next_slice", "&Next slice", "PgUp"),
        Entry("previous_slice", "&Previous slice", "PgDown"),
        Entry("next_ten", "Ten slices on", "Shift+PgUp"),
        Entry("previous_ten", "Ten slices back", "Shift+PgDown"),
        None,
        Entry("zoom_in", "Zoom &in", "Ctrl++"),
        Entry("zoom_out", "Zoom &out", "Ctrl+-"),
        Entry("linked_zoom", "&Zoom slices together", "Z", checkable=True),
        Entry("fit", "&Fit", "F"),
        Entry("centre", "Cen&tre on the crosshair", "C"),
        Entry("enlarge", "&Enlarge the view under the pointer", "E"),
        Entry("reset_views", "Reset &views", "Ctrl+0"),
        None,
        Entry("light_theme", "Li&ght colours", "Ctrl+T", checkable=True),
        Entry("recipe_side", "Left &side", "F7", checkable=True),
        Entry("labels_side", "Right si&de", "F8", checkable=True),
    ),
    "&Contrast": (
        Entry("contrast_automatic", "&Automatic (1–99 %)", "J"),
        Entry("contrast_full", "&Full range", "Shift+J"),
        Entry("contrast_brain", "&Brain", "K"),
        Entry("contrast_narrow", "&Narrow (grey against white)", "Shift+K"),
        None,
        Entry("contrast_rectangle", "From a &rectangle", "W"),
    ),
    "&3D": (
        Entry("look_left", "From the &left", "Ctrl+1"),
        Entry("look_right", "From the &right", "Ctrl+2"),
        Entry("look_front", "From the &front", "Ctrl+3"),
        Entry("look_back", "From the &back", "Ctrl+4"),
        Entry("look_top", "From the &top", "Ctrl+5"),
        Entry("look_bottom", "From b&elow", "Ctrl+6"),
        None,
        Entry("brain", "Brain &surface", "Shift+B", checkable=True),
        Entry("light_surface", "Light back&ground", "Shift+L", checkable=True),
    ),
    "&Help": (Entry("about", "&About VentriSynth"),),
}


CONTRASTS = tuple(f"contrast_{name}" for name in PRESETS)
SIDES = ("left", "right", "front", "back", "top", "bottom")
#: Actions that switch a field of the display which has their name.
SWITCHES = (
    "overlay", "outline", "crosshair", "radiological", "smooth", "linked_zoom", "brain", "light_surface", "light_theme",
)  # fmt: skip
NEED_IMAGE = (*CONTRASTS, "contrast_rectangle", "smooth")
NEED_LABELS = ("overlay", "outline", "brain", "light_surface", *(f"look_{side}" for side in SIDES))


class Actions:
    """Every action by name; `actions["save"]`."""

    def __init__(self, window: QMainWindow) -> None:
        self._actions: dict[str, QAction] = {}
        for title, entries in MENUS.items():
            menu = window.menuBar().addMenu(_translated(title))
            for entry in entries:
                if entry is None:
                    menu.addSeparator()
                    continue
                action = menu.addAction(_translated(entry.words))
                action.setCheckable(entry.checkable)
                if entry.key:
                    action.setShortcut(QKeySequence(entry.key))
                self._actions[entry.name] = action

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def reflect(self, session: Session, *, has_pack: bool) -> None:
        """Allow what makes sense now, and tick what is on."""
        case, shown = session.case, session.shown
        can = {
            "save": case is not None and session.draft is None,
            "save_picture": shown is not None,
            "generate": has_pack,
            "live": has_pack,
            "lock": has_pack,
            "new_anatomy": has_pack,
            "new_appearance": has_pack,
            "segment": has_pack and case is not None and case.image is not None and not case.synthetic,
            "cancel": session.status is not None,
            "save_view_picture": shown is not None,
            **dict.fromkeys(NEED_IMAGE, shown is not None and shown.case.image is not None),
            **dict.fromkeys(NEED_LABELS, shown is not None and shown.case.labels is not None),
        }
        for name, allowed in can.items():
            self[name].setEnabled(allowed)
        lock = session.recipe is not None and session.recipe.lock
        ticks = {"live": session.live, "lock": lock, **{name: getattr(session.display, name) for name in SWITCHES}}
        for name, on in ticks.items():
            self[name].setChecked(on)


def _translated(words: str) -> str:
    return QCoreApplication.translate("Actions", words)
