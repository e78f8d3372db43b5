import numpy as np
import pytest

from engine.evaluation.shape_checks import check_shape, exposed_voxels, roughness, swapped_sides
from engine.grid import Grid, centred_grid
from engine.labels import VENTRICLES, synthseg33
from engine.volume import LabelMap
from tests.engine.evaluation.conftest import without_ventricles
from tests.engine.training.conftest import small_brain

SHAPE = (32, 32, 32)
RAS = centred_grid(SHAPE, 1.0, np.zeros(3))
LAS = Grid(SHAPE, np.diag([-1.0, 1, 1, 1]))


@pytest.fixture
def values():
    return synthseg33().values[small_brain()].astype(np.uint16)


def ball(radius, size=48):
    index = np.stack(np.meshgrid(*[np.arange(size) - (size - 1) / 2] * 3, indexing="ij"))
    return np.square(index).sum(axis=0) <= radius**2


def test_a_whole_brain_is_sound(values):
    shape = check_shape(LabelMap(values, RAS))
    assert shape.sound
    assert (shape.missing, shape.swapped, shape.exposed_voxels, shape.strays, shape.stray_share) == ((), (), 0, 0, 0)
    assert dict(shape.largest_share) == dict.fromkeys(VENTRICLES, 1.0)


def test_a_missing_ventricle_is_noticed_and_other_missing_labels_are_listed(values):
    shape = check_shape(LabelMap(np.where(np.isin(values, [5, 17]), 2, values), RAS))
    assert shape.missing == (5, 17)
    assert not shape.ventricles_present
    assert not shape.sound
    only = check_shape(LabelMap(np.where(values == 17, 2, values), RAS))
    assert only.missing == (17,)
    assert only.sound


def test_without_any_ventricle_there_is_no_share_and_no_roughness(values):
    shape = check_shape(LabelMap(without_ventricles(values), RAS))
    assert shape.largest_share == ()
    assert np.isnan(shape.roughness)


def test_sides_are_judged_in_the_world_and_not_in_the_array(values):
    left_values = {label.value for label in synthseg33().labels if label.name.startswith("Left")}
    assert swapped_sides(LabelMap(values, RAS)) == []
    assert set(swapped_sides(LabelMap(values, LAS))) == left_values
    assert swapped_sides(LabelMap(values[::-1], LAS)) == []


def test_one_swapped_pair_is_named(values):
    hippocampi = np.where(values == 17, 53, np.where(values == 53, 17, values)).astype(np.uint16)
    shape = check_shape(LabelMap(hippocampi, RAS))
    assert shape.swapped == (17,)
    assert not shape.sound


def test_a_pair_of_which_one_is_missing_is_not_called_swapped(values):
    assert swapped_sides(LabelMap(np.where(values == 53, 42, values), RAS)) == []


def test_a_fragment_lowers_its_ventricles_share_and_counts_as_a_stray(values):
    size = np.count_nonzero(values == 4)
    values[27, 27, 27] = 4
    assert not (values[26:29, 26:29, 26:29] == 4).sum() > 1
    shape = check_shape(LabelMap(values, RAS))
    assert dict(shape.largest_share)[4] == pytest.approx(size / (size + 1))
    assert shape.strays == 1
    assert shape.stray_share == pytest.approx(1 / np.count_nonzero(values))
    values[26, 26, 26] = 4  # touches with a corner: one stray piece still
    assert check_shape(LabelMap(values, RAS)).strays == 1


def test_a_ventricle_at_the_background_is_exposed(values):
    values[4, 10:12, 10] = 4
    shape = check_shape(LabelMap(values, RAS))
    assert (shape.exposed_voxels, shape.outside_voxels) == (2, 2)
    assert not shape.sound


def test_a_hole_in_the_brain_is_background_but_not_the_outside(values):
    middle = tuple(np.argwhere(values == 4)[0])
    values[middle] = 0
    shape = check_shape(LabelMap(values, RAS))
    assert shape.exposed_voxels == 3  # the corner of a box has three neighbours in it
    assert shape.outside_voxels == 0
    assert shape.sound


def test_touching_with_a_corner_is_not_touching_and_the_grids_end_is_background():
    inside = np.zeros((4, 4, 4), bool)
    inside[1, 1, 1] = True
    outside = np.zeros((4, 4, 4), bool)
    outside[2, 2, 1] = True
    assert exposed_voxels(inside, outside) == 0
    outside[2, 1, 1] = True
    assert exposed_voxels(inside, outside) == 1
    at_the_end = np.zeros((4, 4, 4), bool)
    at_the_end[0, 1, 1] = True
    assert exposed_voxels(at_the_end, np.zeros((4, 4, 4), bool)) == 1


def test_a_ball_is_smooth_and_a_ragged_one_is_not(rng):
    smooth = ball(15)
    assert roughness(smooth, (1.0, 1.0, 1.0)) == pytest.approx(1.0, abs=0.04)
    ragged = smooth ^ ((rng.uniform(size=smooth.shape) < 0.25) & ball(17) & ~ball(13))
    assert roughness(ragged, (1.0, 1.0, 1.0)) > 1.1


def test_roughness_is_about_mm_and_not_about_voxels():
    fine, coarse = roughness(ball(16), (1.0, 1.0, 1.0)), roughness(ball(8, 24), (2.0, 2.0, 2.0))
    assert fine == pytest.approx(coarse, abs=0.1)
