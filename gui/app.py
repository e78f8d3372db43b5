"""Builds the desktop application from its parts and runs it."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QApplication
from vtkmodules.vtkCommonCore import vtkVersion

from engine.errors import BadPackError, as_engine_error
from engine.io.scans import one_per_series
from engine.pack import ModelPack, load_pack
from engine.packs.command import chosen_pack
from engine.packs.place import packs_folder
from gui import theme, translations
from gui.bridge import Bridge
from gui.controller import Controller
from gui.dialogs import Dialogs
from gui.editing import Editing
from gui.ending import Ending
from gui.main_window import MainWindow
from gui.memory import give_back_large
from gui.opening import Opening
from gui.questions import Questions
from gui.reporting import Reporting
from gui.series import Growth
from gui.session import Message, Session
from gui.settings import DEVICE_NAMES, MIB, THREADS_VARIABLE, Settings
from gui.tasks import Jobs
from gui.viewer.probe import Probe
from gui.wiring import wire
from gui.wiring.comparing import wire_comparing
from gui.wiring.diagnostics import wire_diagnostics
from gui.wiring.opening import wire_opening
from gui.wiring.packs import wire_packs
from gui.wiring.reporting import wire_reporting
from gui.wiring.saving import Keeping, wire_saving
from gui.wiring.series import wire_series
from gui.wiring.settings import wire_settings
from gui.wiring.tour import offer_tour, wire_tour

#: The window gets Python's lock from a thread that computes within this time.
SWITCH_S = 0.001
NO_DRAWING = (
    "This computer cannot draw with OpenGL, so slices and 3D are not available; "
    "install its OpenGL libraries (libgl1 and libegl1) and start again."
)


@dataclass(frozen=True, eq=False)
class Desktop:
    """Everything that lives as long as the window."""

    session: Session
    bridge: Bridge
    controller: Controller
    questions: Questions
    editing: Editing
    settings: Settings
    window: MainWindow
    keeping: Keeping

    def close(self, *, keep_work: bool = False) -> bool:
        """Remember the settings, end the threads, give the graphics memory back; whether the threads ended in time.
        ``keep_work``: nobody was asked about unsaved work, so the next start offers it."""
        self.settings.set_display(self.session.display)
        self.settings.live = self.session.live
        self.settings.history_mib = self.session.editor.history.budget_bytes // MIB
        self.settings.geometry = self.window.saveGeometry()
        self.settings.layout = self.window.docks.state()
        self.window.viewer.close_scenes()
        ended = all([self.editing.close(), self.controller.close()])
        self.keeping.close(keep_work=keep_work)
        return ended


def build(
    pack: ModelPack | None,
    settings: Settings,
    *,
    device: str = "auto",
    jobs: Jobs | None = None,
    dialogs: Dialogs | None = None,
    state: Path | None = None,
) -> Desktop:
    """The window and all that belongs to it, wired, not yet on screen. ``state``: folder for what outlives a crash;
    None: nothing does."""
    recipe = pack.default_recipe(anatomy_seed=1, appearance_seed=1) if pack is not None else None
    session = Session(recipe, settings.display())
    session.set_live(settings.live and pack is not None)
    session.editor.history.set_budget(settings.history_mib * MIB)
    session.set_device(DEVICE_NAMES.get(device, device))
    bridge = Bridge()
    controller = Controller(session, bridge, pack, device=device, jobs=jobs)
    window = MainWindow(pack)
    dialogs = dialogs or Dialogs(window)
    questions = Questions(session, controller, settings, dialogs)
    editing = Editing(session)
    wire(window, session, controller, questions, editing)
    opening = Opening(session, controller)
    wire_opening(window, session, opening, questions, settings)
    wire_tour(window, controller, questions)
    growth = Growth(session, controller, settings, dialogs, jobs=jobs, parent=window)
    opening.failed.connect(growth.open_instead)
    wire_series(window, session, growth)
    wire_packs(window, session, controller, bridge, settings, dialogs)
    settings_desk = wire_settings(window, session, controller, settings, dialogs)
    wire_diagnostics(window, session, controller)
    desk = wire_comparing(window, session, controller, bridge, questions, settings, dialogs)
    wire_reporting(window, Reporting(window, session, controller, settings, dialogs, desk.comparing))

    def close_for_good() -> None:
        window.may_close = True
        window.close()

    keeping = wire_saving(window, session, controller, questions, settings, dialogs, state=state)
    saving = keeping.saving
    if keeping.autosave is not None:
        settings_desk.autosave_edited.connect(keeping.autosave.set_every)
    window.close_wished.connect(lambda: saving.unless_work_is_lost(lambda: saving.when_written(close_for_good)))
    if not settings.geometry.isEmpty():
        window.restoreGeometry(settings.geometry)
    window.docks.restore(settings.layout)
    return Desktop(session, bridge, controller, questions, editing, settings, window, keeping)


def run(paths: list[Path], pack_folder: Path | None, device: str) -> int:
    """Open the window, with these files in it; returns the exit status when it is closed.

    ``pack_folder``: a model pack, None for the one that is shipped. ``device``: auto, cpu or cuda.
    """
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("VentriSynth")
    app.setDesktopFileName("ventrisynth")
    theme.apply(app)
    settings = Settings()
    translations.install(app, settings.language)
    if settings.threads:
        os.environ.setdefault(THREADS_VARIABLE, str(settings.threads))
    device = settings.device if device == "auto" else device
    pack, trouble = find_pack(pack_folder, remembered=settings.pack)
    desktop = build(pack, settings, device=device, state=state_folder())
    if trouble:
        desktop.session.set_message(Message(trouble, error=True))
    sys.excepthook = partial(report_mistake, desktop.session)
    ending = Ending(app.quit)
    sys.setswitchinterval(SWITCH_S)
    give_back_large()
    desktop.window.show()
    # What there is now stays. A collection that walked over all of it would hold up the window by 60 ms (measured).
    gc.freeze()
    start_drawing(desktop)
    offer_tour(desktop.window, settings)
    for path in one_per_series(paths):
        desktop.questions.open_path(path)
    status = app.exec()
    # Whoever closed the window was asked; whoever ended the process was not.
    desktop.close(keep_work=not desktop.window.may_close)
    ending.close()
    return status


def state_folder() -> Path:
    """Where unsaved work lies while a window lives; it need not exist yet."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericStateLocation)
    return Path(place) / "VentriSynth"


def report_mistake(
    session: Session, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Say in the window that something went wrong in it; the details go to the terminal."""
    traceback.print_exception(kind, error, trace)
    session.set_message(Message(str(as_engine_error(error)), error=True))


def find_pack(wanted: Path | None, *, remembered: str = "") -> tuple[ModelPack | None, str]:
    """The pack that is ``wanted`` (a folder or an installed pack's name), else the one ``remembered`` by its key, else
    the shipped one; and a sentence if there is something to say about it. None: there is no pack."""
    trouble = ""
    if wanted is None and remembered:
        try:
            return load_pack(packs_folder() / remembered), ""
        except BadPackError as error:
            trouble = f"{error} Until then the pack that ships with VentriSynth is used."
    try:
        return chosen_pack(wanted), trouble
    except BadPackError as error:
        return None, f"{error} Until then files can be opened, but nothing can be generated or segmented."


def start_drawing(desktop: Desktop) -> None:
    """Let the views draw once it is known that VTK can: from the last time, or from a trial in another process."""
    viewer, settings, version = desktop.window.viewer, desktop.settings, vtkVersion.GetVTKVersion()

    def on_found(works: bool) -> None:
        viewer.set_drawing(works)
        if not works:
            desktop.session.set_message(Message(NO_DRAWING, error=True))

    known = settings.drawing == version
    # Forgotten until the window closes in peace, so that a crash while drawing leads to a new trial.
    settings.drawing = ""
    desktop.window.closed.connect(lambda: setattr(settings, "drawing", version))
    if known:
        on_found(True)
        return
    probe = Probe(desktop.window)
    probe.found.connect(on_found)
    probe.start()
