"""The window: where each widget stands. It knows nothing of what they do."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.pack import ModelPack
from gui.actions import Actions
from gui.menus import CONTRASTS, OPERATIONS, SIDES
from gui.messages import MessageBar
from gui.panels.cards import label
from gui.panels.display_panel import DisplayPanel
from gui.panels.edit_panel import EditPanel
from gui.panels.job_bar import JobBar
from gui.panels.labels_panel import LabelsPanel
from gui.panels.measures_panel import MeasuresPanel
from gui.panels.recipe_panel import RecipePanel
from gui.session import Shown
from gui.viewer.viewer import Viewer

TITLE = "VentriSynth"
LEFT_WIDTH, RIGHT_WIDTH = 300, 344
START_WIDTH, START_HEIGHT = 1440, 900
#: Room left for the window's title on a small screen.
TITLE_HEIGHT = 36


class MainWindow(QMainWindow):
    """Recipe and numbers at the left, the views in the middle, structures and display at the right."""

    close_wished = Signal()
    closed = Signal()
    path_dropped = Signal(object)  # Path
    peek_changed = Signal(bool)  # whether Space is held to look under the labels

    def __init__(self, pack: ModelPack | None) -> None:
        super().__init__()
        self.may_close = False
        self.recipe_panel = RecipePanel(pack)
        self.measures_panel = MeasuresPanel()
        self.labels_panel = LabelsPanel()
        self.display_panel = DisplayPanel()
        self.edit_panel = EditPanel()
        self.viewer = Viewer(has_pack=pack is not None)
        self.message_bar = MessageBar()
        self.job_bar = JobBar()
        self.open_button = QPushButton("Open…")
        self.open_button.setToolTip("Open a NIfTI scan or label map (Ctrl+O), or drop one on the window.")
        self.segment_button = QPushButton("Segment")
        self.segment_button.setToolTip("Find the ventricles of the scan that is open (Ctrl+E).")
        self.actions_by_name = Actions(self)
        contrasts = (*CONTRASTS, "contrast_rectangle")
        self.display_panel.offer_contrasts([self.actions_by_name[name] for name in contrasts])
        self.edit_panel.offer([self.actions_by_name[name] for name in OPERATIONS])
        self.viewer.surface_pane.offer([self.actions_by_name[f"look_{side}"] for side in SIDES])
        self._lay_out()
        self.setWindowTitle(TITLE)
        self.setAcceptDrops(True)
        screen = self.screen().availableSize()
        self.resize(min(START_WIDTH, screen.width()), min(START_HEIGHT, screen.height() - TITLE_HEIGHT))

    def set_title(self, shown: Shown | None, *, unsaved: bool) -> None:
        """Name the case, with a mark while it is not saved."""
        name = "" if shown is None else f"{shown.case.name}{' •' if unsaved else ''} – "
        self.setWindowTitle(f"{name}{TITLE}")

    def _lay_out(self) -> None:
        scan_card = QFrame()
        scan_card.setObjectName("card")
        scans = QHBoxLayout(scan_card)
        scans.setContentsMargins(12, 9, 12, 9)
        scans.setSpacing(6)
        scans.addWidget(label(self.tr("Real scan"), "heading"))
        scans.addWidget(self.open_button, 1)
        scans.addWidget(self.segment_button, 1)
        left = QVBoxLayout()
        left.addWidget(self.recipe_panel)
        left.addWidget(self.measures_panel)
        left.addWidget(scan_card)
        left.addStretch(1)
        right = QVBoxLayout()
        right.addWidget(self.display_panel)
        right.addWidget(self.edit_panel)
        right.addWidget(self.labels_panel, 1)
        middle = QVBoxLayout()
        middle.setSpacing(4)
        middle.addWidget(self.message_bar)
        middle.addWidget(self.viewer, 1)
        self.left_side, self.right_side = _side(left, LEFT_WIDTH), _side(right, RIGHT_WIDTH)
        columns = QHBoxLayout()
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(6)
        columns.addWidget(self.left_side)
        columns.addLayout(middle, 1)
        columns.addWidget(self.right_side)
        page = QWidget()
        rows = QVBoxLayout(page)
        rows.setContentsMargins(6, 2, 6, 0)
        rows.setSpacing(2)
        rows.addLayout(columns, 1)
        rows.addWidget(self.job_bar)
        self.setCentralWidget(page)
        # A click leaves the keyboard where it is, so that Space peeks and presses nothing; Tab still comes here.
        for part in (*self.findChildren(QAbstractButton), self.labels_panel.tree):
            part.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        # The keys belong to the views from the start, and not to the first number, which would take letters.
        self.viewer.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.viewer.setFocus()

    # Qt

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.may_close:
            self.close_wished.emit()
        # The answer may be there at once; a close() from within this event is not heard.
        event.setAccepted(self.may_close)
        if self.may_close:
            self.closed.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self.path_dropped.emit(Path(url.toLocalFile()))
        event.acceptProposedAction()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._on_space(event, held=True)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self._on_space(event, held=False)

    def _on_space(self, event: QKeyEvent, *, held: bool) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.peek_changed.emit(held)


def _side(column: QVBoxLayout, width: int) -> QScrollArea:
    """A column of panels that scrolls where the screen is too low for it."""
    inside = QWidget()
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(6)
    inside.setLayout(column)
    area = QScrollArea()
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFixedWidth(width)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area
