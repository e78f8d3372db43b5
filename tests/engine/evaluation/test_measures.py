import numpy as np
import pytest
from matplotlib.figure import Figure

from engine.evaluation.measures import (
    covering,
    draw,
    moved,
    phantom_figures,
    phantom_rows,
    real_figures,
    turned,
)
from engine.evaluation.phantoms import Phantom
from engine.grid import Grid
from engine.volume import LabelMap


@pytest.fixture(scope="module")
def rows():
    measured = list(phantom_rows(Phantom(), [(2.0, 2.0, 2.0)], 1, np.random.default_rng(3)))
    about = {"kind": "real", "name": "one", "move": "2 mm", "voxel_mm": 2.0, "what": "evans_index"}
    return [*measured, {**about, "value": 0.31, "truth": 0.3}, {**about, "value": None, "truth": 0.3}]


def test_lines_on_a_phantom_are_right_within_half_a_voxel(rows):
    figures = phantom_figures(rows)
    assert set(figures["lines"]) == set(Phantom().lengths())
    assert max(line["largest_voxels"] for line in figures["lines"].values()) < 0.5
    assert figures["callosal_angle_deg"]["largest"] < 6


def test_what_was_not_found_is_left_out_of_the_figures(rows):
    assert real_figures(rows)["evans_index"] == {"n": 1, "mean": pytest.approx(0.01), "largest": pytest.approx(0.01)}


def test_the_picture_is_drawn(rows):
    figure = Figure()
    draw(figure, rows)
    assert len(figure.axes) == 2


def test_a_moved_map_keeps_its_voxels_place_in_the_world(rng):
    data = np.zeros((12, 12, 12), int)
    data[4:8, 5:7, 3:9] = 2
    labels = LabelMap(data, Grid(data.shape, np.diag([2.0, 2, 2, 1])))
    after = moved(labels, turned(rng), 1.0)
    one, other = (m.grid.voxel_to_world(np.argwhere(m.data == 2)).mean(axis=0) for m in (labels, after))
    assert other == pytest.approx(one, abs=0.5)
    assert covering(np.eye(3), np.zeros(3), np.ones(3)).shape == (3, 3, 3)
