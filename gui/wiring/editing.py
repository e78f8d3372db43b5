"""Correcting by hand: strokes and operations to the editor, what they change to the panels."""

from __future__ import annotations

from gui.controller import Controller
from gui.editing import Editing
from gui.main_window import MainWindow
from gui.painting import NAVIGATE, TOOLS
from gui.session import Session
from gui.settings import MIB


def wire_editing(window: MainWindow, session: Session, controller: Controller, editing: Editing) -> None:
    """The tools of correction."""
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
    editing.steps.told.connect(controller.show_step)
    controller.step_cancelled.connect(editing.steps.cancel)

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
