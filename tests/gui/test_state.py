"""Display, session, settings and bridge: the rooms without widgets."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import QSettings, QThread

from engine.case import Case
from engine.events import Started
from engine.grid import Grid
from engine.volume import LabelMap, Volume
from gui.bridge import Bridge
from gui.display import Display, contrast, usual_range
from gui.session import Message, Session, Shown
from gui.settings import Settings

GRID = Grid((10, 12, 14), np.diag([2.0, 2.0, 2.0, 1.0]))


def case(name: str = "case", grid: Grid = GRID) -> Case:
    return Case(name, None, LabelMap(np.full(grid.shape, 2), grid))


# Display


def test_the_usual_range_leaves_out_the_extremes():
    data = np.linspace(0, 100, 8000).reshape(20, 20, 20)
    data[10, 10, 10] = 1e6
    low, high = usual_range(Volume(data, Grid((20, 20, 20), np.eye(4))))
    assert low == pytest.approx(0.5, abs=0.6)
    assert high == pytest.approx(99.5, abs=0.6)


def test_the_usual_range_of_a_nearly_empty_image_is_its_whole_range():
    data = np.zeros((20, 20, 20))
    data[3, 4, 5] = 7
    assert usual_range(Volume(data, Grid((20, 20, 20), np.eye(4)))) == (0, 7)


def test_window_and_level_are_shares_of_the_usual_range():
    assert contrast(Display(window=0.5, level=0.25), (100, 300)) == (100, 150)


# Session


def test_a_draft_stands_in_front_of_the_case_until_it_is_taken_away(qtbot):
    session = Session()
    whole, draft = case("whole"), case("draft")
    session.set_case(whole, unsaved=True)
    session.set_draft(draft)
    assert session.shown == Shown(draft, draft=True)
    assert session.case is whole
    session.set_draft(None)
    assert session.shown == Shown(whole)


def test_a_draft_is_synthetic_whatever_its_record_says():
    assert Shown(case(), draft=True).synthetic
    assert not Shown(case()).synthetic


def test_the_crosshair_lies_on_voxel_centres_inside_the_grid(qtbot):
    session = Session()
    session.set_case(case(), unsaved=False)
    session.set_crosshair(np.array([3.2, 1000.0, 4.9]))
    assert np.allclose(session.crosshair, [4, 22, 4])


def test_the_crosshair_stays_on_the_same_grid_and_goes_to_the_middle_of_another(qtbot):
    session = Session()
    session.set_case(case(), unsaved=False)
    session.set_crosshair(np.array([2.0, 2.0, 2.0]))
    session.set_case(case("again"), unsaved=False)
    assert np.allclose(session.crosshair, [2, 2, 2])
    session.set_case(case("other", Grid((10, 10, 10), np.eye(4))), unsaved=False)
    assert np.abs(session.crosshair - 4.5).max() <= 0.5


def test_setting_the_same_again_is_no_news(qtbot):
    session = Session()
    session.set_message(Message("Hello."))
    with qtbot.assertNotEmitted(session.message_changed):
        session.set_message(Message("Hello."))


def test_only_the_case_that_is_open_counts_as_saved(qtbot, tmp_path):
    session = Session()
    first = case("first")
    session.set_case(first, unsaved=True)
    session.set_case(case("second"), unsaved=True)
    session.mark_saved(first, tmp_path)
    assert session.unsaved


# Settings


def test_settings_survive_a_fresh_process(tmp_path):
    path = str(tmp_path / "settings.ini")
    shown = Display(window=0.7, level=0.4, overlay=False, opacity=0.2, radiological=False, crosshair=False)
    first = QSettings(path, QSettings.Format.IniFormat)
    Settings(first).set_display(shown)
    Settings(first).live = False
    Settings(first).folder = tmp_path
    first.sync()
    again = Settings(QSettings(path, QSettings.Format.IniFormat))
    assert again.display() == shown
    assert again.live is False
    assert again.folder == tmp_path


def test_fresh_settings_are_the_defaults(settings):
    assert settings.display() == Display()
    assert settings.live is True
    assert settings.geometry.isEmpty()
    assert settings.drawing == ""


def test_damaged_settings_do_no_harm(tmp_path):
    path = tmp_path / "settings.ini"
    path.write_text("[display]\nwindow=wide\nopacity=\n[window]\ngeometry=@ByteArray(x)\n")
    found = Settings(QSettings(str(path), QSettings.Format.IniFormat)).display()
    assert isinstance(found.window, float)
    assert isinstance(found.opacity, float)


# Bridge


def test_events_of_another_thread_arrive_in_qts_thread(qtbot):
    bridge = Bridge()
    threads = []
    bridge.arrived.connect(lambda event: threads.append((event.job_id, QThread.currentThread())))
    worker = threading.Thread(target=lambda: bridge.carry(Started(7)))
    worker.start()
    worker.join()
    assert threads == [], "nothing arrives before Qt's thread takes it"
    qtbot.waitUntil(lambda: bool(threads))
    assert threads == [(7, QThread.currentThread())]
