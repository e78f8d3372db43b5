"""What each entry of the menus does."""

from __future__ import annotations

from dataclasses import replace

from gui.controller import Controller
from gui.display import PRESETS
from gui.main_window import MainWindow
from gui.menus import SIDES, SWITCHES
from gui.questions import Questions
from gui.session import Session
from gui.viewer.panes import TEN
from gui.viewer.slice_input import ZOOM_STEP


def wire_menus(window: MainWindow, session: Session, controller: Controller, questions: Questions) -> None:
    """Every entry of the menus."""
    actions, viewer = window.actions_by_name, window.viewer
    actions["open_file"].triggered.connect(questions.open_file)
    actions["open_folder"].triggered.connect(questions.open_folder)
    actions["save"].triggered.connect(questions.save)
    actions["save_picture"].triggered.connect(lambda: questions.save_picture(viewer.take_picture()))
    actions["save_view_picture"].triggered.connect(lambda: questions.save_picture(viewer.active.grab()))
    actions["quit"].triggered.connect(window.close)
    actions["generate"].triggered.connect(questions.generate)
    actions["live"].triggered.connect(session.set_live)
    actions["lock"].triggered.connect(lambda on: window.recipe_panel.lock.setChecked(on))
    actions["new_anatomy"].triggered.connect(window.recipe_panel.anatomy.throw)
    actions["new_appearance"].triggered.connect(window.recipe_panel.appearance.throw)
    actions["segment"].triggered.connect(questions.segment)
    actions["cancel"].triggered.connect(controller.cancel)
    for field in SWITCHES:
        actions[field].triggered.connect(
            lambda on, field=field: session.set_display(replace(session.display, **{field: on}))
        )
    actions["next_slice"].triggered.connect(lambda: viewer.step(1))
    actions["previous_slice"].triggered.connect(lambda: viewer.step(-1))
    actions["next_ten"].triggered.connect(lambda: viewer.step(TEN))
    actions["previous_ten"].triggered.connect(lambda: viewer.step(-TEN))
    actions["zoom_in"].triggered.connect(lambda: viewer.zoom_by(ZOOM_STEP))
    actions["zoom_out"].triggered.connect(lambda: viewer.zoom_by(1 / ZOOM_STEP))
    actions["fit"].triggered.connect(lambda: viewer.fit(viewer.active))
    actions["centre"].triggered.connect(viewer.centre)
    actions["contrast_rectangle"].triggered.connect(viewer.pick_rectangle)
    for name in PRESETS:
        actions[f"contrast_{name}"].triggered.connect(lambda _=False, name=name: viewer.apply_preset(name))
    for name in SIDES:
        actions[f"look_{name}"].triggered.connect(lambda _=False, name=name: viewer.surface.look_from(name))
    actions["enlarge"].triggered.connect(lambda: viewer.enlarge(viewer.active))
    actions["reset_views"].triggered.connect(viewer.reset_views)
    actions["about"].triggered.connect(questions.about)
