"""Measures: the label map's to the list and the views, what is drawn and moved there back to the record of the case."""

from __future__ import annotations

from dataclasses import replace

from engine.measuring.by_hand import ANGLE, DISTANCE, ELLIPSE, RECTANGLE, REGIONS, statistics
from gui.controller import Controller
from gui.main_window import MainWindow
from gui.measuring import Item, Measuring
from gui.painting import NAVIGATE
from gui.session import Session
from gui.viewer.measure_figures import Figure, figure_of_drawn, figure_of_measure
from gui.viewer.measure_marks import MeasureMarks
from gui.viewer.measure_tools import Drawing, DrawTool

#: Action -> what it draws.
TOOLS = {
    "measure_distance": DISTANCE,
    "measure_angle": ANGLE,
    "measure_rectangle": RECTANGLE,
    "measure_ellipse": ELLIPSE,
}


def wire_measuring(window: MainWindow, session: Session, controller: Controller) -> None:
    """The measures of what is open."""
    viewer, panel, actions = window.viewer, window.linear_panel, window.actions_by_name
    measuring = Measuring(session, controller.take_measures)
    marks, drawing = MeasureMarks(), Drawing()
    for part in (measuring, marks, drawing):
        part.setParent(window)

    def show() -> None:
        panel.show_measures(measuring)
        marks.set_figures(figures_of(measuring), measuring.selected)
        for view in viewer.slices.values():
            view.update()
        actions["measure_delete"].setEnabled(measuring.can_delete)
        for name in TOOLS:
            actions[name].setEnabled(measuring.case is not None)

    def take(name: str) -> None:
        session.set_painting(replace(session.painting, tool=NAVIGATE))
        viewer.hand(DrawTool(TOOLS[name], drawing))
        tick(name)

    def tick(name: str) -> None:
        for each in TOOLS:
            actions[each].setChecked(each == name)

    for view in viewer.slices.values():
        view.overlay = marks
        view.tool_done.connect(lambda: tick(""))
    for name in TOOLS:
        actions[name].triggered.connect(lambda on, name=name: take(name) if on else viewer.put_down())
    actions["tool_navigate"].triggered.connect(viewer.put_down)
    session.painting_changed.connect(lambda painting: marks.set_grabbing(painting.tool == NAVIGATE))
    session.painting_changed.connect(lambda: tick(""))
    session.shown_changed.connect(measuring.on_shown)
    measuring.changed.connect(show)
    panel.item_clicked.connect(measuring.select)
    drawing.drawn.connect(measuring.add)
    marks.moved.connect(measuring.move)
    marks.picked.connect(measuring.mark)
    actions["measure_delete"].triggered.connect(measuring.delete)
    show()


def figures_of(measuring: Measuring) -> tuple[Figure, ...]:
    """What is drawn by hand, and the automatic measure that is chosen."""
    case, chosen = measuring.case, measuring.selected
    automatic = (figure_of_measure(chosen, one) for one in measuring.measures() if Item(one.definition.key) == chosen)
    figures = [one for one in automatic if one is not None]
    for number, drawn in enumerate(measuring.drawn()):
        found = statistics(drawn, case) if case is not None and drawn.kind in REGIONS else None
        figures.append(figure_of_drawn(Item(number=number), drawn, found))
    return tuple(figures)
