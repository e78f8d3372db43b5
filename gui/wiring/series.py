"""The tab of growth series, and the film of one in the views."""

from __future__ import annotations

from gui.main_window import MainWindow
from gui.series import Growth
from gui.session import Session, Shown

SERIES_TAB = 2


def wire_series(window: MainWindow, session: Session, growth: Growth) -> None:
    """Wishes of the tab, and what it shows of the film."""
    panel, player, actions = window.series_panel, growth.player, window.actions_by_name

    def show_frame(index: int) -> None:
        assert player.film is not None
        panel.set_frame(player.film, index)

    def on_shown(shown: Shown | None) -> None:
        # A case that is made, opened or corrected takes the place of the film.
        if shown is not None and not shown.film:
            player.stop()

    def reflect() -> None:
        panel.set_can(make=actions["generate"].isEnabled())
        actions["play_series"].setEnabled(player.film is not None)

    def on_film() -> None:
        panel.set_film(player.film)
        reflect()
        if player.film is not None:
            window.tabs.setCurrentIndex(SERIES_TAB)

    panel.series_clicked.connect(growth.make)
    panel.open_clicked.connect(growth.choose)
    panel.frame_picked.connect(player.go_to)
    panel.play_clicked.connect(player.toggle)
    panel.case_clicked.connect(growth.take)
    panel.export_clicked.connect(growth.export)
    panel.close_clicked.connect(growth.close)
    actions["play_series"].triggered.connect(player.toggle)
    player.film_changed.connect(on_film)
    player.frame_changed.connect(show_frame)
    player.playing_changed.connect(panel.set_playing)
    session.shown_changed.connect(on_shown)
    session.recipe_changed.connect(panel.set_recipe)
    actions["generate"].changed.connect(reflect)
    if session.recipe is not None:
        panel.set_recipe(session.recipe)
    reflect()
