"""The model packs of this machine: what each can do, its terms and needs; install, remove, use."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.events import Progressed
from engine.packs.store import InstalledPack
from gui.panels.cards import label
from gui.panels.pack_text import pack_as_html, subtitle

LIST_WIDTH = 270
START = QSize(860, 540)
KEY = Qt.ItemDataRole.UserRole


class PacksDialog(QDialog):
    """Shows packs and wishes; it does nothing itself, so that the window can go on beside it."""

    install_clicked = Signal(bool)  # whether from a folder, else from a ZIP file
    use_clicked = Signal(object)  # InstalledPack
    remove_clicked = Signal(object)  # InstalledPack
    cancel_clicked = Signal()

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._packs: dict[str, InstalledPack] = {}
        self._in_use, self._wished, self._busy = "", "", False
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Model packs"))
        self.list.setFixedWidth(LIST_WIDTH)
        self.list.setSpacing(3)
        self.details = label()
        self.details.setWordWrap(True)
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.details.setTextFormat(Qt.TextFormat.RichText)
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.details.setOpenExternalLinks(True)
        self.details.setAccessibleName(self.tr("About the chosen pack"))
        self.install = QPushButton(self.tr("Install"))
        self.install.setToolTip(self.tr("Install a model pack from a ZIP file or a folder; its files are checked."))
        menu = QMenu(self)
        self.from_zip = menu.addAction(self.tr("From a &ZIP file…"))
        self.from_folder = menu.addAction(self.tr("From a &folder…"))
        self.install.setMenu(menu)
        self.install.setObjectName("menu")
        self.use = self._button(self.tr("Use"), self.tr("Make brains and segment scans with the chosen pack."))
        self.use.setObjectName("primary")
        self.use.setStyleSheet("padding: 5px 12px")
        self.remove = self._button(self.tr("Remove…"), self.tr("Delete the chosen pack from this machine."))
        self.cancel = self._button(self.tr("Cancel"), self.tr("Stop installing; nothing of the pack stays behind."))
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(6)
        self.progress.setAccessibleName(self.tr("Progress of the installation"))
        self.stage, self.sentence = label("", "dim"), label()
        self.sentence.setWordWrap(True)
        self._lay_out()
        self._connect()
        self.setWindowTitle(self.tr("Model packs"))
        self.resize(START)
        self.set_progress(None)
        self.set_packs((), None)

    def set_packs(self, packs: tuple[InstalledPack, ...], in_use: Path | None) -> None:
        """List packs; ``in_use``: folder of the one that the window works with. The choice stays where it can."""
        before, self._wished = self._wished or self._key(), ""
        self._packs = {one.key: one for one in packs}
        self._in_use = next((one.key for one in packs if one.folder == in_use), "")
        with QSignalBlocker(self.list):
            self.list.clear()
            for one in packs:
                item = QListWidgetItem(f"{one.title}\n{subtitle(one, in_use=one.key == self._in_use)}")
                item.setData(KEY, one.key)
                self.list.addItem(item)
        self.choose(before if before in self._packs else self._in_use)

    def wish_to_show(self, key: str) -> None:
        """Choose this pack in the next list."""
        self._wished = key

    def choose(self, key: str) -> None:
        """Show this pack's details; the first one's if there is none of that key."""
        keys = list(self._packs)
        if keys:
            self.list.setCurrentRow(keys.index(key) if key in keys else 0)
        self._show()

    def set_progress(self, event: Progressed | None) -> None:
        """How far the installation is; None when there is none."""
        for part in (self.progress, self.cancel, self.stage):
            part.setVisible(event is not None)
        self._busy = event is not None
        if event is not None:
            self.progress.setValue(round(1000 * event.fraction))
            self.stage.setText(self.tr("{0}, {1} %").format(event.stage, round(100 * event.fraction)))
        self._allow()

    def say(self, sentence: str, *, error: bool = False) -> None:
        """One sentence under the list; "" for none."""
        self.sentence.setText(sentence)
        self.message.setProperty("error", error)
        self.message.style().unpolish(self.message)
        self.message.style().polish(self.message)
        self.message.setVisible(bool(sentence))

    def chosen(self) -> InstalledPack | None:
        """The pack whose details are shown."""
        return self._packs.get(self._key())

    # Parts

    def _lay_out(self) -> None:
        scroll = QScrollArea()
        scroll.setWidget(self.details)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        # The card's own colour is seen through.
        for part in (scroll.viewport(), self.details):
            part.setAutoFillBackground(False)
        card = QFrame()
        card.setObjectName("card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(14, 12, 6, 12)
        inside.addWidget(scroll)
        columns = QHBoxLayout()
        columns.setSpacing(8)
        columns.addWidget(self.list)
        columns.addWidget(card, 1)
        running = QHBoxLayout()
        running.addWidget(self.stage)
        running.addWidget(self.progress, 1)
        running.addWidget(self.cancel)
        self.message = QFrame()
        self.message.setObjectName("message")
        QHBoxLayout(self.message).addWidget(self.sentence)
        self.message.hide()
        buttons = QHBoxLayout()
        buttons.addWidget(self.install)
        buttons.addStretch(1)
        buttons.addWidget(self.remove)
        buttons.addWidget(self.use)
        self.box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addWidget(self.box)
        rows = QVBoxLayout(self)
        rows.addLayout(columns, 1)
        rows.addWidget(self.message)
        rows.addLayout(running)
        rows.addLayout(buttons)

    def _connect(self) -> None:
        self.list.currentRowChanged.connect(lambda _row: self._show())
        self.from_zip.triggered.connect(lambda: self.install_clicked.emit(False))
        self.from_folder.triggered.connect(lambda: self.install_clicked.emit(True))
        self.use.clicked.connect(lambda: self.use_clicked.emit(self.chosen()))
        self.remove.clicked.connect(lambda: self.remove_clicked.emit(self.chosen()))
        self.cancel.clicked.connect(self.cancel_clicked)
        self.box.rejected.connect(self.reject)

    def _show(self) -> None:
        one = self.chosen()
        self.details.setText("" if one is None else pack_as_html(one))
        self._allow()

    def _allow(self) -> None:
        one = self.chosen()
        self.install.setEnabled(not self._busy)
        in_use = one is not None and one.key == self._in_use
        self.use.setEnabled(one is not None and one.pack is not None and not in_use and not self._busy)
        self.use.setText(self.tr("In use") if in_use else self.tr("Use"))
        self.remove.setEnabled(one is not None and not one.shipped and not self._busy)

    def _key(self) -> str:
        return str(self.list.currentItem().data(KEY)) if self.list.currentRow() >= 0 else ""

    def _button(self, words: str, tip: str) -> QPushButton:
        button = QPushButton(words)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        return button
