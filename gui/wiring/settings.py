"""The dialog of settings: what it shows comes from where it is used, and what is changed goes there."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from engine.errors import OutputError
from engine.packs.place import packs_folder, set_packs_folder
from gui import translations
from gui.controller import Controller
from gui.dialogs import Dialogs
from gui.main_window import MainWindow
from gui.session import Message, Session
from gui.settings import DEVICE_NAMES, MIB, THREADS_VARIABLE, Settings
from gui.settings_dialog import Choices, SettingsDialog


def wire_settings(
    window: MainWindow, session: Session, controller: Controller, settings: Settings, dialogs: Dialogs
) -> SettingsDesk:
    """The entry of the menu, and the dialog, which is made when it is first asked for."""
    desk = SettingsDesk(window, session, controller, settings, dialogs)
    action = window.actions_by_name["settings"]
    action.setToolTip(desk.tr("Device, threads, contrast, convention, memory, folders and language."))
    action.triggered.connect(desk.open)
    session.display_changed.connect(lambda _display: desk.show_present())
    return desk


class SettingsDesk(QObject):
    """Grants what the dialog wishes."""

    autosave_edited = Signal(int)  # seconds, 0: never

    def __init__(
        self, window: MainWindow, session: Session, controller: Controller, settings: Settings, dialogs: Dialogs
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._controller = window, session, controller
        self._settings, self._dialogs = settings, dialogs
        self._dialog: SettingsDialog | None = None

    @Slot()
    def open(self) -> None:
        """Show the dialog; the window goes on beside it."""
        if self._dialog is None:
            self._dialog = SettingsDialog(self._window, translations.languages())
            self._dialog.choices_edited.connect(self.apply)
            self._dialog.packs_folder_clicked.connect(self.ask_for_folder)
        self._dialog.show()
        self._dialog.activateWindow()
        self.show_present()

    def show_present(self) -> None:
        """Show what is set now, wherever it was set."""
        if self._dialog is not None and self._dialog.isVisible():
            self._dialog.set_choices(self.present())

    def present(self) -> Choices:
        """What is set now."""
        display, settings = self._session.display, self._settings
        return Choices(
            device=self._controller.device,
            threads=settings.threads,
            window=display.window,
            level=display.level,
            radiological=display.radiological,
            light_theme=display.light_theme,
            autosave_s=settings.autosave_s,
            history_mib=self._session.editor.history.budget_bytes // MIB,
            packs_folder=packs_folder(),
            language=settings.language,
        )

    @Slot(object)
    def apply(self, wished: Choices) -> None:
        """Set what differs from what is set now."""
        now, settings = self.present(), self._settings
        if wished.device != now.device:
            settings.device = self._controller.device = wished.device
            self._session.set_device(DEVICE_NAMES[wished.device])
        if wished.threads != now.threads:
            settings.threads = wished.threads
            os.environ[THREADS_VARIABLE] = str(wished.threads or os.cpu_count() or 1)
        if wished.history_mib != now.history_mib:
            history = self._session.editor.history
            history.set_budget(wished.history_mib * MIB)
            self._window.edit_panel.set_history(len(history), history.used_bytes, history.budget_bytes)
        settings.language = wished.language
        if wished.autosave_s != now.autosave_s:
            settings.autosave_s = wished.autosave_s
            self.autosave_edited.emit(wished.autosave_s)
        self._session.set_display(
            replace(
                self._session.display,
                window=wished.window,
                level=wished.level,
                radiological=wished.radiological,
                light_theme=wished.light_theme,
            )
        )
        if wished.packs_folder != now.packs_folder:
            self._set_folder(wished.packs_folder)

    @Slot()
    def ask_for_folder(self) -> None:
        """Ask where packs are to be installed."""
        folder = self._dialogs.packs_folder(packs_folder())
        if folder is not None:
            self._set_folder(folder)
            self.show_present()

    def _set_folder(self, folder: Path) -> None:
        try:
            set_packs_folder(folder)
        except OutputError as error:
            self._session.set_message(Message(str(error), error=True))
