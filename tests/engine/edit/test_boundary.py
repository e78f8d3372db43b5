"""Growing, shrinking and smoothing."""

import numpy as np
import pytest
import scipy.ndimage as ndi
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.edit.boundary import grow, shrink, smooth
from engine.edit.region import PaintOver
from engine.grid import Grid, centred_grid

SHAPE = (30, 30, 30)
GRID = centred_grid(SHAPE, 1.0, np.zeros(3))


def applied(labels, patch):
    changed = labels.copy()
    changed[patch.box] = patch.data
    return changed


@pytest.fixture
def ball():
    """A ball of label 4 between 2 on the left and 41 on the right."""
    labels = np.full(SHAPE, 2, dtype=np.uint16)
    labels[15:] = 41
    labels[np.square(np.indices(SHAPE) - 14.5).sum(axis=0) <= 8**2] = 4
    return labels


def radius(labels):
    return ((labels == 4).sum() * 3 / (4 * np.pi)) ** (1 / 3)


@pytest.mark.parametrize("mm", [1.0, 2.5, 4.0])
def test_a_ball_grows_and_shrinks_by_mm(ball, mm):
    assert radius(applied(ball, grow(ball, 4, mm, grid=GRID))) == pytest.approx(8 + mm, abs=0.4)
    assert radius(applied(ball, shrink(ball, 4, mm, grid=GRID))) == pytest.approx(8 - mm, abs=0.4)


def test_growth_is_in_mm_also_where_voxels_are_not_cubes():
    labels = np.zeros((20, 20, 20), dtype=np.uint16)
    labels[10, 10, 10] = 4
    after = applied(labels, grow(labels, 4, 3.0, grid=Grid(labels.shape, np.diag([0.5, 1.0, 3.0, 1]))))
    found = np.argwhere(after == 4) - 10
    assert np.abs(found).max(axis=0).tolist() == [6, 3, 1]


def test_a_label_grows_into_allowed_labels_only(ball):
    after = applied(ball, grow(ball, 4, 3.0, grid=GRID, over=PaintOver(labels=frozenset({2}))))
    assert np.array_equal(after == 41, ball == 41)
    assert (after == 4).sum() > (ball == 4).sum()


def test_what_shrinks_leaves_the_nearest_other_label(ball):
    after = applied(ball, shrink(ball, 4, 2.0, grid=GRID))
    gone = (ball == 4) & (after != 4)
    assert (after[:15][gone[:15]] == 2).mean() > 0.95
    assert (after[15:][gone[15:]] == 41).mean() > 0.95
    only = applied(ball, shrink(ball, 4, 2.0, grid=GRID, allowed=frozenset({41})))
    assert set(np.unique(only[gone])) == {41}
    assert shrink(ball, 4, 2.0, grid=GRID, allowed=frozenset({15})) is None


@pytest.mark.parametrize("tool", [grow, shrink, smooth])
def test_a_label_without_a_voxel_changes_nothing(ball, tool):
    assert tool(ball, 15, 2.0, grid=GRID) is None


def ragged(labels, rng):
    """The map with voxels near its boundaries exchanged by chance, as a segmenter's noise does."""
    values = np.unique(labels)
    shares = np.stack([ndi.gaussian_filter((labels == v).astype(float), 1.5) for v in values])
    return values[(shares + rng.normal(0, 0.25, shares.shape)).argmax(axis=0)].astype(np.uint16)


def roughness(labels):
    return sum(np.count_nonzero(np.diff((labels == 4).astype(np.int8), axis=axis)) for axis in range(3))


def test_smoothing_takes_the_roughness_and_keeps_the_volumes(ball, rng):
    rough = ragged(ball, rng)
    after = applied(rough, smooth(rough, 4, 1.5, grid=GRID))
    assert roughness(after) - roughness(ball) < 0.3 * (roughness(rough) - roughness(ball))
    assert ((after == 4) & (ball == 4)).sum() > ((rough == 4) & (ball == 4)).sum()
    for value in (2, 4, 41):
        assert (after == value).sum() == pytest.approx((rough == value).sum(), rel=0.005)


def test_a_thin_structure_keeps_its_volume_under_smoothing():
    # A blur alone wipes out a plate one voxel thin.
    labels = np.full(SHAPE, 2, dtype=np.uint16)
    labels[5:25, 5:25, 15] = 14
    after = applied(labels, smooth(labels, 14, 1.0, grid=GRID))
    assert (after == 14).sum() == pytest.approx(400, rel=0.02)


def test_a_single_voxel_beside_what_is_smoothed_stays(ball):
    ball[14, 14, 14 + 9] = 15
    after = applied(ball, smooth(ball, 4, 4.0, grid=GRID))
    assert (after == 15).sum() == 1


def test_no_label_jumps_to_where_it_never_was():
    # A thin line needs much help to stay; at the edge where four structures meet, it would need less help.
    labels = np.full((48, 14, 14), 4, dtype=np.uint16)
    labels[:, 7:] = 2
    labels[:, :, 7:] = 41
    labels[:, 7:, 7:] = 3
    labels[2:7, 9, 3] = 15
    after = applied(labels, smooth(labels, 4, 1.0, grid=centred_grid(labels.shape, 1.0, np.zeros(3))))
    assert np.array_equal(after == 15, labels == 15)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.4, 1.0, 2.0]), st.integers(1, 5))
def test_smoothing_never_makes_a_label_that_was_not_there(seed, mm, kinds):
    rng = np.random.default_rng(seed)
    labels = rng.choice([0, 2, 4, 43, 15][:kinds], (6, 7, 8)).astype(np.uint16)
    grid = Grid(labels.shape, np.diag([1.0, 1.3, 2.0, 1]))
    label = int(labels[3, 3, 3])
    after = applied(labels, smooth(labels, label, mm, grid=grid))
    assert set(np.unique(after)) <= set(np.unique(labels))
    now = {int(v): np.count_nonzero(after == v) for v in np.unique(labels)}
    assert all(now[v] == pytest.approx(np.count_nonzero(labels == v), abs=3) for v in now)
