"""The frame every panel lives in, and the few labels they share."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout


class Card(QFrame):
    """A titled box; fill ``body``."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(12, 9, 12, 11)
        self.body.setSpacing(6)
        self.body.addWidget(label(title, "heading"))


def label(words: str = "", kind: str = "") -> QLabel:
    """A label in one of the theme's kinds: heading, dim, limit, number, big, warm."""
    made = QLabel(words)
    made.setObjectName(kind)
    return made
