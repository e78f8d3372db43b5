"""The tour: a few callouts beside the real widgets. The window goes on working underneath."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QPushButton, QVBoxLayout, QWidget

from gui.panels.cards import label

WIDTH, GAP, ROUND = 310, 12, 6


@dataclass(frozen=True)
class Step:
    """One callout: ``target`` gives the widget it stands beside, None for the middle of the window."""

    target: Callable[[], QWidget | None]
    title: str
    words: str


class Callout(QFrame):
    """The words and the buttons."""

    skipped = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("callout")
        self.setFixedWidth(WIDTH)
        self.title, self.words, self.count = label("", "heading"), label(), label("", "dim")
        self.words.setWordWrap(True)
        self.skip = self._button(self.tr("Skip"), self.tr("End the tour (Esc); Help > Tour shows it again."))
        self.back = self._button(self.tr("Back"), self.tr("The step before."))
        self.next = self._button(self.tr("Next"), self.tr("The next step (Enter)."))
        self.next.setObjectName("primary")
        self.next.setStyleSheet("padding: 5px 12px")
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.skip)
        buttons.addStretch(1)
        buttons.addWidget(self.count)
        buttons.addWidget(self.back)
        buttons.addWidget(self.next)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 11, 14, 11)
        column.setSpacing(7)
        column.addWidget(self.title)
        column.addWidget(self.words)
        column.addLayout(buttons)
        self.skip.clicked.connect(self.skipped)
        self.hide()

    def show_step(self, step: Step, number: int, total: int) -> None:
        """Say this step, the ``number``-th of ``total``."""
        self.title.setText(step.title)
        self.words.setText(step.words)
        self.count.setText(f"{number} / {total}")
        self.back.setEnabled(number > 1)
        self.next.setText(self.tr("Done") if number == total else self.tr("Next"))
        self.setAccessibleName(f"{self.tr('Tour')}, {number} / {total}: {step.title}. {step.words}")

    def event(self, event: QEvent) -> bool:
        # Esc is a key of the menus; here it ends the tour first.
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.skipped.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            # Qt's plain buttons are pressed by Space alone.
            pressed = self.focusWidget()
            (pressed if isinstance(pressed, QPushButton) else self.next).click()
        else:
            super().keyPressEvent(event)

    def _button(self, words: str, tip: str) -> QPushButton:
        made = QPushButton(words)
        made.setToolTip(tip)
        return made


class Outline(QWidget):
    """A line around what a step is about; the mouse does not feel it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Accent), 2))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), ROUND, ROUND)


class Tour(QObject):
    """Goes from step to step; ends by Done, Skip or Esc."""

    ended = Signal()

    def __init__(self, window: QMainWindow, steps: Sequence[Step]) -> None:
        super().__init__(window)
        self._window, self.steps = window, tuple(steps)
        self.callout, self.outline = Callout(window), Outline(window)
        self._at: int | None = None
        self._focus: QWidget | None = None
        self.callout.next.clicked.connect(self.next)
        self.callout.back.clicked.connect(self.back)
        self.callout.skipped.connect(self.end)
        window.installEventFilter(self)

    @property
    def step(self) -> int | None:
        """Which step is shown, from 0; None while there is no tour."""
        return self._at

    def start(self) -> None:
        """Show the first step."""
        if self._at is None:
            self._focus = self._window.focusWidget()
        self._go(0)

    def next(self) -> None:
        """Show the next step, or end after the last."""
        if self._at is None or self._at + 1 == len(self.steps):
            self.end()
        else:
            self._go(self._at + 1)

    def back(self) -> None:
        """Show the step before."""
        if self._at:
            self._go(self._at - 1)

    def end(self) -> None:
        """Put everything away, and give the keyboard back to the window."""
        if self._at is None:
            return
        self._at = None
        self.callout.hide()
        self.outline.hide()
        if self._focus is not None:
            self._focus.setFocus()
        self.ended.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._at is not None and event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._place()
        return super().eventFilter(watched, event)

    def _go(self, number: int) -> None:
        self._at = number
        self.callout.show_step(self.steps[number], number + 1, len(self.steps))
        self.callout.show()
        self._place()
        self.callout.next.setFocus()

    def _place(self) -> None:
        assert self._at is not None
        self.callout.adjustSize()
        area, target = self._window.rect(), self.steps[self._at].target()
        self.outline.setVisible(target is not None and target.isVisible())
        if target is None or not target.isVisible():
            self.callout.move(area.center() - self.callout.rect().center())
        else:
            around = QRect(target.mapTo(self._window, QPoint(0, 0)), target.size())
            self.outline.setGeometry(around.adjusted(-3, -3, 3, 3) & area)
            self.outline.raise_()
            self.callout.move(beside(around, self.callout.size(), area))
        self.callout.raise_()


def beside(target: QRect, size: QSize, area: QRect) -> QPoint:
    """Where a callout of ``size`` stands: right of, left of, below or above the target, wherever it fits first, else in
    its middle; always inside ``area``."""
    width, height = size.width(), size.height()
    places = (
        QPoint(target.right() + GAP, target.top()),
        QPoint(target.left() - GAP - width, target.top()),
        QPoint(target.left(), target.bottom() + GAP),
        QPoint(target.left(), target.top() - GAP - height),
    )
    for place in places:
        inside = _inside(QRect(place, size), area)
        if not inside.intersects(target):
            return inside.topLeft()
    return _inside(QRect(target.center() - QPoint(width // 2, height // 2), size), area).topLeft()


def _inside(box: QRect, area: QRect) -> QRect:
    rim = area.adjusted(GAP, GAP, -GAP, -GAP)
    left = max(rim.left(), min(box.left(), rim.right() - box.width()))
    top = max(rim.top(), min(box.top(), rim.bottom() - box.height()))
    return QRect(QPoint(left, top), box.size())


def translated(words: str) -> str:
    """Words of the tour in the user's language."""
    return QCoreApplication.translate("Tour", words)
