"""A session as the window has it, to and from what a session file holds. All of a file is checked before anything of
the present session is replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from PySide6.QtCore import QByteArray

from engine.errors import BadFileError
from engine.session_files.snapshot import Home, Reference, SavedCase, Snapshot
from gui.controller import Controller
from gui.display import Display
from gui.gallery import Entry
from gui.main_window import MainWindow
from gui.offer import offers
from gui.session import Session
from gui.viewer.picture_view import PictureView

#: What is the user's and not the session's: somebody else's file must not turn sides round.
OWN = ("radiological", "light_theme")


@dataclass(frozen=True, eq=False)
class View:
    """How a session was looked at: ``panels`` as Qt remembers them, ``enlarged`` the view shown alone, "" for none."""

    display: Display
    panels: QByteArray
    enlarged: str


def snapshot_of(
    window: MainWindow, session: Session, *, only_work: bool = False, home: Home | None = None
) -> Snapshot | None:
    """The session as it is now; None while there is no case. ``only_work``: the case that is open and what would be
    lost; what can be had again, from a file or by its recipe, is only referred to, as is what memory does not hold."""
    cases: list[SavedCase] = []
    references: list[Reference] = []
    for one in session.gallery.entries:
        needed = not only_work or one.is_work or one.case is session.case
        if one.case is not None and (needed or not one.can_come_back):
            cases.append(SavedCase(one.case, one.unsaved))
        else:
            references.append(_reference(one, len(cases)))
    current = next((number for number, saved in enumerate(cases) if saved.case is session.case), None)
    if current is None:
        return None
    x, y, z = session.crosshair.tolist()
    view = view_to_json(window, session.display)
    return Snapshot(tuple(cases), current, session.recipe, (x, y, z), view, home, tuple(references))


def _reference(entry: Entry, before: int) -> Reference:
    path = entry.path if entry.recipe is None else None
    return Reference(entry.name, before, path, entry.recipe, entry.mark, entry.target_ml, entry.achieved_ml)


def restore(
    snapshot: Snapshot, view: View, *, window: MainWindow, session: Session, controller: Controller, own: bool
) -> None:
    """Put a session in place of the present one. ``own``: it is this user's work from before a crash, so that also the
    convention and the colours come back."""
    controller.stop_making()
    kept = {} if own else {name: getattr(session.display, name) for name in OWN}
    session.set_display(replace(view.display, **kept))
    if snapshot.recipe is not None and offers(controller.pack, snapshot.recipe):
        session.set_recipe(snapshot.recipe)
    shown = snapshot.cases[snapshot.current]
    cases = [(saved.case, saved.unsaved) for saved in snapshot.cases]
    session.restore(cases, snapshot.current, snapshot.references)
    controller.measure(shown.case)
    if snapshot.crosshair is not None:
        session.set_crosshair(np.array(snapshot.crosshair))
    if not view.panels.isEmpty():
        window.docks.restore(view.panels)
    wanted, alone = _views(window).get(view.enlarged), window.viewer.enlarged
    # Enlarging a view that is shown alone brings the others back.
    change = wanted or alone
    if wanted is not alone and change is not None:
        window.viewer.enlarge(change)


# The window's part of a session file


def view_to_json(window: MainWindow, display: Display) -> dict[str, Any]:
    """Display and layout as plain data."""
    names = {view: name for name, view in _views(window).items()}
    return {
        "display": {field.name: _plain(getattr(display, field.name)) for field in fields(display)},
        "panels": bytes(window.docks.state().toBase64().data()).decode("ascii"),
        "enlarged": "" if window.viewer.enlarged is None else names[window.viewer.enlarged],
    }


def view_from_json(data: Mapping[str, Any], name: str) -> View:
    """The inverse; ``name`` is the file's. What another version of the program did not know stays as it usually is.
    Raises `BadFileError`."""
    try:
        display, panels, enlarged = data.get("display", {}), data.get("panels", ""), data.get("enlarged", "")
        if not isinstance(display, dict) or not isinstance(panels, str) or not isinstance(enlarged, str):
            raise TypeError
        usual = Display()
        known = {field.name: getattr(usual, field.name) for field in fields(usual) if field.name in display}
        found = {key: _like(value, display[key]) for key, value in known.items()}
        return View(replace(usual, **found), QByteArray.fromBase64(panels.encode("ascii")), enlarged)
    except (TypeError, ValueError) as error:
        raise BadFileError(f"{name} is damaged (it garbles how the case was shown); restore it from a copy.") from error


def _views(window: MainWindow) -> dict[str, PictureView]:
    return {**window.viewer.slices, "surface": window.viewer.surface}


def _plain(value: Any) -> Any:
    """A field of the display as JSON has it."""
    if isinstance(value, frozenset):
        return sorted(value)
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def _like(usual: Any, value: Any) -> Any:
    """A field of the display from JSON, of the type it usually has. Raises `TypeError`."""
    if isinstance(usual, frozenset) and isinstance(value, list) and all(type(part) is int for part in value):
        return frozenset(value)
    if isinstance(usual, tuple) and isinstance(value, list):
        return tuple(_tupled(part) for part in value)
    if isinstance(usual, float) and isinstance(value, int | float) and not isinstance(value, bool):
        if not np.isfinite(value):
            raise TypeError
        return float(value)
    if type(value) is not type(usual):
        raise TypeError
    return value


def _tupled(value: Any) -> Any:
    return tuple(_tupled(part) for part in value) if isinstance(value, list) else value
