"""The message bar: one sentence, until it is dismissed."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from gui.panels.cards import label, tool_button
from gui.session import Message

#: A notice goes away by itself after this time; an error stays until it is dismissed or replaced.
NOTICE_MS = 12_000


class MessageBar(QFrame):
    """Hidden while there is nothing to say."""

    dismissed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("message")
        self.sentence = label()
        self.sentence.setWordWrap(True)
        self.dismiss = tool_button("close", "Dismiss this message.")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.addWidget(self.sentence, 1)
        row.addWidget(self.dismiss)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(NOTICE_MS)
        self._timer.timeout.connect(self.dismissed)
        self.dismiss.clicked.connect(self.dismissed)
        self.hide()

    def set_message(self, message: Message | None) -> None:
        """Show a sentence; None hides the bar."""
        self._timer.stop()
        self.setVisible(message is not None)
        if message is None:
            return
        self.sentence.setText(message.sentence)
        self.setProperty("error", message.error)
        # The style depends on the property and is chosen anew only when asked.
        self.style().unpolish(self)
        self.style().polish(self)
        if not message.error:
            self._timer.start()
