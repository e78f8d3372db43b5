"""The gallery of this session's cases."""

from __future__ import annotations

from gui.controller import Controller
from gui.gallery import Entry
from gui.main_window import MainWindow
from gui.origin import target_of
from gui.returning import Returning
from gui.session import Message, Report, Session


def wire_gallery(window: MainWindow, session: Session, controller: Controller) -> None:
    """What the gallery shows, a click on a case, and the wish to compare two."""
    panel, gallery = window.gallery_panel, session.gallery
    returning = Returning(session, controller, window)

    def show() -> None:
        panel.set_entries(gallery.entries, gallery.current_id)

    def note_volume(report: Report | None) -> None:
        shown = session.shown
        if report is not None and not report.draft and shown is not None and shown.complete:
            gallery.note_volume(shown.case, target_of(shown.case), report.volumes.ventricular_ml)

    def warn(entry: Entry) -> None:
        session.set_message(
            Message(
                f"Memory for cases is full: {entry.name} goes from the gallery next. "
                "Return to it and save it if you need it.",
                error=True,
            )
        )

    def compare(one: int, other: int) -> None:
        cases = [entry.case for entry in (gallery.entry(one), gallery.entry(other)) if entry is not None]
        if None in cases or len(cases) < 2:
            session.set_message(Message("One of the two is not in memory; return to it first, then compare again."))
        else:
            window.compare_wished.emit(*cases)

    gallery.changed.connect(show)
    gallery.warned.connect(warn)
    session.report_changed.connect(note_volume)
    panel.entry_clicked.connect(returning.go_to)
    panel.remove_clicked.connect(gallery.remove)
    panel.compare_clicked.connect(compare)
    show()
