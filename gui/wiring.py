"""Who hears whom. The only place that connects rooms; it reads as the data flow: wishes up, state down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.actions import SIDES, SWITCHES
from gui.controller import Controller
from gui.display import PRESETS, Display
from gui.editing import Editing
from gui.main_window import MainWindow
from gui.painting import NAVIGATE, TOOLS
from gui.questions import Questions
from gui.session import Session
from gui.settings import MIB
from gui.viewer.panes import TEN
from gui.viewer.readout import label_at, readout
from gui.viewer.slice_view import ZOOM_STEP


def wire(window: MainWindow, session: Session, controller: Controller, questions: Questions, editing: Editing) -> None:
    """Connect everything, and show the session's present state."""
    _wishes(window, session, controller, questions)
    _menus(window, session, controller, questions)
    _editing(window, session, controller, editing)
    _state(window, session, has_pack=controller.pack is not None)


def _wishes(window: MainWindow, session: Session, controller: Controller, questions: Questions) -> None:
    viewer, recipe_panel = window.viewer, window.recipe_panel
    recipe_panel.recipe_edited.connect(controller.edit_recipe)
    recipe_panel.generate_clicked.connect(questions.generate)
    recipe_panel.live_clicked.connect(session.set_live)
    window.open_button.clicked.connect(questions.open_file)
    window.segment_button.clicked.connect(questions.segment)
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


def _menus(window: MainWindow, session: Session, controller: Controller, questions: Questions) -> None:
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
    for name, side in (("recipe_side", window.left_side), ("labels_side", window.right_side)):
        actions[name].setChecked(True)
        actions[name].toggled.connect(side.setVisible)
    actions["about"].triggered.connect(questions.about)


def _editing(window: MainWindow, session: Session, controller: Controller, editing: Editing) -> None:
    viewer, panel, actions = window.viewer, window.edit_panel, window.actions_by_name
    viewer.strokes.began.connect(editing.begin)
    viewer.strokes.went_on.connect(editing.go_on)
    viewer.strokes.ended.connect(editing.end)
    viewer.strokes.drawn.connect(editing.draw)
    panel.painting_edited.connect(editing.choose)
    panel.budget_edited.connect(lambda mib: session.editor.history.set_budget(mib * MIB))
    session.painting_changed.connect(panel.set_painting)
    session.painting_changed.connect(viewer.set_painting)
    session.labels_painted.connect(viewer.show_painted)
    session.edited.connect(controller.measure)

    def choose_label(value: int) -> None:
        editing.paint_with(value)
        # Whoever paints wants the structure, not to be taken elsewhere.
        if session.painting.tool == NAVIGATE:
            controller.jump_to_label(value)

    def show_volume() -> None:
        volumes = {} if session.report is None else dict(session.report.volumes.structures)
        panel.set_volume(volumes.get(session.painting.label))

    def count() -> None:
        assert session.case is not None
        panel.set_volume(float(session.editor.counts[session.painting.label] * session.case.grid.voxel_ml))

    window.labels_panel.label_clicked.connect(choose_label)
    session.labels_painted.connect(count)
    session.report_changed.connect(show_volume)
    session.painting_changed.connect(show_volume)
    actions["undo"].triggered.connect(editing.undo)
    actions["redo"].triggered.connect(editing.redo)
    for tool in TOOLS:
        actions[f"tool_{tool}"].triggered.connect(lambda _=False, tool=tool: editing.take(tool))
    actions["larger_brush"].triggered.connect(lambda: editing.resize(1))
    actions["smaller_brush"].triggered.connect(lambda: editing.resize(-1))
    for name, operation in (
        ("edit_smooth", editing.smooth),
        ("keep_largest", editing.keep_largest),
        ("grow", editing.grow),
        ("shrink", editing.shrink),
    ):
        actions[name].triggered.connect(operation)
    actions["interpolate"].triggered.connect(lambda: editing.interpolate(viewer.plane()))
    actions["copy_on"].triggered.connect(lambda: editing.copy_slice(viewer.plane(), 1))
    actions["copy_back"].triggered.connect(lambda: editing.copy_slice(viewer.plane(), -1))


def _state(window: MainWindow, session: Session, *, has_pack: bool) -> None:
    def reflect() -> None:
        window.actions_by_name.reflect(session, has_pack=has_pack)
        window.segment_button.setEnabled(window.actions_by_name["segment"].isEnabled())
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
