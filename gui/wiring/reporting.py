"""Reports and exports: the menu to whoever asks and writes."""

from __future__ import annotations

from gui.main_window import MainWindow
from gui.reporting import Reporting


def wire_reporting(window: MainWindow, reporting: Reporting) -> None:
    """The entries of the File menu."""
    actions = window.actions_by_name
    actions["report"].triggered.connect(reporting.report)
    actions["export_dicom"].triggered.connect(reporting.export_dicom)
