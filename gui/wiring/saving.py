"""Saving: the session's file, the keeping of unsaved work, exports, and the menu's entries for them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gui.autosave import Autosave
from gui.controller import Controller
from gui.dialogs import Dialogs
from gui.exporting import Exporting
from gui.main_window import MainWindow
from gui.questions import Questions
from gui.saving import Saving
from gui.session import Session
from gui.settings import Settings

AUTOSAVES = "autosave"
EXPORTS = {
    "export_image": "The image as NIfTI, with its true affine; where it comes from is written beside it.",
    "export_labels": "The label map as NIfTI with SynthSeg values; where it comes from is written beside it.",
    "export_volumes": "mL of every structure as a table; where they come from is written beside it.",
    "export_surface": "The ventricles that are shown in 3D, smoothed as there, in world RAS mm.",
}
TIPS = {
    "open_session": "Open a session: all of its cases, with their corrections and how they were looked at.",
    "save_session": "Save all cases of this session, their corrections and how they are looked at, in one file.",
    "save_session_as": "Save the session in another file.",
}


@dataclass(frozen=True, eq=False)
class Keeping:
    """What keeps the work of a session: its file, and what outlives a crash, None where nothing is kept by itself."""

    saving: Saving
    autosave: Autosave | None

    def close(self, *, keep_work: bool) -> None:
        """Let go of all files, when the threads have ended. ``keep_work``: nobody was asked about unsaved work."""
        if self.autosave is not None:
            self.autosave.close(keep_work=keep_work)
        self.saving.close()


def wire_saving(
    window: MainWindow,
    session: Session,
    controller: Controller,
    questions: Questions,
    settings: Settings,
    dialogs: Dialogs,
    *,
    state: Path | None,
) -> Keeping:
    """Saving by wish and, where there is a folder ``state`` for it, by itself."""
    saving = Saving(window, session, controller, questions, settings, dialogs)
    actions = window.actions_by_name
    actions["open_session"].triggered.connect(lambda: saving.ask_and_open())
    actions["save_session"].triggered.connect(lambda: saving.save())
    actions["save_session_as"].triggered.connect(lambda: saving.save_as())
    for name, tip in TIPS.items():
        actions[name].setToolTip(window.tr(tip))
    exporting = Exporting(session, controller, settings, dialogs)
    for name, tip in EXPORTS.items():
        actions[name].setToolTip(window.tr(tip))
    actions["export_image"].triggered.connect(lambda: exporting.image())
    actions["export_labels"].triggered.connect(lambda: exporting.labels())
    actions["export_volumes"].triggered.connect(lambda: exporting.volumes())
    actions["export_surface"].triggered.connect(lambda: exporting.surface())
    questions.picture_wished.connect(exporting.picture)
    questions.session_wished.connect(saving.open)
    if state is None:
        return Keeping(saving, None)
    folder, every_s = state / AUTOSAVES, settings.autosave_s
    autosave = Autosave(window, session, controller, saving, dialogs, folder=folder, every_s=every_s)
    session.edited.connect(autosave.on_edited)
    session.saved.connect(autosave.on_saved)
    for changed in (
        session.shown_changed,
        session.display_changed,
        session.crosshair_changed,
        session.recipe_changed,
        session.gallery.changed,
    ):
        changed.connect(autosave.on_changed)
    autosave.look_for_lost_work((settings.folder,))
    return Keeping(saving, autosave)
