"""The dialog of model packs, and what another pack changes in the window."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from engine.errors import BadPackError
from engine.pack import ModelPack, load_pack, starter_pack_folder
from engine.packs.store import InstalledPack
from gui.bridge import Bridge
from gui.controller import Controller
from gui.dialogs import Dialogs
from gui.main_window import MainWindow
from gui.packs import Packs
from gui.panels.packs_dialog import PacksDialog
from gui.session import Message, Session
from gui.settings import Settings


def wire_packs(
    window: MainWindow,
    session: Session,
    controller: Controller,
    bridge: Bridge,
    settings: Settings,
    dialogs: Dialogs,
) -> None:
    """Wishes of the dialog, which is made when it is first asked for."""
    desk = PackDesk(window, session, controller, Packs(bridge), settings, dialogs)
    action = window.actions_by_name["packs"]
    action.setToolTip(desk.tr("Look at the model packs of this machine; install, remove and use them."))
    action.triggered.connect(desk.open)
    window.closed.connect(desk.packs.close)


class PackDesk(QObject):
    """Grants what the dialog wishes."""

    def __init__(
        self,
        window: MainWindow,
        session: Session,
        controller: Controller,
        packs: Packs,
        settings: Settings,
        dialogs: Dialogs,
    ) -> None:
        super().__init__(window)
        self.packs = packs
        self._window, self._session, self._controller = window, session, controller
        self._settings, self._dialogs = settings, dialogs
        self._dialog: PacksDialog | None = None

    @Slot()
    def open(self) -> None:
        """Show the dialog; the window goes on beside it."""
        if self._dialog is None:
            self._dialog = self._made_dialog()
        self._dialog.say("")
        self._dialog.show()
        self._dialog.activateWindow()
        self.packs.look()

    def use(self, pack: ModelPack) -> None:
        """Work with this pack from now on, and after the next start."""
        use_pack(pack, self._window, self._session, self._controller)
        self._settings.pack = "" if pack.folder == starter_pack_folder() else pack.folder.name
        self.packs.look()
        self._say(self.tr("{0} {1} is in use now.").format(pack.name, pack.version), error=False)

    def install(self, *, from_folder: bool) -> None:
        """Ask for a pack and install it."""
        ask = self._dialogs.pack_folder_to_install if from_folder else self._dialogs.pack_file_to_install
        source = ask(self._settings.folder)
        if source is not None:
            self._settings.folder = source.parent
            self.packs.install(source)

    def remove(self, one: InstalledPack) -> None:
        """Remove a pack if the user agrees; if it is in use, the shipped one takes its place first."""
        in_use = self._controller.pack is not None and self._controller.pack.folder == one.folder
        if not self._dialogs.remove_pack(one.title, in_use=in_use):
            return
        if in_use:
            try:
                self.use(load_pack(starter_pack_folder()))
            except BadPackError as error:
                self._say(str(error), error=True)
                return
        self.packs.when_idle(lambda: self.packs.remove(one))

    def _made_dialog(self) -> PacksDialog:
        dialog, packs = PacksDialog(self._window), self.packs
        dialog.install_clicked.connect(lambda folder: self.install(from_folder=folder))
        dialog.use_clicked.connect(lambda one: self.use(one.pack))
        dialog.remove_clicked.connect(self.remove)
        dialog.cancel_clicked.connect(packs.cancel)
        packs.listed.connect(self._list)
        packs.installed.connect(lambda one: dialog.wish_to_show(one.key))
        packs.progressed.connect(dialog.set_progress)
        packs.said.connect(lambda sentence, error: self._say(sentence, error=error))
        return dialog

    def _list(self, found: tuple[InstalledPack, ...]) -> None:
        pack = self._controller.pack
        if self._dialog is not None:
            self._dialog.set_packs(found, None if pack is None else pack.folder)

    def _say(self, sentence: str, *, error: bool) -> None:
        if self._dialog is not None and self._dialog.isVisible():
            self._dialog.say(sentence, error=error)
        else:
            self._session.set_message(Message(sentence, error))


def use_pack(pack: ModelPack, window: MainWindow, session: Session, controller: Controller) -> None:
    """Work with this pack from now on: its controls instead of those of before, with the same wishes where it has
    them. The case that is shown stays; what is being made is stopped."""
    controller.stop_making()
    if session.case is not None and session.draft is not None:
        session.set_draft(None)
        controller.measure(session.case)
    controller.pack = pack
    window.recipe_panel.set_pack(pack)
    window.series_panel.set_pack(pack)
    window.viewer.empty_page.set_has_pack(True)
    recipe = pack.nearest_recipe(session.recipe)
    session.set_recipe(recipe)
    window.recipe_panel.set_recipe(recipe)
