"""The frame every panel lives in, and the labels and buttons they share."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QLabel, QToolButton, QVBoxLayout

from gui import theme


class Card(QFrame):
    """A titled box; fill ``body``. In a panel of its own the panel has the title: hide ``heading``."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self.title = title
        self.heading = label(title, "heading")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(12, 9, 12, 11)
        self.body.setSpacing(6)
        self.body.addWidget(self.heading)


def tool_button(icon: str, tip: str, kind: str = "plain") -> QToolButton:
    """A small button with one of the shipped icons; ``kind``: plain, or tool with a frame."""
    made = QToolButton()
    made.setObjectName(kind)
    made.setIcon(theme.icon(icon))
    made.setToolTip(tip)
    # The icon is all that is drawn; screen readers and menus need words.
    made.setText(tip.rstrip("."))
    made.setAccessibleName(tip.rstrip("."))
    return made


def label(words: str = "", kind: str = "") -> QLabel:
    """A label in one of the theme's kinds: heading, dim, limit, number, big, warm."""
    made = QLabel(words)
    made.setObjectName(kind)
    return made
