"""Who hears whom. The only room that connects others; each module reads as a data flow: wishes up, state down."""

from __future__ import annotations

from gui.controller import Controller
from gui.editing import Editing
from gui.main_window import MainWindow
from gui.questions import Questions
from gui.session import Session
from gui.wiring.editing import wire_editing
from gui.wiring.gallery import wire_gallery
from gui.wiring.layout import wire_layout
from gui.wiring.measuring import wire_measuring
from gui.wiring.menus import wire_menus
from gui.wiring.segment import wire_segment
from gui.wiring.state import wire_state
from gui.wiring.wishes import wire_wishes


def wire(window: MainWindow, session: Session, controller: Controller, questions: Questions, editing: Editing) -> None:
    """Connect everything, and show the session's present state."""
    wire_wishes(window, session, controller, questions)
    wire_menus(window, session, controller, questions)
    wire_editing(window, session, controller, editing)
    wire_segment(window, session, controller, questions)
    wire_gallery(window, session, controller)
    wire_measuring(window, session, controller)
    wire_layout(window)
    wire_state(window, session, controller)
