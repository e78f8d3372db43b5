"""The slider of a control: its scale, its trained range, what came out, and why a brain may look odd."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from engine.case import Case
from engine.grid import Grid
from engine.measures import measure_volumes
from engine.recipe import VOLUME, Control
from engine.volume import LabelMap
from gui.panels.controls import ControlRow
from gui.panels.marked_slider import MarkedSlider, round_values
from gui.panels.measures_panel import measure_texts, signed
from gui.panels.recipe_panel import RecipePanel
from gui.panels.segment_panel import SegmentPanel
from gui.session import Report, Shown

GRID = Grid((10, 10, 10), np.diag([10.0, 10.0, 10.0, 1.0]))  # 1 mL a voxel
WIDE = Control("v", "Ventricular volume", "mL", low=8, high=180, step=1, default=40, help="", least=4, most=250)


def labels(ventricle_voxels: int) -> LabelMap:
    data = np.full(1000, 2)
    data[:ventricle_voxels] = 4
    return LabelMap(data.reshape(GRID.shape), GRID)


def report(target_ml: float | None, achieved: int, *, draft: bool = False, synthetic: bool = True) -> Report:
    return Report(target_ml, measure_volumes(labels(achieved)), synthetic, draft)


@pytest.fixture
def row(qtbot):
    made = ControlRow(WIDE)
    qtbot.addWidget(made)
    made.resize(270, 70)
    made.show()
    return made


@pytest.mark.parametrize(
    ("low", "high", "values"),
    [
        (8, 180, [50, 100, 150]),
        (1, 6, [2, 4, 6]),
        (1100, 1900, [1200, 1400, 1600, 1800]),
        (0, 1, [0, 0.5, 1]),
        (2, 50, [20, 40]),
    ],
)
def test_ticks_stand_at_round_values(low, high, values):
    assert round_values(low, high) == pytest.approx(values)


def test_the_scale_has_both_ends_and_numbers_that_do_not_touch(row):
    numbers = row.scale.numbers()
    words = [text for _, text in numbers]
    assert (words[0], words[-1]) == ("8", "180")
    assert {"50", "100"} <= set(words)
    metrics = row.scale.fontMetrics()
    edges = [(at - metrics.horizontalAdvance(t) / 2, at + metrics.horizontalAdvance(t) / 2) for at, t in numbers]
    assert edges[0][0] >= 0
    assert edges[-1][1] <= row.scale.width()
    assert all(before[1] < after[0] for before, after in itertools.pairwise(edges))


def test_a_number_stands_below_its_place_on_the_slider(row):
    at = dict((words, place) for place, words in row.scale.numbers())
    assert at["100"] == pytest.approx(row.slider.along(row.step_of(100)))


def differs(slider: MarkedSlider, change) -> np.ndarray:
    """The columns of the slider's picture that a change changes."""

    def pixels() -> np.ndarray:
        image = slider.grab().toImage()
        image = image.convertToFormat(image.Format.Format_RGBX8888)
        flat = np.frombuffer(image.constBits(), np.uint8)
        return flat.reshape(image.height(), image.bytesPerLine() // 4, 4)[..., :3].astype(int)

    before = pixels()
    change()
    return np.flatnonzero(np.abs(pixels() - before).max(axis=(0, 2)) > 20)


def test_what_came_out_is_marked_where_it_lies(row):
    columns = differs(row.slider, lambda: row.slider.set_achieved(row.step_of(100)))
    middle = row.slider.along(row.step_of(100))
    assert abs(columns.mean() - middle) < 2


def test_the_trained_range_is_shaded_and_no_more_than_that(row, monkeypatch):
    row.set_beyond_range(True)
    slider = row.slider
    low, high = slider.along(row.step_of(8)), slider.along(row.step_of(180))
    columns = differs(slider, lambda: monkeypatch.setattr(slider, "_trained", (0, 0)) or slider.update())
    assert abs(columns.min() - low) < 5
    assert abs(columns.max() - high) < 5


@pytest.fixture
def panel(qtbot, pack):
    pack = replace(pack, controls=tuple(WIDE_OF[c.key](c) if c.key in WIDE_OF else c for c in pack.controls))
    made = RecipePanel(pack)
    qtbot.addWidget(made)
    made.set_recipe(pack.default_recipe())
    return made


WIDE_OF = {VOLUME: lambda control: replace(control, least=5, most=200)}


def test_outside_the_trained_range_it_says_why_the_brain_may_look_odd(panel):
    assert not panel.odd.isVisibleTo(panel)
    panel.beyond.click()
    panel.rows[VOLUME].number.setValue(190)
    assert panel.odd.isVisibleTo(panel)
    assert "190 mL of ventricular volume is above the 10 to 150 mL" in panel.odd.text()
    panel.rows[VOLUME].number.setValue(6)
    assert "is below the 10 to 150 mL" in panel.odd.text()
    panel.rows[VOLUME].number.setValue(100)
    assert not panel.odd.isVisibleTo(panel)


def test_asked_and_achieved_stand_in_one_line_and_on_the_slider(panel):
    row = panel.rows[VOLUME]
    panel.set_report(report(50, 48))
    assert panel.result.text() == "Asked 50.0 mL, got 48.0 mL (-2.0 mL)"
    assert row.slider.achieved == row.step_of(48)
    panel.set_report(report(50, 60, draft=True))
    assert panel.result.text().startswith("Draft: asked 50.0 mL")
    panel.set_report(report(None, 60, synthetic=False))
    assert not panel.result.isVisibleTo(panel)
    assert row.slider.achieved is None


def test_a_difference_of_nothing_has_no_minus():
    assert signed(-0.04) == "+0.0"
    assert signed(-0.4, decimals=0) == "+0"
    assert signed(-1.25) == "-1.2"
    assert measure_texts(report(48, 48))["error"] == "+0.0 mL (+0 %)"


def test_the_tab_of_real_scans_says_what_comes_next(qtbot):
    tab = SegmentPanel()
    qtbot.addWidget(tab)
    case = Case("head", None, labels(40))
    assert tab.open.objectName() == "primary", "the first thing to do is to open a scan"
    tab.set_shown(Shown(case))
    assert "labelled" in tab.state.text()
    tab.set_report(report(None, 40, synthetic=False))
    assert tab.now.text() == "40.0 mL"
    with qtbot.waitSignal(tab.morph_clicked) as wished:
        tab.target.number.setValue(95)
        tab.wish()
    assert wished.args == [95.0]
