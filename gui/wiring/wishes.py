"""What the panels, the views and the bars wish, and who grants it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gui.controller import Controller
from gui.main_window import MainWindow
from gui.questions import Questions
from gui.session import Session
from gui.viewer.readout import label_at, readout


def wire_wishes(window: MainWindow, session: Session, controller: Controller, questions: Questions) -> None:
    """Wishes of the widgets."""
    viewer, recipe_panel = window.viewer, window.recipe_panel
    recipe_panel.recipe_edited.connect(controller.edit_recipe)
    recipe_panel.generate_clicked.connect(questions.generate)
    recipe_panel.live_clicked.connect(session.set_live)
    window.job_bar.cancel_clicked.connect(controller.cancel)
    window.message_bar.dismissed.connect(lambda: session.set_message(None))
    window.path_dropped.connect(questions.open_path)
    window.labels_panel.hidden_edited.connect(
        lambda hidden: session.set_display(replace(session.display, hidden=hidden))
    )
    window.display_panel.display_edited.connect(session.set_display)
    viewer.crosshair_picked.connect(session.set_crosshair)
    viewer.contrast_edited.connect(
        lambda window_share, level: session.set_display(replace(session.display, window=window_share, level=level))
    )

    def show_readout(world: np.ndarray | None) -> None:
        shown = session.shown
        window.job_bar.set_readout("" if shown is None or world is None else readout(shown.case, world))

    def pick_label(world: np.ndarray) -> None:
        value = None if session.shown is None else label_at(session.shown.case, world)
        if value is not None:
            window.labels_panel.select(value)
        if value:
            session.set_painting(replace(session.painting, label=value))

    viewer.hovered.connect(show_readout)
    viewer.clicked.connect(pick_label)
    viewer.picture_clicked.connect(questions.save_picture)
    window.peek_changed.connect(
        lambda held: viewer.set_display(replace(session.display, overlay=False) if held else session.display)
    )
