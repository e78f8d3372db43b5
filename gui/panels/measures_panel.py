"""What was asked for and what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel

from engine.edit.steps import voxels_since_image
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
    "expected": ("Expected error", "Standard deviation over subjects without the lock, as measured for this pack."),
    "lock": ("Locked in", "Samplings it took to meet the volume with this subject."),
    "confidence": ("Confidence", "The segmenter's mean probability of the voxels it labelled as ventricle."),
}
ALWAYS = ("achieved", "lateral", "icv", "ratio")
BADGES = {"good": "Good", "look": "Look at it", "regenerate": "Regenerate"}


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
        self.badge = label("", "badge")
        self.badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.badge.setAccessibleName(self.tr("Quality check"))
        self.body.addWidget(self.badge)
        self.note = label("", "warm")
        self.note.setWordWrap(True)
        self.body.addWidget(self.note)
        self.set_report(None)

    def set_report(self, report: Report | None) -> None:
        """Show these numbers; None empties the table."""
        texts = dict.fromkeys(ALWAYS, "–") if report is None else measure_texts(report)
        for key in ROWS:
            self.values[key].setText(texts.get(key, ""))
            self.values[key].setVisible(key in texts)
            self._names[key].setVisible(key in texts)
        name = "Achieved" if "target" in texts else "Ventricles"
        self._names["achieved"].setText(f"{name} (draft)" if report is not None and report.draft else name)
        self._show_quality(_quality(report) if report is not None and not report.draft else None)
        notes = [*report.volumes.notes, *_warnings(report)] if report is not None else []
        self.note.setText("\n".join(notes))
        self.note.setVisible(bool(notes))

    def _show_quality(self, quality: Mapping[str, Any] | None) -> None:
        verdict = str(quality.get("verdict")) if quality else ""
        self.badge.setVisible(verdict in BADGES)
        if quality and verdict in BADGES:
            self.badge.setText(f"Image check: {BADGES[verdict].lower()}")
            self.badge.setToolTip(str(quality.get("reason", "")))
            self.badge.setProperty("verdict", verdict)
            # A style sheet looks at properties only when it is applied.
            self.badge.style().unpolish(self.badge)
            self.badge.style().polish(self.badge)


def _quality(report: Report) -> Mapping[str, Any] | None:
    """The check of the image, if it still speaks of these labels."""
    quality = report.record.get("quality")
    if quality and voxels_since_image(report.record):
        return {"verdict": "look", "reason": "Labels were corrected since this image was made; remake the image."}
    return quality


def _warnings(report: Report) -> list[str]:
    """What the user must not overlook about a generated case."""
    beyond = report.record.get("beyond_trained_range") or ()
    return [f"{name} lies outside what this pack was trained for: the brain may look odd." for name in beyond]


def measure_texts(report: Report) -> dict[str, str]:
    """What to write in each row that has something to say."""
    volumes: Volumes = report.volumes
    texts = {
        "achieved": millilitres(volumes.ventricular_ml),
        "lateral": millilitres(volumes.lateral_ml),
        "icv": millilitres(volumes.icv_ml, decimals=0),
        "ratio": NOT_MEASURED if volumes.ratio is None else f"{100 * volumes.ratio:.2f} %",
    }
    if report.target_ml is not None:
        texts |= {"target": f"{report.target_ml:.1f} mL", "error": "–"}
        if volumes.ventricular_ml is not None:
            difference = volumes.ventricular_ml - report.target_ml
            texts["error"] = f"{signed(difference)} mL ({signed(100 * difference / report.target_ml, decimals=0)} %)"
    return texts | _record_texts(report.record)


def _record_texts(record: Mapping[str, Any]) -> dict[str, str]:
    texts = {}
    if record.get("expected_error_ml") is not None:
        texts["expected"] = f"± {record['expected_error_ml']:.1f} mL"
    if "lock" in record:
        count = record["lock"]["samplings"]
        texts["lock"] = f"{count} sampling{'s' if count != 1 else ''}"
    confidence = record.get("segmentation", {}).get("ventricle_confidence")
    if confidence is not None:
        texts["confidence"] = f"{100 * confidence:.0f} %"
    return texts


def signed(number: float, *, decimals: int = 1) -> str:
    """A difference with its sign; what rounds to nothing has a plus."""
    # Adding 0.0 takes the sign from -0.0.
    return f"{round(number, decimals) + 0.0:+.{decimals}f}"


def millilitres(volume: float | None, *, decimals: int = 1) -> str:
    """A volume with its unit; nothing measured is never written as 0 mL."""
    return NOT_MEASURED if volume is None else f"{volume:,.{decimals}f} mL"
