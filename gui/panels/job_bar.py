"""What lies under the pointer, and what the engine is doing, in one line at the bottom."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QWidget

from gui.panels.cards import label
from gui.session import JobStatus

BAR_STEPS = 1000


class JobBar(QWidget):
    """Readout at the left; stage, progress, time left, Cancel and the device's name at the right."""

    cancel_clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.readout = label("", "dim")
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.stage = label("")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setMaximum(BAR_STEPS)
        self.bar.setFixedSize(170, 6)
        self.left = label("", "dim")
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip("Stop at the next step (Esc).")
        self.device = label("", "dim")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(10)
        row.addWidget(self.readout, 1)
        for part in (self.stage, self.bar, self.left, self.cancel, self.device):
            row.addWidget(part)
        self.setFixedHeight(34)
        self.cancel.clicked.connect(self.cancel_clicked)
        self.set_status(None)

    def set_status(self, status: JobStatus | None) -> None:
        """Show how far a job is; None while the engine rests."""
        for part in (self.bar, self.left, self.cancel):
            part.setVisible(status is not None)
        self.stage.setText(status_text(status))
        if status is not None:
            self.bar.setValue(round(status.fraction * BAR_STEPS))
            self.left.setText(time_text(status.seconds_left))

    def set_readout(self, words: str) -> None:
        """What lies under the pointer."""
        self.readout.setText(words)

    def set_device(self, name: str) -> None:
        """What the engine computes on."""
        self.device.setText(name)
        self.device.setToolTip("What the engine computes on.")


def status_text(status: JobStatus | None) -> str:
    """Title, stage and step of a job."""
    if status is None:
        return "Ready"
    if not status.stage:
        return f"{status.title}: starting …"
    words = status.title if status.stage in status.title else f"{status.title}: {status.stage}"
    return f"{words}  {status.step} / {status.steps}" if status.steps > 1 else words


def time_text(seconds: float | None) -> str:
    """An estimate of the time left, no more precise than it is."""
    if seconds is None:
        return ""
    if seconds >= 90:
        return f"about {round(seconds / 60)} min left"
    return f"{max(1, round(seconds))} s left"
