"""The questions with words of their own, clicked as a user clicks them."""

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from gui.dialogs import Changed, Dialogs, Lost


@pytest.fixture
def dialogs(qtbot):
    """Real ones."""
    parent = QWidget()
    qtbot.addWidget(parent)
    return Dialogs(parent)


def answer(qtbot, words):
    """Click the button with these words as soon as there is one; "" presses Escape."""

    def click():
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        if not words:
            qtbot.keyClick(box, Qt.Key.Key_Escape)
            return
        button = next(button for button in box.buttons() if button.text().replace("&", "") == words)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    QTimer.singleShot(0, click)


@pytest.mark.parametrize(
    ("words", "meant"),
    [("Restore", Lost.RESTORE), ("Not now", Lost.LATER), ("Discard", Lost.DISCARD), ("", Lost.LATER)],
)
def test_lost_work_is_discarded_only_by_its_own_button(dialogs, qtbot, words, meant):
    answer(qtbot, words)
    assert dialogs.lost_work("There is unsaved work.") is meant


@pytest.mark.parametrize(
    ("words", "meant"),
    [("Replace", Changed.REPLACE), ("Save as…", Changed.SAVE_AS), ("Cancel", Changed.CANCEL), ("", Changed.CANCEL)],
)
def test_a_changed_session_is_replaced_only_by_its_own_button(dialogs, qtbot, words, meant):
    answer(qtbot, words)
    assert dialogs.changed("a.ventrisynth") is meant


def test_a_question_that_the_end_of_the_application_closes_counts_as_put_off(dialogs):
    def close():
        question = QApplication.activeModalWidget()
        assert question is not None
        question.hide()

    QTimer.singleShot(0, close)
    assert dialogs.lost_work("There is unsaved work.") is Lost.LATER
