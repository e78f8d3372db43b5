"""Correcting by hand: strokes and operations to the editor, what they change to the panels."""

from __future__ import annotations

from dataclasses import replace

from engine.labels import VENTRICLES
from gui.controller import Controller
from gui.editing import Editing
from gui.main_window import MainWindow
from gui.operations import BY, TO
from gui.painting import NAVIGATE, TOOLS
from gui.panels.controls import another_seed
from gui.session import Session


def wire_editing(window: MainWindow, session: Session, controller: Controller, editing: Editing) -> None:
    """The tools of correction."""
    viewer, panel, actions = window.viewer, window.edit_panel, window.actions_by_name
    viewer.strokes.began.connect(editing.begin)
    viewer.strokes.went_on.connect(editing.go_on)
    viewer.strokes.ended.connect(editing.end)
    viewer.strokes.drawn.connect(editing.draw)
    panel.painting_edited.connect(editing.choose)
    session.painting_changed.connect(panel.set_painting)
    session.painting_changed.connect(viewer.set_painting)
    session.labels_painted.connect(viewer.show_painted)
    session.edited.connect(controller.measure)
    editing.steps.told.connect(controller.show_step)
    controller.step_cancelled.connect(editing.steps.cancel)
    session.held_changed.connect(panel.set_held)
    panel.flow.push_wished.connect(lambda ml: editing.push(TO, ml))

    def choose_label(value: int) -> None:
        editing.paint_with(value)
        # Whoever paints wants the structure, not to be taken elsewhere.
        if session.painting.tool == NAVIGATE:
            controller.jump_to_label(value)

    def show_volume() -> None:
        volumes = {} if session.report is None else dict(session.report.volumes.structures)
        ventricular = None if session.report is None else session.report.volumes.ventricular_ml
        panel.set_volume(volumes.get(session.painting.label), ventricular)

    def count() -> None:
        assert session.case is not None
        ml = session.editor.counts * session.case.grid.voxel_ml
        ventricles = sum(float(ml[value]) for value in VENTRICLES if value < len(ml))
        panel.set_volume(float(ml[session.painting.label]), ventricles)

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
    _wire_operations(window, editing)
    _wire_images(window, session, controller, editing)


def _wire_operations(window: MainWindow, editing: Editing) -> None:
    """What changes the chosen structure at the press of a button."""
    viewer, panel, actions = window.viewer, window.edit_panel, window.actions_by_name
    for name, operation in (
        ("edit_smooth", editing.smooth),
        ("keep_largest", editing.keep_largest),
        ("grow", editing.grow),
        ("shrink", editing.shrink),
    ):
        actions[name].triggered.connect(operation)
    actions["push_larger"].triggered.connect(lambda: editing.push(BY, 1.0))
    actions["push_smaller"].triggered.connect(lambda: editing.push(BY, -1.0))
    actions["push_to"].triggered.connect(panel.flow.wish)
    actions["interpolate"].triggered.connect(lambda: editing.interpolate(viewer.plane()))
    actions["copy_on"].triggered.connect(lambda: editing.copy_slice(viewer.plane(), 1))
    actions["copy_back"].triggered.connect(lambda: editing.copy_slice(viewer.plane(), -1))


def _wire_images(window: MainWindow, session: Session, controller: Controller, editing: Editing) -> None:
    """New images of the labels there are."""

    def remake(appearance_seed: int | None) -> None:
        pack = controller.pack
        if pack is not None:
            editing.make(
                lambda case: controller.jobs.remake(pack, case, appearance_seed, controller.device),
                window.tr("Making the image"),
            )

    def remake_other() -> None:
        if session.recipe is not None:
            seed = another_seed(session.recipe.appearance_seed)
            session.set_recipe(replace(session.recipe, appearance_seed=seed))
            remake(seed)

    window.actions_by_name["remake_image"].triggered.connect(lambda: remake(None))
    window.actions_by_name["remake_other"].triggered.connect(remake_other)
