"""What the session holds, shown everywhere."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from gui import theme
from gui.controller import Controller
from gui.display import Display
from gui.main_window import MainWindow
from gui.session import Session


def wire_state(window: MainWindow, session: Session, controller: Controller) -> None:
    """The present state, and every change of it."""

    def reflect() -> None:
        window.actions_by_name.reflect(session, has_pack=controller.pack is not None)
        window.set_title(session.shown, unsaved=session.unsaved)
        history = session.editor.history
        window.edit_panel.set_history(len(history), history.used_bytes, history.budget_bytes)

    def show_theme(display: Display) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication) and theme.is_light(app) != display.light_theme:
            theme.apply(app, light=display.light_theme)

    session.shown_changed.connect(window.viewer.set_shown)
    session.shown_changed.connect(window.labels_panel.set_shown)
    session.shown_changed.connect(window.edit_panel.set_shown)
    session.crosshair_changed.connect(window.viewer.set_crosshair)
    session.recipe_changed.connect(window.recipe_panel.set_recipe)
    session.display_changed.connect(window.viewer.set_display)
    session.display_changed.connect(window.display_panel.set_display)
    session.display_changed.connect(show_theme)
    session.display_changed.connect(lambda display: window.labels_panel.set_hidden(display.hidden))
    session.report_changed.connect(window.measures_panel.set_report)
    session.report_changed.connect(window.labels_panel.set_report)
    session.status_changed.connect(window.job_bar.set_status)
    session.device_changed.connect(window.job_bar.set_device)
    session.message_changed.connect(window.message_bar.set_message)
    session.live_changed.connect(window.recipe_panel.set_live)
    for signal in (
        session.shown_changed,
        session.status_changed,
        session.live_changed,
        session.display_changed,
        session.recipe_changed,
        session.painting_changed,
        session.held_changed,
    ):
        signal.connect(reflect)
    session.saved.connect(reflect)

    show_theme(session.display)
    window.viewer.set_display(session.display)
    window.display_panel.set_display(session.display)
    window.recipe_panel.set_live(session.live)
    window.job_bar.set_device(session.device)
    window.message_bar.set_message(session.message)
    if session.recipe is not None:
        window.recipe_panel.set_recipe(session.recipe)
    reflect()
