"""What was asked for and what was measured."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel

from engine.measures import Volumes
from gui.panels.cards import Card, label
from gui.session import Report

NOT_MEASURED = "not measured"
ROWS = {
    "target": ("Target", "Ventricular volume asked for."),
    "achieved": ("Achieved", "Both lateral and inferior lateral ventricles, the third and the fourth, by voxel count."),
    "error": ("Error", "Achieved minus target."),
    "lateral": ("Lateral ventricles", "Both lateral and inferior lateral ventricles."),
    "icv": ("Intracranial volume", "Every label except background."),
    "ratio": ("Ventricles / ICV", "Ventricular volume as a share of the intracranial volume."),
}
ONLY_SYNTHETIC = ("target", "error")


class MeasuresPanel(Card):
    """A table of volumes in mL; what was not measured says so."""

    def __init__(self) -> None:
        super().__init__("Volumes")
        self.values: dict[str, QLabel] = {}
        self._names: dict[str, QLabel] = {}
        table = QGridLayout()
        table.setVerticalSpacing(4)
        table.setColumnStretch(0, 1)
        for number, (key, (name, help_text)) in enumerate(ROWS.items()):
            title, value = label(name, "dim"), label("–", "big" if key == "achieved" else "number")
            for part in (title, value):
                part.setToolTip(help_text)
            table.addWidget(title, number, 0)
            table.addWidget(value, number, 1, Qt.AlignmentFlag.AlignRight)
            self._names[key], self.values[key] = title, value
        self.body.addLayout(table)
        self.note = label("", "warm")
        self.note.setWordWrap(True)
        self.body.addWidget(self.note)
        self.set_report(None)

    def set_report(self, report: Report | None) -> None:
        """Show these numbers; None empties the table."""
        texts = dict.fromkeys(ROWS, "–") if report is None else measure_texts(report)
        with_target = report is not None and report.target_ml is not None
        for key, words in texts.items():
            self.values[key].setText(words)
            shown = with_target or key not in ONLY_SYNTHETIC
            self.values[key].setVisible(shown)
            self._names[key].setVisible(shown)
        name = "Achieved" if with_target else "Ventricles"
        self._names["achieved"].setText(f"{name} (draft)" if report is not None and report.draft else name)
        notes = report.volumes.notes if report is not None else ()
        self.note.setText("\n".join(notes))
        self.note.setVisible(bool(notes))


def measure_texts(report: Report) -> dict[str, str]:
    """What to write in each row."""
    volumes: Volumes = report.volumes
    error = "–"
    if report.target_ml is not None and volumes.ventricular_ml is not None:
        difference = volumes.ventricular_ml - report.target_ml
        error = f"{difference:+.1f} mL ({100 * difference / report.target_ml:+.0f} %)"
    return {
        "target": "–" if report.target_ml is None else f"{report.target_ml:.1f} mL",
        "achieved": millilitres(volumes.ventricular_ml),
        "error": error,
        "lateral": millilitres(volumes.lateral_ml),
        "icv": millilitres(volumes.icv_ml, decimals=0),
        "ratio": NOT_MEASURED if volumes.ratio is None else f"{100 * volumes.ratio:.2f} %",
    }


def millilitres(volume: float | None, *, decimals: int = 1) -> str:
    """A volume with its unit; nothing measured is never written as 0 mL."""
    return NOT_MEASURED if volume is None else f"{volume:,.{decimals}f} mL"
