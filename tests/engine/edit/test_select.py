"""Connected components and lassos."""

import numpy as np
import pytest

from engine.edit.select import component, polygon


def covered(region, shape):
    whole = np.zeros(shape, dtype=bool)
    whole[region.box] = region.inside
    return whole


@pytest.fixture
def two_bars():
    """Two bars of label 4 which touch on slice k = 3 only, and a third one that touches through a corner."""
    labels = np.full((12, 13, 9), 2, dtype=np.uint16)
    labels[2:5, 3:9, 1:6] = 4
    labels[7:9, 3:9, 1:6] = 4
    labels[5:7, 5, 3] = 4
    labels[9:11, 9:11, 6:8] = 4
    return labels


def test_a_component_is_what_connects_through_faces(two_bars):
    found = covered(component(two_bars, (3, 4, 2)), two_bars.shape)
    assert found.sum() == 3 * 6 * 5 + 2 * 6 * 5 + 2
    assert np.array_equal(found, covered(component(two_bars, (8, 4, 2)), two_bars.shape))
    assert not found[9:, 9:, 6:].any()


@pytest.mark.parametrize(("axis", "voxels"), [(0, 6 * 5), (1, 3 * 5), (2, 3 * 6)])
def test_in_2d_a_component_stays_on_its_slice(two_bars, axis, voxels):
    found = covered(component(two_bars, (3, 4, 2), axis), two_bars.shape)
    assert found.sum() == voxels
    assert (two_bars[found] == 4).all()
    assert set(np.argwhere(found)[:, axis]) == {(3, 4, 2)[axis]}


def test_the_background_is_a_component_too(two_bars):
    found = covered(component(two_bars, (0, 0, 0)), two_bars.shape)
    assert np.array_equal(found, two_bars == 2)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_lasso_holds_the_voxels_whose_centres_lie_within(axis):
    shape = (15, 16, 17)
    corners = np.array([[2.5, 2.5, 0], [9.5, 2.5, 0], [9.5, 6.5, 0], [5.5, 6.5, 0], [5.5, 11.5, 0], [2.5, 11.5, 0]])
    corners = np.insert(corners[:, :2], axis, 7.2, axis=1)
    expected = np.zeros(np.delete(shape, axis), dtype=bool)
    expected[3:10, 3:7] = expected[3:6, 3:12] = True
    found = covered(polygon(shape, corners, axis), shape)
    assert np.array_equal(found.take(7, axis), expected)
    assert found.sum() == expected.sum()


def test_a_lasso_around_no_voxel_is_nothing():
    shape = (9, 9, 9)
    assert polygon(shape, np.array([[2, 2, 2], [5, 5, 2.0]]), 2) is None
    assert polygon(shape, np.array([[2.2, 2.2, 2], [2.4, 2.2, 2], [2.3, 2.4, 2]]), 2) is None
    assert polygon(shape, np.array([[20, 2, 2], [25, 2, 2], [25, 8, 2.0]]), 2) is None


def test_a_lasso_beyond_the_rim_is_cut_there():
    found = polygon((5, 5, 5), np.array([[-9, -9, 2], [20, -9, 2], [20, 20, 2], [-9, 20, 2.0]]), 2)
    assert covered(found, (5, 5, 5)).sum() == 25
