import itertools

import numpy as np
import pytest

from engine.grid import centred_grid
from engine.labels import VENTRICLES, synthseg33
from engine.ventricular_flow import COARSE, STILL, Warp, flow

from .small_brain import SHAPE, small_brain, small_brain_on


@pytest.fixture(scope="module")
def brain():
    return small_brain()


def test_the_flows_estimate_is_the_volume_of_the_warped_labels(brain):
    for grow in (True, False):
        steps = flow(np.asarray(brain.data), 0.001, grow)
        for _, (warp, estimate) in zip(range(4), steps, strict=False):
            counted = np.isin(warp.labels(brain.data), VENTRICLES).sum() / 1000
            assert estimate == pytest.approx(counted, rel=0.1, abs=0.1)


def test_ventricles_with_nothing_around_them_to_give_way_do_not_move():
    data = np.zeros((20, 20, 20), np.uint16)
    data[6:14, 6:14, 6:14] = 4
    assert list(flow(data, 0.001, True)) == []


def displaced(shape, shift):
    """A warp by the same vector everywhere."""
    coarse = [n // COARSE for n in shape]
    displacement = np.zeros((3, *coarse), np.float32) + np.reshape(np.float32(shift), (3, 1, 1, 1))
    return Warp(displacement, shape)


def test_a_warp_that_moves_nothing_changes_nothing(brain, rng):
    warp = displaced(brain.grid.shape, (0, 0, 0))
    image = rng.normal(size=brain.grid.shape).astype(np.float32)
    assert np.array_equal(warp.labels(brain.data), brain.data)
    assert np.allclose(warp.image(image), image, atol=1e-4)
    assert warp.smallest_jacobian() == pytest.approx(1)


def test_a_displacement_says_in_voxels_where_each_point_comes_from(rng):
    data = rng.integers(0, 9, (12, 14, 16))
    moved = displaced(data.shape, (2, -1, 3)).labels(data)
    assert np.array_equal(moved[:10, 1:, :13], data[2:, :-1, 3:])
    image = displaced(data.shape, (0.5, 0, 0)).image(data)
    assert np.allclose(image[:11], (data[:-1] + data[1:]) / 2)


def test_folding_shows_in_the_jacobian():
    warp = displaced((16, 16, 16), (0, 0, 0))
    ramp = np.arange(8, dtype=np.float32)[:, None, None] * COARSE
    warp.displacement[0] = -1.5 * ramp
    assert warp.smallest_jacobian() == pytest.approx(-0.5)
    warp.displacement[0] = 0.25 * ramp
    assert warp.smallest_jacobian() == pytest.approx(1.25)


def test_image_and_labels_are_moved_alike(brain):
    warp, _ = list(itertools.islice(flow(np.asarray(brain.data), 0.001, True), 4))[-1]
    image = warp.image(np.isin(brain.data, VENTRICLES) * 100.0)
    agreement = (image > 50) == np.isin(warp.labels(brain.data), VENTRICLES)
    assert agreement.mean() > 0.995


@pytest.mark.parametrize("grow", [True, False])
def test_nothing_moves_on_the_faces_of_a_grid_that_is_wide_enough(grow):
    wide = small_brain(tuple(size + 2 * STILL for size in SHAPE))
    warp, _ = list(itertools.islice(flow(np.asarray(wide.data), 0.001, grow), 4))[-1]
    for axis in range(1, 4):
        for end in (0, -1):
            assert np.take(warp.displacement, end, axis) == pytest.approx(0, abs=1e-6)
    assert np.abs(warp.displacement).max() > 1


def test_left_and_right_move_alike(brain):
    # An odd number of voxels, so that the brain's middle is a node and the grid is its own mirror image.
    data = np.asarray(small_brain_on(centred_grid((61, 65, 57), 1.0, np.zeros(3))).data)
    warp, _ = list(itertools.islice(flow(data, 0.001, True), 3))[-1]
    mirrored = np.flip(warp.displacement, 1) * np.reshape([-1, 1, 1], (3, 1, 1, 1))
    assert warp.displacement == pytest.approx(mirrored, abs=0.05)


def test_every_ventricle_is_a_source():
    from engine.ventricular_flow import SINKS, SOURCES

    assert set(SOURCES) == set(VENTRICLES)
    assert not set(SOURCES) & set(SINKS)
    assert all(value in synthseg33() for value in SINKS)
