"""The tab of real scans: segmenting and morphing."""

from __future__ import annotations

from gui.controller import Controller
from gui.main_window import MainWindow
from gui.questions import Questions
from gui.session import Session


def wire_segment(window: MainWindow, session: Session, controller: Controller, questions: Questions) -> None:
    """Wishes of the tab, and what it shows of the case."""
    panel, actions = window.segment_panel, window.actions_by_name

    def reflect() -> None:
        panel.set_can(segment=actions["segment"].isEnabled(), morph=actions["morph"].isEnabled())

    panel.open.clicked.connect(questions.open_file)
    panel.open_folder.clicked.connect(questions.open_folder)
    panel.segment.clicked.connect(questions.segment)
    panel.morph_clicked.connect(questions.morph)
    actions["morph"].triggered.connect(panel.wish)
    session.shown_changed.connect(panel.set_shown)
    session.report_changed.connect(panel.set_report)
    session.report_changed.connect(window.recipe_panel.set_report)
    for name in ("segment", "morph"):
        actions[name].changed.connect(reflect)
    reflect()
