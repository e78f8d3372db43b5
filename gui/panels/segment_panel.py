"""A real scan: open it, find its ventricles, and grow or shrink them to a volume."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.recipe import Control
from gui.panels.cards import Card, label
from gui.panels.controls import ControlRow
from gui.session import Report, Shown

MORPH = Control(
    "morph_volume",
    "Target volume",
    "mL",
    low=4,
    high=250,
    step=1,
    default=80,
    help="The volume that all ventricles together shall have, in mL. Labels and image are moved together.",
)


class SegmentPanel(QWidget):
    """Two cards: the scan, and the morph of the case that is open."""

    morph_clicked = Signal(float)  # mL

    def __init__(self) -> None:
        super().__init__()
        self.scan, self.morph = Card(self.tr("Real scan")), Card(self.tr("Morph its ventricles"))
        self.open = QPushButton(self.tr("Open…"))
        self.open.setToolTip(self.tr("Open a scan or a label map (Ctrl+O), or drop one on the window."))
        self.open_folder = QPushButton(self.tr("Folder…"))
        self.open_folder.setToolTip(self.tr("Open a folder of DICOM files or a saved case (Ctrl+Shift+O)."))
        self.segment = QPushButton(self.tr("Segment"))
        self.segment.setToolTip(self.tr("Find the ventricles of the scan that is open (Ctrl+E)."))
        self.state = _sentence()
        self.about = _sentence(
            self.tr(
                "Grows or shrinks the ventricles of the case that is open to a volume, "
                "labels and image together. The case before stays in the gallery."
            )
        )
        self.now = label("–", "number")
        self.target = ControlRow(MORPH)
        self.go = QPushButton(self.tr("Morph"))
        self.go.setToolTip(self.tr("Grow or shrink the ventricles to the target (Ctrl+M)."))
        self._lay_out()
        self.go.clicked.connect(self.wish)
        self.set_shown(None)

    def wish(self) -> None:
        """Wish for the morph that the panel describes."""
        self.morph_clicked.emit(self.target.number.value())

    def set_shown(self, shown: Shown | None) -> None:
        """Say what can be done with this case."""
        self.state.setText(self._state(shown))
        unlabelled = shown is not None and shown.case.image is not None and shown.case.labels is None
        for button, first in ((self.segment, unlabelled), (self.open, shown is None)):
            button.setObjectName("primary" if first else "")
            # A style sheet looks at names only when it is applied.
            button.style().unpolish(button)
            button.style().polish(button)

    def set_report(self, report: Report | None) -> None:
        """Show the volume there is."""
        volume = None if report is None or report.draft else report.volumes.ventricular_ml
        self.now.setText("–" if volume is None else f"{volume:,.1f} mL")
        self.target.slider.set_mark(None if volume is None else self.target.step_of(volume))

    def set_can(self, *, segment: bool, morph: bool) -> None:
        """Whether there is something to segment, and to morph."""
        self.segment.setEnabled(segment)
        for part in (self.target, self.go):
            part.setEnabled(morph)

    def _state(self, shown: Shown | None) -> str:
        if shown is None:
            return self.tr("Open a head scan, a DICOM folder or a label map, or drop one on the window.")
        case = shown.case
        if case.synthetic:
            return self.tr("{0} is synthetic and has its labels already.").format(case.name)
        if case.labels is None:
            return self.tr("{0} is open. Segment finds its ventricles and 32 structures.").format(case.name)
        return self.tr("{0} is labelled; correct it at the right.").format(case.name)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in (self.open, self.open_folder, self.segment):
            buttons.addWidget(button, 1)
        self.scan.body.addWidget(self.state)
        self.scan.body.addLayout(buttons)
        now = QHBoxLayout()
        now.addWidget(label(self.tr("Ventricles now"), "dim"), 1)
        now.addWidget(self.now)
        self.morph.body.addWidget(self.about)
        self.morph.body.addLayout(now)
        self.morph.body.addWidget(self.target)
        self.morph.body.addWidget(self.go)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.scan)
        column.addWidget(self.morph)


def _sentence(words: str = "") -> QLabel:
    made = label(words, "dim")
    made.setWordWrap(True)
    return made
