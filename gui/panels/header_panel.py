"""About this scan: what its header says, and whether it can be trusted."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGridLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.case import Case
from engine.io.header import ScanHeader, header_of
from engine.io.header_checks import Check, checks, facts
from gui.panels.cards import Card, label

START = QSize(620, 640)
#: Marks in front of a line of the list, and what they are called when read aloud.
PASSED, LOOK = "✓", "!"


class HeaderDialog(QDialog):
    """Stays beside the window and follows the case that is shown."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About this scan"))
        self.summary = label("", "heading")
        self.summary.setWordWrap(True)
        self.case: Case | None = None
        self.header: ScanHeader | None = None
        self._body = QScrollArea()
        self._body.setWidgetResizable(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = buttons.addButton(self.tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.setToolTip(self.tr("Copy all of this as text."))
        self.copy.setAutoDefault(False)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.as_text()))
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(self.summary)
        column.addWidget(self._body, 1)
        column.addWidget(buttons)
        self.resize(START)
        self.set_case(None)

    def set_case(self, case: Case | None) -> None:
        """Show the header of this case."""
        self.case, self.header = case, None if case is None else header_of(case)
        self.copy.setEnabled(self.header is not None)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(8)
        if case is None or self.header is None:
            self.summary.setText(self.tr("Nothing is open."))
        else:
            listed = checks(self.header)
            doubts = sum(not check.passed for check in listed)
            self.summary.setText(f"{case.name}: {self._verdict(doubts)}")
            column.addWidget(self._checklist(listed))
            column.addWidget(self._facts(self.header, case))
        column.addStretch(1)
        self._body.setWidget(page)

    def as_text(self) -> str:
        """All that is shown, as lines."""
        if self.header is None:
            return ""
        lines = [f"{PASSED if check.passed else LOOK} {check.name}: {check.sentence}" for check in checks(self.header)]
        lines += [f"{name}: {value}" for name, value in facts(self.header)]
        return "\n".join([self.summary.text(), *lines]) + "\n"

    def _verdict(self, doubts: int) -> str:
        if doubts == 0:
            return self.tr("nothing unusual.")
        return self.tr("one thing to look at.") if doubts == 1 else self.tr("{0} things to look at.").format(doubts)

    def _checklist(self, listed: tuple[Check, ...]) -> Card:
        card = Card(self.tr("Checks"))
        rows = QGridLayout()
        rows.setHorizontalSpacing(10)
        rows.setVerticalSpacing(6)
        rows.setColumnStretch(2, 1)
        for number, check in enumerate(sorted(listed, key=lambda check: check.passed)):
            mark = label(PASSED if check.passed else LOOK, "dim" if check.passed else "warm")
            mark.setAccessibleName(self.tr("As it should be") if check.passed else self.tr("Look at it"))
            mark.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            sentence = label(check.sentence, "" if check.passed else "warm")
            sentence.setWordWrap(True)
            name = label(check.name, "dim")
            name.setAlignment(Qt.AlignmentFlag.AlignTop)
            for column, part in enumerate((mark, name, sentence)):
                rows.addWidget(part, number, column)
        card.body.addLayout(rows)
        return card

    def _facts(self, header: ScanHeader, case: Case) -> Card:
        card = Card(self.tr("What the file says"))
        form = QFormLayout()
        form.setHorizontalSpacing(14)
        source = case.provenance.get("source")
        listed = [*facts(header), *([(self.tr("File"), str(source))] if source else [])]
        for name, value in listed:
            form.addRow(label(name, "dim"), _selectable(value))
        card.body.addLayout(form)
        return card


class DoubtsButton(QToolButton):
    """Says how many things of a real scan are unusual; hidden where there are none."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("warm")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._case: Case | None = None
        self.hide()

    def set_case(self, case: Case | None) -> None:
        """Look at the header of this case."""
        if case is self._case:
            return
        self._case = case
        real = case is not None and case.image is not None and not case.synthetic
        doubts = [check for check in checks(header_of(case)) if not check.passed] if case is not None and real else []
        self.setVisible(bool(doubts))
        words = self.tr("{0} 1 thing to look at"), self.tr("{0} {1} things to look at")
        self.setText(words[len(doubts) > 1].format(LOOK, len(doubts)))
        told = "\n".join(check.sentence for check in doubts)
        self.setToolTip(self.tr("{0}\nAbout this scan (Ctrl+Alt+H) says more.").format(told))
        self.setAccessibleName(self.tr("About this scan: {0}").format(self.text()))


def _selectable(words: str) -> QLabel:
    made = label(words)
    made.setWordWrap(True)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made
