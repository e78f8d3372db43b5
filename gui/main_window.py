"""The window: where each widget stands. It knows nothing of what they do."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QMainWindow, QTabWidget, QVBoxLayout, QWidget

from engine.io.scans import one_per_series
from engine.pack import ModelPack
from gui.actions import Actions
from gui.docks import Docks
from gui.menus import CONTRASTS, FLOW_WORDS, MEASURES, OPERATIONS, SIDES
from gui.messages import MessageBar
from gui.panels.display_panel import DisplayPanel
from gui.panels.dock import Column
from gui.panels.edit_panel import EditPanel
from gui.panels.gallery import GalleryPanel
from gui.panels.job_bar import JobBar
from gui.panels.labels_panel import LabelsPanel
from gui.panels.linear_panel import LinearPanel
from gui.panels.measures_panel import MeasuresPanel
from gui.panels.recipe_panel import RecipePanel
from gui.panels.segment_panel import SegmentPanel
from gui.panels.series_panel import SeriesPanel
from gui.session import Shown
from gui.viewer.viewer import Viewer

TITLE = "VentriSynth"
START_WIDTH, START_HEIGHT = 1440, 900
#: Room left for the window's title on a small screen.
TITLE_HEIGHT = 36


class MainWindow(QMainWindow):
    """What is wanted at the left, the views in the middle, what is there at the right; panels can be moved."""

    close_wished = Signal()
    closed = Signal()
    path_dropped = Signal(object)  # Path
    compare_wished = Signal(object, object)  # Case, Case: compare what is shown with another one
    peek_changed = Signal(bool)  # whether Space is held to look under the labels

    def __init__(self, pack: ModelPack | None) -> None:
        super().__init__()
        self.may_close = False
        self.recipe_panel = RecipePanel(pack)
        self.segment_panel = SegmentPanel()
        self.series_panel = SeriesPanel(pack)
        self.measures_panel = MeasuresPanel()
        self.labels_panel = LabelsPanel()
        self.linear_panel = LinearPanel()
        self.display_panel = DisplayPanel()
        self.edit_panel = EditPanel()
        self.viewer = Viewer(has_pack=pack is not None)
        self.gallery_panel = GalleryPanel()
        self.message_bar = MessageBar()
        self.job_bar = JobBar()
        self.open_button, self.segment_button = self.segment_panel.open, self.segment_panel.segment
        self.actions_by_name = Actions(self)
        contrasts = (*CONTRASTS, "contrast_rectangle")
        self.display_panel.offer_contrasts([self.actions_by_name[name] for name in contrasts])
        self.edit_panel.offer([self.actions_by_name[name] for name in OPERATIONS], self.actions_by_name["remake_image"])
        self.edit_panel.flow.offer([(self.actions_by_name[name], words) for name, words in FLOW_WORDS.items()])
        self.linear_panel.offer([self.actions_by_name[name] for name in MEASURES])
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
        self.tabs = QTabWidget()
        for panel, words, tip in (
            (self.recipe_panel, self.tr("Generate"), self.tr("Make a synthetic brain with the volume you ask for.")),
            (self.segment_panel, self.tr("Segment"), self.tr("Open a scan, find its ventricles, morph them.")),
            (self.series_panel, self.tr("Series"), self.tr("Let one subject's ventricles grow, as a film.")),
        ):
            self.tabs.addTab(Column(panel), words)
            self.tabs.setTabToolTip(self.tabs.count() - 1, tip)
        middle = QWidget()
        rows = QVBoxLayout(middle)
        rows.setContentsMargins(0, 2, 0, 0)
        rows.setSpacing(4)
        rows.addWidget(self.message_bar)
        rows.addWidget(self.viewer, 1)
        self.setCentralWidget(middle)
        self.docks = Docks(self)
        self.docks.add("brain", self.tr("Brain"), self.tabs, side="left")
        self.docks.add("measures", self.tr("Measures"), Column(self.measures_panel), side="right", height=290)
        display = Column(self.display_panel)
        self.docks.add("display", self.tr("Display"), display, side="right", tabbed_with="measures")
        self.docks.add("correct", self.tr("Correct"), Column(self.edit_panel), side="right", fits=True)
        self.docks.add("gallery", self.tr("Gallery"), self.gallery_panel, side="bottom", height=1)
        self.docks.add("structures", self.tr("Structures"), self.labels_panel, side="right", height=290)
        lines = Column(self.linear_panel, stretch=self.linear_panel)
        self.docks.add("lines", self.tr("Lines"), lines, side="right", tabbed_with="structures")
        for card in (self.measures_panel, self.linear_panel, self.display_panel, self.edit_panel, self.labels_panel):
            card.heading.hide()
        self.statusBar().addWidget(self.job_bar, 1)
        self.statusBar().setSizeGripEnabled(False)
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

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.docks.on_first_shown()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        for path in one_per_series(paths):
            self.path_dropped.emit(path)
        event.acceptProposedAction()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._on_space(event, held=True)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self._on_space(event, held=False)

    def _on_space(self, event: QKeyEvent, *, held: bool) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.peek_changed.emit(held)
