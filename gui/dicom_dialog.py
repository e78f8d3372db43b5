"""The series of a DICOM folder, to choose one from."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.events import Event
from engine.io.dicom.series import Listing, Series
from engine.opening import Pictured, ThumbnailsJob
from engine.worker import Worker
from gui.bridge import Bridge
from gui.panels.cards import label

ICON = 64
START = QSize(840, 480)
SERIES = Qt.ItemDataRole.UserRole


class SeriesDialog(QDialog):
    """Shows the list at once; the thumbnails are read behind it, and no longer once a choice is made."""

    chosen = Signal(object)  # Series

    def __init__(self, listing: Listing, parent: QWidget) -> None:
        super().__init__(parent)
        self.listing = listing
        self.setWindowTitle(self.tr("Choose a series"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        self.open_button = self._buttons.button(QDialogButtonBox.StandardButton.Open)
        self.list = self._list()
        self._lay_out()
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self.list.itemActivated.connect(self.accept)
        self.list.currentItemChanged.connect(self._reflect)
        self._bridge = Bridge()
        self._bridge.arrived.connect(self._on_event)
        self._worker = Worker(self._bridge.carry, "thumbnails")
        self.finished.connect(self._stop)
        self._choose_first()
        self._worker.submit(ThumbnailsJob(listing.series))

    @property
    def current(self) -> Series | None:
        """The series that is chosen in the list, if it can be opened."""
        item = self.list.currentItem()
        series: Series | None = None if item is None else item.data(0, SERIES)
        return None if series is None or series.problem else series

    def accept(self) -> None:
        """Wish for the series that is chosen."""
        series = self.current
        if series is not None:
            super().accept()
            self.chosen.emit(series)

    def _list(self) -> QTreeWidget:
        made = QTreeWidget()
        made.setAccessibleName(self.tr("Series"))
        made.setHeaderLabels(
            [self.tr("Series"), self.tr("Type"), self.tr("Slices"), self.tr("Voxels"), self.tr("Voxel size")]
        )
        made.setRootIsDecorated(False)
        made.setUniformRowHeights(True)
        made.setIconSize(QSize(ICON, ICON))
        made.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        made.setAllColumnsShowFocus(True)
        made.setStyleSheet("QTreeWidget::item { padding: 0 7px; }")
        for series in self.listing.series:
            made.addTopLevelItem(self._item(series))
        header = made.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        return made

    def _item(self, series: Series) -> QTreeWidgetItem:
        size = "" if series.spacing is None else " × ".join(f"{mm:.3g}" for mm in series.spacing) + " mm"
        words = series.description if not series.problem else f"{series.description}\n{_sentence(series.problem)}"
        voxels = " × ".join(map(str, series.size))
        item = QTreeWidgetItem([words, series.modality, str(series.slices), voxels, size])
        item.setData(0, SERIES, series)
        item.setIcon(0, _icon(None))
        item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setToolTip(0, _sentence(series.problem) or series.description)
        if series.problem:
            item.setFlags(Qt.ItemFlag.ItemIsSelectable)
        return item

    def _lay_out(self) -> None:
        usable = len(self.listing.usable)
        first = label(
            self.tr("{0} holds {1} series that can be opened. Choose one.").format(self.listing.folder.name, usable)
        )
        first.setWordWrap(True)
        first.setToolTip(str(self.listing.folder))
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(first)
        column.addWidget(self.list, 1)
        if self.listing.notes:
            notes = label(" ".join(self.listing.notes), "warm")
            notes.setWordWrap(True)
            column.addWidget(notes)
        column.addWidget(self._buttons)
        self.open_button.setObjectName("primary")
        self.open_button.setStyleSheet("padding: 5px 12px")
        self.open_button.setToolTip(self.tr("Open the chosen series (Enter)."))
        self.resize(START)

    def _choose_first(self) -> None:
        """Begin at the series with the most slices: most likely it is the scan of the whole head."""
        usable = self.listing.usable
        best = max(usable, key=lambda series: series.slices, default=None)
        for row in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(row)
            if item is not None and item.data(0, SERIES) is best:
                self.list.setCurrentItem(item)
        self.list.setFocus()
        self._reflect()

    def _reflect(self) -> None:
        self.open_button.setEnabled(self.current is not None)

    def _on_event(self, event: Event) -> None:
        if not isinstance(event, Pictured):
            return
        for row in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(row)
            if item is not None and item.data(0, SERIES).number == event.number:
                item.setIcon(0, _icon(event.picture))

    def _stop(self) -> None:
        # What it reads may be far away and slow; it ends by itself after the picture it is at.
        self._worker.close(timeout_s=0)
        self._bridge.arrived.disconnect(self._on_event)


def _icon(picture: np.ndarray | None) -> QIcon:
    """A thumbnail in a square of always the same size; an empty one until it is read."""
    square = QPixmap(ICON, ICON)
    square.fill(QColor("black"))
    if picture is not None:
        rows, columns = picture.shape
        image = QImage(np.ascontiguousarray(picture).tobytes(), columns, rows, columns, QImage.Format.Format_Grayscale8)
        small = image.scaled(ICON, ICON, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
        painter = QPainter(square)
        painter.drawImage((ICON - small.width()) // 2, (ICON - small.height()) // 2, small)
        painter.end()
    made = QIcon(square)
    # As it is, also in the row that is chosen.
    made.addPixmap(square, QIcon.Mode.Selected)
    return made


def _sentence(half: str) -> str:
    return f"{half[0].upper()}{half[1:]}." if half else ""
