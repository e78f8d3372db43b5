"""The gallery in the real window: returning, comparing, and what it shows."""

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDropEvent

from engine.recipe import VOLUME
from gui.painting import BRUSH
from gui.panels.gallery import PICTURE, Strip, lines


def idle(desktop) -> bool:
    return desktop.session.status is None


def generate(desktop, until, volume_ml: float) -> None:
    """Make a case, and wait until it is measured."""
    desktop.window.recipe_panel.rows[VOLUME].number.setValue(volume_ml)
    desktop.controller.generate()
    until(lambda: idle(desktop) and desktop.session.report is not None)
    until(lambda: desktop.session.report.target_ml == volume_ml and not desktop.session.report.draft)


@pytest.fixture
def two(desktop, until):
    """Cases of 40 and of 80 mL, the second open."""
    for volume in (40, 80):
        generate(desktop, until, volume)
    return desktop


def click(desktop, number: int, qtbot) -> None:
    strip = desktop.window.gallery_panel.strip
    qtbot.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=strip.visualItemRect(strip.item(number)).center())


def test_before_the_first_case_it_says_what_it_is_for(desktop):
    panel = desktop.window.gallery_panel
    assert panel.hint.isVisible()
    assert not panel.strip.isVisible()


def test_every_case_has_its_picture_name_target_and_volume(two, until):
    panel = two.window.gallery_panel
    until(lambda: all(panel.strip.item(n).data(PICTURE) is not None for n in range(2)))
    first, second = two.session.gallery.entries
    assert lines(first) == ["synthetic 40 mL", f"40 → {first.achieved_ml:.1f} mL", "not saved"]
    assert first.achieved_ml == pytest.approx(40, rel=0.1)
    assert second.achieved_ml == pytest.approx(80, rel=0.1)
    pictures = [panel.strip.item(n).data(PICTURE).toImage() for n in range(2)]
    assert pictures[0] != pictures[1]
    amber = [image.pixelColor(x, y) for image in pictures for x in range(78) for y in range(53, 64)]
    assert sum(colour.red() > 200 and colour.blue() < 80 for colour in amber) > 40, "SYNTHETIC is burnt in"


def test_a_click_returns_to_a_case_with_its_sliders_and_numbers(two, qtbot, until, dialogs):
    first = two.session.gallery.entries[0]
    click(two, 0, qtbot)
    assert two.session.case is first.case
    assert two.window.recipe_panel.rows[VOLUME].number.value() == 40
    until(lambda: two.session.report.target_ml == 40)
    assert dialogs.asked == []
    assert len(two.session.gallery.entries) == 2


def test_edits_are_there_when_their_case_is_returned_to(two, qtbot, until):
    session = two.session
    two.editing.take(BRUSH)
    two.editing.begin(two.window.viewer.slices["axial"].plane, session.crosshair + 30)
    two.editing.end()
    until(lambda: session.edited_by_hand)
    edited = session.case
    two.editing.take("navigate")
    click(two, 0, qtbot)
    assert not session.edited_by_hand
    click(two, 1, qtbot)
    assert session.case is edited
    assert session.edited_by_hand
    two.window.actions_by_name["undo"].trigger()
    until(lambda: not session.edited_by_hand)


def test_what_is_being_made_does_not_replace_what_was_returned_to(two, qtbot, until, gate):
    gate.clear()
    two.controller.generate()
    two.window.recipe_panel.rows[VOLUME].number.setValue(120)
    two.controller.generate()
    until(lambda: two.session.draft is not None)
    click(two, 0, qtbot)
    gate.set()
    until(lambda: idle(two))
    assert two.session.case.name == "synthetic 40 mL"
    assert two.session.draft is None


def test_one_dragged_onto_another_wishes_to_compare_them(two, qtbot):
    strip, session = two.window.gallery_panel.strip, two.session
    strip.setCurrentItem(strip.item(0))
    place = QPointF(strip.visualItemRect(strip.item(1)).center())
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier

    class FromHere(QDropEvent):
        def source(self):
            return strip

    with qtbot.waitSignal(two.window.compare_wished) as wished:
        strip.dropEvent(FromHere(place, copy, QMimeData(), left, none))
    assert wished.args == [entry.case for entry in session.gallery.entries]


def test_the_menu_of_a_case_returns_compares_and_removes(two, qtbot):
    panel, window = two.window.gallery_panel, two.window
    back, compare, _ = panel.menu_of(two.session.gallery.entries[0]).actions()
    with qtbot.waitSignal(window.compare_wished) as wished:
        compare.trigger()
    assert wished.args == [entry.case for entry in two.session.gallery.entries]
    with qtbot.waitSignal(panel.entry_clicked):
        back.trigger()
    assert two.session.case.name == "synthetic 40 mL"
    _, _, remove = panel.menu_of(two.session.gallery.entries[1]).actions()
    remove.trigger()
    assert [entry.name for entry in two.session.gallery.entries] == ["synthetic 40 mL"]
    assert not any(action.isEnabled() for action in panel.menu_of(two.session.gallery.entries[0]).actions())


def test_a_case_out_of_memory_is_made_again_by_a_click(two, qtbot, until):
    gallery = two.session.gallery
    gallery._budget = 1
    generate(two, until, 100)
    assert [entry.case is None for entry in gallery.entries] == [True, True, False]
    assert lines(gallery.entries[0])[2] == "not in memory"
    click(two, 0, qtbot)
    until(lambda: idle(two) and two.session.case.name == "synthetic 40 mL")
    assert len(gallery.entries) == 3
    assert gallery.current is gallery.entries[0]


def test_a_saved_case_out_of_memory_is_opened_again(two, qtbot, until, tmp_path):
    gallery, folder = two.session.gallery, tmp_path / "saved"
    two.controller.save(folder)
    until(lambda: idle(two) and gallery.current.path == folder)
    gallery._budget = 1
    generate(two, until, 100)
    saved = gallery.entries[1]
    assert (saved.case, saved.path, saved.name) == (None, folder, "saved")
    click(two, 1, qtbot)
    until(lambda: idle(two) and two.session.case.name == "saved")
    assert gallery.current.id == saved.id
    assert len(gallery.entries) == 3


def test_the_warning_names_the_case_that_goes_next(desktop, until, scan):
    desktop.controller.open(scan)
    until(lambda: desktop.session.case is not None)
    desktop.controller.segment()
    until(lambda: idle(desktop) and desktop.session.case.labels is not None)
    desktop.session.gallery._budget = 1
    generate(desktop, until, 40)
    assert "scan goes from the gallery next" in desktop.session.message.sentence
    assert [entry.name for entry in desktop.session.gallery.entries] == ["scan", "synthetic 40 mL"]


def test_a_strip_with_more_height_than_width_stands_upright(qtbot):
    strip = Strip()
    qtbot.addWidget(strip)
    strip.show()
    strip.resize(220, 500)
    assert strip.flow() == strip.Flow.TopToBottom
    strip.resize(500, 90)
    assert strip.flow() == strip.Flow.LeftToRight
