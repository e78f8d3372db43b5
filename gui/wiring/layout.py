"""The panels around the views: shown, hidden, put back."""

from __future__ import annotations

from PySide6.QtCore import QTimer

from gui.main_window import MainWindow

#: Action -> the side whose panels it shows and hides.
SIDE_ACTIONS = {"recipe_side": "left", "labels_side": "right", "gallery_side": "bottom"}


def wire_layout(window: MainWindow) -> None:
    """Entries of the View menu for every panel, every side, and the usual layout."""
    actions, docks = window.actions_by_name, window.docks
    panels = window.actions_by_name.menus["&View"].addMenu(window.tr("&Panels"))
    for dock in docks.every():
        panels.addAction(dock.toggleViewAction())
    for name, side in SIDE_ACTIONS.items():
        action = actions[name]

        def reflect(_shown: bool = False, *, action=action, side=side) -> None:  # type: ignore[no-untyped-def]
            action.setChecked(any(dock.toggleViewAction().isChecked() for dock in docks.of(side)))

        def show(on: bool, *, side: str = side) -> None:
            for dock in docks.of(side):
                dock.setVisible(on)

        action.triggered.connect(show)
        for dock in docks.of(side):
            dock.toggleViewAction().toggled.connect(reflect)
        reflect()
    actions["reset_layout"].triggered.connect(docks.reset)
    # Sizes can be shared out only once it is known how much room there is.
    actions["reset_layout"].triggered.connect(lambda: QTimer.singleShot(0, docks.share_room))
