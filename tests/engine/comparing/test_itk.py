import numpy as np
import pytest

from engine.comparing.itk import corners, itk_image, itk_transform, labelled_box, moved_image, moved_labels, movement_of
from engine.comparing.rigid import IDENTITY
from engine.grid import Grid, centred_grid
from engine.progress import result_of
from engine.volume import LabelMap, Volume
from tests.engine.comparing.conftest import grid_around, head, turned


def test_a_voxel_lies_at_the_same_place_in_both_worlds(any_grid):
    image = itk_image(np.zeros(any_grid.shape, np.float32), any_grid)
    x, y, z = image.TransformIndexToPhysicalPoint((1, 2, 3))
    assert (-x, -y, z) == pytest.approx(any_grid.voxel_to_world((1, 2, 3)), abs=1e-9)


def test_an_array_keeps_its_voxels(volume: Volume):
    assert itk_image(volume.data, volume.grid).GetPixel((1, 2, 3)) == volume.data[1, 2, 3]


def test_a_movement_is_the_same_with_any_centre():
    move = turned((10, -20, 30), (4, 5, -6))
    transform = itk_transform(move)
    x, y, z = transform.TransformPoint((-7.0, -8.0, 9.0))
    assert (-x, -y, z) == pytest.approx(move(np.array([7.0, 8, 9])))
    transform.SetCenter((10.0, 20, 30))
    shifted = movement_of(transform)
    x, y, z = transform.TransformPoint((-7.0, -8.0, 9.0))
    assert (-x, -y, z) == pytest.approx(shifted(np.array([7.0, 8, 9])))


def test_a_moved_image_has_the_values_of_where_it_came_from():
    grid, move = centred_grid((24, 26, 22), 2.0, np.zeros(3)), turned((5, 8, -6), (2, 1, -3))
    x, y, z = np.moveaxis(grid.voxel_to_world(np.moveaxis(np.indices(grid.shape), 0, -1)), -1, 0)
    volume = Volume(100 + 2 * x - y + 0.5 * z, grid)
    target = grid_around((6, 7, 5), (1.5, 2.0, 2.5), (10, 0, -15))
    moved = moved_image(volume, target, move)
    a, b, c = move(target.voxel_to_world((2, 3, 4)))
    assert moved.data[2, 3, 4] == pytest.approx(100 + 2 * a - b + 0.5 * c, abs=1e-3)


def test_a_label_map_on_its_own_grid_stays_as_it_is(labels: LabelMap):
    moved = result_of(moved_labels(labels, labels.grid, IDENTITY))
    assert np.array_equal(moved.data, labels.data)


def test_permuted_and_flipped_axes_move_no_label(labels: LabelMap):
    affine = np.array(labels.grid.affine)
    affine[:3, 3] = labels.grid.voxel_to_world((0, labels.grid.shape[1] - 1, 0))
    affine[:3, :3] = affine[:3, [2, 1, 0]] * (1, -1, 1)
    i, j, k = labels.grid.shape
    moved = result_of(moved_labels(labels, Grid((k, j, i), affine), IDENTITY))
    assert np.array_equal(moved.data, labels.data[:, ::-1].transpose(2, 1, 0))


def test_moved_labels_are_where_they_should_be_and_none_is_new():
    grid, move = centred_grid((52, 62, 46), 2.0, np.zeros(3)), turned((6, -9, 12), (5, -4, 3))
    target = grid_around((100, 110, 60), (1.1, 1.2, 1.9), (8, -5, 10))
    moved = result_of(moved_labels(head(grid).labels, target, move))
    expected = head(target, move.inverse).labels
    assert set(np.unique(moved.data)) <= set(np.unique(expected.data))
    assert np.mean(moved.data == expected.data) > 0.98


def test_labels_outside_the_grid_are_background():
    grid = centred_grid((52, 62, 46), 2.0, np.zeros(3))
    moved = result_of(moved_labels(head(grid).labels, centred_grid((9, 9, 9), 2.0, np.full(3, 500.0)), IDENTITY))
    assert not moved.data.any()


def test_the_box_of_labels_holds_them_all(grid: Grid):
    data = np.zeros(grid.shape, np.uint16)
    data[2:4, 3, 1:5] = 4
    labels = LabelMap(data, grid)
    assert labelled_box(labels) == (slice(2, 4), slice(3, 4), slice(1, 5))
    found = grid.world_to_voxel(corners(grid, labelled_box(labels)))
    assert found.min(axis=0) == pytest.approx((1.5, 2.5, 0.5))
    assert found.max(axis=0) == pytest.approx((3.5, 3.5, 4.5))
    assert labelled_box(LabelMap(np.zeros(grid.shape, np.uint16), grid)) == tuple(slice(0, n) for n in grid.shape)
