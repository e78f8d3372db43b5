"""Growth series in the real window: made, cancelled, run as a film, exported, left."""

import threading
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import Qt

from engine.events import Previewed
from engine.film import OpenFilmJob
from engine.io.case_folder import check_new_folder, save_case
from engine.jobs import new_id
from engine.pack import ModelPack
from engine.progress import Progress, result_of
from engine.recipe import VOLUME, Recipe
from engine.series import Series, member, write_series
from gui.film import FilmPlayer

from .conftest import FakeGenerate


@dataclass(frozen=True)
class FakeSeries:
    """Like SeriesJob: a case a target, in a folder; waits for ``gate`` before the third."""

    pack: ModelPack
    recipe: Recipe
    targets_ml: tuple[float, ...]
    folder: Path
    device: str = "auto"
    gate: threading.Event = field(default_factory=threading.Event)
    id: int = field(default_factory=new_id)

    def run(self):
        check_new_folder(self.folder)
        series, before = Series(self.folder), None
        progress = Progress(self.id, {"Series": 1.0})
        for number, target in enumerate(self.targets_ml):
            while number == 2 and not self.gate.wait(0.01):
                yield progress.at("Series", number, len(self.targets_ml))
            yield progress.at("Series", number, len(self.targets_ml))
            made = result_of(FakeGenerate(self.pack, self.recipe.with_value(VOLUME, target)).run())
            yield Previewed(self.id, replace(made, image=None))
            case = replace(made, name=f"case-{number + 1:04d}")
            series = replace(series, members=(*series.members, member(case, target, before)))
            save_case(case, self.folder / case.name)
            write_series(series, {"synthetic": True})
            before = case.labels
        return series


@pytest.fixture
def jobs(jobs, gate):
    return replace(jobs, series=partial(FakeSeries, gate=gate))


@pytest.fixture
def panel(desktop):
    desktop.window.tabs.setCurrentIndex(2)
    return desktop.window.series_panel


@pytest.fixture
def player(desktop) -> FilmPlayer:
    return desktop.window.findChild(FilmPlayer)


def make(desktop, panel, qtbot, dialogs, folder: Path, cases: int = 4) -> None:
    dialogs.path = folder
    panel.first.setValue(20)
    panel.last.setValue(80)
    panel.cases.setValue(cases)
    qtbot.mouseClick(panel.make, Qt.MouseButton.LeftButton)


@pytest.fixture
def film(desktop, panel, player, qtbot, until, dialogs, tmp_path) -> Any:
    """A finished series of four cases, its film open."""
    make(desktop, panel, qtbot, dialogs, tmp_path / "growing")
    until(lambda: player.film is not None and desktop.session.status is None)
    return player.film


def test_the_panel_says_what_the_series_will_be(panel):
    panel.first.setValue(20)
    panel.last.setValue(80)
    panel.cases.setValue(4)
    assert panel.targets.text() == "20, 40, 60, 80 mL"
    panel.cases.setValue(7)
    assert panel.targets.text() == "20, 30, 40, 50, …, 80 mL"
    panel.last.setValue(20)
    assert "larger volume" in panel.targets.text()
    assert "anatomy seed 1" in panel.subject.text()


def test_a_series_is_made_in_the_folder_and_opened_as_a_film(film, desktop, panel, tmp_path):
    assert sorted(p.name for p in (tmp_path / "growing").iterdir()) == [
        "case-0001", "case-0002", "case-0003", "case-0004", "series.csv", "series.json",
    ]  # fmt: skip
    assert [frame.target_ml for frame in film.frames] == [20, 40, 60, 80]
    assert panel.film.isVisible()
    assert panel.caption.text().startswith("1 of 4:  asked 20 mL, got")
    shown = desktop.session.shown
    assert (shown.mark, shown.note) == ("SYNTHETIC", f"1 of 4: {film.frames[0].achieved_ml:.0f} mL")
    assert shown.case is film.frames[0].case
    assert desktop.session.gallery.entries == (), "a film is no case of the session"


def test_the_slider_scrubs_and_the_numbers_follow(film, desktop, panel, until):
    panel.slider.setValue(2)
    assert desktop.session.shown.case is film.frames[2].case
    until(lambda: desktop.session.report is not None and desktop.session.report.target_ml == 60)
    assert desktop.window.measures_panel.values["target"].text() == "60.0 mL"


def test_the_film_runs_forth_and_back(film, player, panel, qtbot):
    seen: list[int] = []
    player.frame_changed.connect(seen.append)
    qtbot.mouseClick(panel.play, Qt.MouseButton.LeftButton)
    assert player.playing
    assert panel.play.text() == "Stop"
    for _ in range(7):
        player.advance()
    assert seen == [1, 2, 3, 2, 1, 0, 1]
    qtbot.mouseClick(panel.play, Qt.MouseButton.LeftButton)
    assert not player.playing
    assert panel.play.text() == "Play"


def test_the_film_runs_by_itself(film, player, until):
    player.toggle()
    until(lambda: player.index == 1)
    player.toggle()


def test_another_case_has_the_same_view(film, desktop, panel):
    axial = desktop.window.viewer.slices["axial"]
    axial.zoom_by(2.0)
    desktop.session.set_crosshair(film.frames[0].case.grid.centre + 12)
    place, zoom = desktop.session.crosshair, axial.framing.zoom
    panel.slider.setValue(3)
    assert (desktop.session.crosshair == place).all()
    assert axial.framing.zoom == zoom


def test_nothing_can_be_corrected_or_saved_in_a_film(film, desktop):
    assert not desktop.window.edit_panel.isEnabled()
    assert not desktop.window.actions_by_name["save"].isEnabled()
    assert not desktop.window.actions_by_name["morph"].isEnabled()


def test_a_case_of_the_film_can_be_opened(film, desktop, panel, qtbot, tmp_path):
    panel.slider.setValue(1)
    qtbot.mouseClick(panel.take, Qt.MouseButton.LeftButton)
    assert desktop.session.case is film.frames[1].case
    assert desktop.session.shown.complete
    assert not desktop.session.unsaved
    entry = desktop.session.gallery.current
    assert entry.path == tmp_path / "growing" / "case-0002"
    assert desktop.session.recipe.get(VOLUME) == 40


def test_closing_the_film_shows_the_case_from_before(desktop, panel, player, qtbot, until, dialogs, tmp_path):
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None and desktop.session.status is None)
    before = desktop.session.case
    make(desktop, panel, qtbot, dialogs, tmp_path / "growing", cases=2)
    until(lambda: player.film is not None)
    assert desktop.session.shown.case is not before
    qtbot.mouseClick(panel.leave, Qt.MouseButton.LeftButton)
    assert desktop.session.shown.case is before
    assert not panel.film.isVisible()
    until(lambda: desktop.session.report is not None and desktop.session.report.target_ml == 30)


def test_the_film_is_exported_as_an_animated_picture(film, desktop, panel, qtbot, until, dialogs, tmp_path):
    dialogs.path = tmp_path / "film"
    qtbot.mouseClick(panel.export, Qt.MouseButton.LeftButton)
    until(lambda: (tmp_path / "film.gif").is_file() and desktop.session.status is None)
    with Image.open(tmp_path / "film.gif") as gif:
        assert gif.n_frames == 4
    assert "film.gif" in desktop.session.message.sentence


def test_a_moved_slider_does_not_stop_a_series(desktop, panel, player, qtbot, until, dialogs, tmp_path, gate):
    gate.clear()
    desktop.session.set_live(True)
    make(desktop, panel, qtbot, dialogs, tmp_path / "growing")
    until(lambda: (tmp_path / "growing" / "case-0002" / "case.json").is_file())
    desktop.window.recipe_panel.rows[VOLUME].number.setValue(99)
    assert "still being made" in desktop.session.message.sentence
    desktop.controller.generate()
    gate.set()
    until(lambda: player.film is not None)
    assert len(player.film.frames) == 4


def test_what_is_open_can_be_used_while_a_series_is_made(desktop, panel, qtbot, until, dialogs, tmp_path, gate):
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None and desktop.session.status is None)
    gate.clear()
    make(desktop, panel, qtbot, dialogs, tmp_path / "growing")
    until(lambda: (tmp_path / "growing" / "case-0002" / "case.json").is_file())
    assert desktop.session.shown.complete
    assert desktop.window.edit_panel.isEnabled()
    gate.set()
    until(lambda: desktop.session.shown.film != "")
    assert desktop.session.draft is None


def test_what_a_cancelled_series_has_made_is_there(desktop, panel, player, qtbot, until, dialogs, tmp_path, gate):
    gate.clear()
    make(desktop, panel, qtbot, dialogs, tmp_path / "growing")
    until(lambda: (tmp_path / "growing" / "case-0002" / "case.json").is_file())
    desktop.window.actions_by_name["cancel"].trigger()
    until(lambda: player.film is not None)
    assert len(player.film.frames) == 2
    assert "was stopped" in desktop.session.message.sentence


def test_a_folder_that_is_not_empty_is_refused(desktop, panel, qtbot, until, dialogs, tmp_path):
    (tmp_path / "growing").mkdir()
    (tmp_path / "growing" / "mine.txt").write_text("keep me")
    make(desktop, panel, qtbot, dialogs, tmp_path / "growing")
    until(lambda: desktop.session.message is not None)
    assert "not empty" in desktop.session.message.sentence
    assert (tmp_path / "growing" / "mine.txt").read_text(encoding="utf-8") == "keep me"


def test_a_series_made_before_is_opened(desktop, panel, player, qtbot, until, dialogs, tmp_path, pack, gate):
    recipe = pack.default_recipe()
    result_of(FakeSeries(pack, recipe, (20.0, 50.0), tmp_path / "old", "auto", gate).run())
    dialogs.path = tmp_path / "old"
    qtbot.mouseClick(panel.open, Qt.MouseButton.LeftButton)
    until(lambda: player.film is not None)
    assert len(player.film.frames) == 2
    assert OpenFilmJob(tmp_path / "old").folder == player.film.folder


def test_a_series_opened_as_a_case_is_opened_as_a_film(desktop, player, until, tmp_path, pack, gate):
    result_of(FakeSeries(pack, pack.default_recipe(), (20.0, 50.0), tmp_path / "old", "auto", gate=gate).run())
    desktop.controller.open(tmp_path / "old")
    until(lambda: player.film is not None)
    assert desktop.session.message is None
    assert desktop.window.tabs.currentIndex() == 2, "the tab with its slider comes to the front"


def test_a_finished_series_leaves_a_case_alone_that_is_being_corrected(
    desktop, panel, player, qtbot, until, dialogs, tmp_path
):
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None and desktop.session.status is None)
    desktop.editing.take("brush")
    make(desktop, panel, qtbot, dialogs, tmp_path / "growing", cases=2)
    until(lambda: desktop.session.message is not None and desktop.session.status is None)
    assert "open it in the Series tab" in desktop.session.message.sentence
    assert player.film is None
    assert desktop.session.shown.complete


def test_generating_takes_the_place_of_the_film(film, desktop, player, until):
    player.toggle()
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None and desktop.session.status is None)
    assert desktop.session.shown.complete
    assert not player.playing
