"""Contrast: presets and regions."""

import numpy as np
import pytest

from engine.case import Case
from engine.grid import Grid
from engine.volume import LabelMap, Volume
from gui import display
from gui.display import Display, contrast, preset_range, region_of, shares

GRID = Grid((20, 20, 20), np.diag([2.0, 2.0, 2.0, 1.0]))


def head(*, labelled: bool) -> Case:
    """Air of 0, a skull of 1000, brain from 400 to 600."""
    rng = np.random.default_rng(0)
    data, labels = np.zeros(GRID.shape), np.zeros(GRID.shape, int)
    data[3:17, 3:17, 3:17], labels[3:17, 3:17, 3:17] = 1000, 24
    data[5:15, 5:15, 5:15], labels[5:15, 5:15, 5:15] = rng.uniform(400, 600, (10, 10, 10)), 2
    data[0, 0, 0] = -50
    return Case("head", Volume(data, GRID), LabelMap(labels, GRID) if labelled else None)


def test_automatic_is_the_usual_range():
    case = head(labelled=True)
    assert preset_range("automatic", case) == (0, 1000)


def test_full_range_is_the_darkest_and_the_brightest_voxel():
    assert preset_range("full", head(labelled=False)) == (-50, 1000)


def test_a_very_large_image_is_searched_in_some_of_its_slices(monkeypatch):
    monkeypatch.setattr(display, "SEARCHED_VOXELS", 2000)
    assert preset_range("full", head(labelled=False)) == (-50, 1000)


def test_brain_is_the_range_of_what_is_labelled_as_brain():
    low, high = preset_range("brain", head(labelled=True))
    assert [low, high] == pytest.approx([402, 598], abs=2)
    narrow_low, narrow_high = preset_range("narrow", head(labelled=True))
    assert low < narrow_low < narrow_high < high


def test_without_labels_the_air_is_left_out():
    low, high = preset_range("brain", head(labelled=False))
    assert low > 390
    assert high == 1000


def test_shares_show_the_range_that_was_asked_for():
    usual = (100.0, 300.0)
    window, level = shares((150.0, 190.0), usual)
    assert list(contrast(Display(window=window, level=level), usual)) == pytest.approx([40, 170])


def test_a_region_is_what_lies_between_two_corners_and_inside():
    volume = Volume(np.arange(8000).reshape(GRID.shape), GRID)
    assert region_of(volume, [np.array([8.0, 4.2, 2.0]), np.array([4.0, 4.0, 6.0])]).shape == (3, 1, 3)
    assert region_of(volume, [np.array([-90.0, 0.0, 0.0]), np.array([2.0, 0.0, 0.0])]).shape == (2, 1, 1)
    assert region_of(volume, [np.array([-90.0, 0.0, 0.0]), np.array([-50.0, 0.0, 0.0])]).size == 0
