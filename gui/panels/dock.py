"""A panel of the window: it can be moved, taken out, hidden, and shown again from the View menu."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QDockWidget, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from gui.panels.cards import label, tool_button

#: A panel that scrolls may become as low as this, in pixels.
LEAST_HEIGHT = 84
#: What Qt takes for no limit.
MOST_HEIGHT = 16777215


class Dock(QDockWidget):
    """``name`` is how the layout that is remembered knows it; ``title`` is what the user reads.
    ``flat``: it is low and wide, so its title bar is at the left."""

    def __init__(self, name: str, title: str, content: QWidget, *, flat: bool = False) -> None:
        super().__init__(title)
        self.setObjectName(name)
        if flat:
            self.setFeatures(self.features() | QDockWidget.DockWidgetFeature.DockWidgetVerticalTitleBar)
        self.title_bar = _TitleBar(self, flat=flat)
        self.setTitleBarWidget(self.title_bar)
        self.setWidget(content)
        self.setAllowedAreas(Qt.DockWidgetArea.AllDockWidgetAreas)
        action = self.toggleViewAction()
        action.setToolTip(self.tr("Show or hide this panel."))

    def set_named_by_tab(self, named: bool) -> None:
        """Whether a tab has the panel's name and is what it is moved by; then it needs no title bar."""
        if named != self.title_bar.folded:
            self.title_bar.folded = named
            self.title_bar.setMaximumHeight(0 if named else MOST_HEIGHT)
            self.title_bar.updateGeometry()


class _TitleBar(QWidget):
    """The panel's name, and buttons with words; dragging it moves the panel. A ``flat`` panel has it at its left, where
    there is no room for the name."""

    def __init__(self, dock: Dock, *, flat: bool) -> None:
        super().__init__()
        self.folded = False
        self.setObjectName("dock_title")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.float = tool_button("float", self.tr("Take this panel out of the window, or put it back."))
        self.close_button = tool_button("close", self.tr("Hide this panel; the View menu shows it again."))
        row = QVBoxLayout(self) if flat else QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2) if flat else row.setContentsMargins(10, 0, 4, 0)
        row.setSpacing(2)
        if not flat:
            row.addWidget(label(dock.windowTitle(), "heading"), 1)
        for button in (self.float, self.close_button):
            button.setFixedSize(24, 24)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button)
        if flat:
            row.addStretch(1)
        self.float.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        self.close_button.clicked.connect(dock.close)

    def sizeHint(self) -> QSize:
        return QSize(0, 0) if self.folded else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0) if self.folded else super().minimumSizeHint()


class Column(QScrollArea):
    """Panels under each other, which scroll where there is not room for all of them. It is as wide as they need."""

    def __init__(self, *parts: QWidget, stretch: QWidget | None = None) -> None:
        super().__init__()
        inside = self._inside = QWidget()
        inside.setObjectName("inside")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for part in parts:
            column.addWidget(part, 1 if part is stretch else 0)
        if stretch is None:
            column.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # The panels' own needs change as they show more or less; the column's width follows.
        inside.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def sizeHint(self) -> QSize:
        return self._needs(self._inside.sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self._needs(min(LEAST_HEIGHT, self._inside.minimumSizeHint().height()))

    def _needs(self, height: int) -> QSize:
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self._inside.minimumSizeHint().width() + bar, height)
