import numpy as np
import pytest

from engine.errors import BadLabelsError, BadRecipeError
from engine.grid import centred_grid
from engine.labels import VENTRICLES, synthseg33
from engine.measures import measure_volumes
from engine.ventricular_flow import COARSE, Warp, flow, warp_to_volume
from engine.volume import LabelMap

SHAPE = (60, 64, 56)


def ellipsoid(shape, radii, middle=(0.0, 0.0, 0.0)):
    axes = np.meshgrid(*(np.arange(n) - (n - 1) / 2 for n in shape), indexing="ij")
    return sum(((axis - m) / r) ** 2 for axis, r, m in zip(axes, radii, middle, strict=True)) <= 1


def small_brain(shape=SHAPE, size=1.0):
    """Two lateral ventricles in white matter, cortex around it, CSF around that."""
    left = np.indices(shape)[0] < shape[0] / 2
    data = np.zeros(shape, np.uint16)
    radii = size * np.array([25.0, 27.0, 24.0])
    data[ellipsoid(shape, radii + 2)] = 24
    for thinner, pair in [(0, (3, 42)), (4, (2, 41))]:
        part = ellipsoid(shape, radii - thinner)
        data[part] = np.where(left, *pair)[part]
    for middle, value in [(-7 * size, 4), (7 * size, 43)]:
        data[ellipsoid(shape, size * np.array([5.0, 11.0, 6.0]), (middle, 0, 0))] = value
    return LabelMap(data, centred_grid(shape, 1.0, np.zeros(3)))


@pytest.fixture(scope="module")
def brain():
    return small_brain()


def drained(steps):
    seen = []
    try:
        while True:
            seen.append(next(steps))
    except StopIteration as done:
        return seen, *done.value


def ventricular_ml(labels):
    return measure_volumes(labels).ventricular_ml


def test_the_brain_of_these_tests_has_the_volumes_they_are_written_for(brain):
    assert ventricular_ml(brain) == pytest.approx(2.7, abs=0.1)
    assert measure_volumes(brain).icv_ml == pytest.approx(83, abs=3)


@pytest.mark.parametrize("target_ml", [0.5, 1.5, 2.6, 2.9, 3.4, 5.0, 7.0, 10.0])
def test_ventricles_grow_and_shrink_to_the_volume_asked_for(brain, target_ml):
    _, warp, warped = drained(warp_to_volume(brain, target_ml, 0.1))
    assert ventricular_ml(warped) == pytest.approx(target_ml, abs=0.1)
    assert warp.smallest_jacobian() > 0
    assert warped.grid == brain.grid
    assert np.array_equal(warped.data, warp.labels(brain.data))


def test_to_stay_as_it_is_is_a_target_too(brain):
    target = ventricular_ml(brain)
    _, _, warped = drained(warp_to_volume(brain, target, 0.1))
    assert ventricular_ml(warped) == pytest.approx(target, abs=0.1)


@pytest.mark.parametrize("target_ml", [1.0, 6.0])
def test_the_brain_keeps_its_size_its_labels_and_its_sides(brain, target_ml):
    _, _, warped = drained(warp_to_volume(brain, target_ml, 0.1))
    assert measure_volumes(warped).icv_ml == pytest.approx(measure_volumes(brain).icv_ml, rel=0.005)
    assert set(np.unique(warped.data)) == set(np.unique(brain.data))
    sides = np.indices(brain.grid.shape)[0]
    assert sides[warped.data == 4].max() < sides[warped.data == 43].min()


def test_one_ventricle_stays_one_piece(brain):
    from scipy import ndimage

    _, _, warped = drained(warp_to_volume(brain, 9.0, 0.1))
    for value in (4, 43):
        assert ndimage.label(warped.data == value)[1] == 1


def test_the_volume_reached_so_far_goes_steadily_towards_the_target(brain):
    growing, *_ = drained(warp_to_volume(brain, 12.0, 0.1))
    shrinking, *_ = drained(warp_to_volume(brain, 0.3, 0.1))
    assert len(growing) > 3
    assert growing == sorted(growing)
    assert shrinking == sorted(shrinking, reverse=True)


def test_the_flows_estimate_is_the_volume_of_the_warped_labels(brain):
    for grow in (True, False):
        steps = flow(np.asarray(brain.data), 0.001, grow)
        for _, (warp, estimate) in zip(range(4), steps, strict=False):
            counted = np.isin(warp.labels(brain.data), VENTRICLES).sum() / 1000
            assert estimate == pytest.approx(counted, rel=0.1, abs=0.1)


@pytest.mark.parametrize("target_ml", [300.0, -1.0])
def test_a_volume_out_of_reach_is_refused_in_a_sentence(target_ml):
    with pytest.raises(BadRecipeError, match=r"cannot be brought to .* mL; choose a target nearer to") as refused:
        drained(warp_to_volume(small_brain((30, 32, 28), 0.45), target_ml))
    assert "\n" not in str(refused.value)


def test_a_brain_without_ventricles_is_refused_at_once(brain):
    data = np.where(np.isin(brain.data, VENTRICLES), 2, brain.data)
    with pytest.raises(BadLabelsError, match="no ventricles"):
        next(warp_to_volume(LabelMap(data, brain.grid), 20.0))


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
    _, warp, warped = drained(warp_to_volume(brain, 6.0, 0.1))
    ventricles = np.isin(brain.data, VENTRICLES)
    image = warp.image(ventricles * 100.0)
    agreement = (image > 50) == np.isin(warped.data, VENTRICLES)
    assert agreement.mean() > 0.995


def test_every_ventricle_is_a_source():
    from engine.ventricular_flow import SINKS, SOURCES

    assert set(SOURCES) == set(VENTRICLES)
    assert not set(SOURCES) & set(SINKS)
    assert all(value in synthseg33() for value in SINKS)
