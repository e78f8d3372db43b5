import numpy as np
import pytest
from scipy import ndimage

from engine.grid import Grid, bounding_grid, centred_grid, crop_grid
from engine.world_warp import WorldWarp, box_of, widened


def everything(grid):
    return tuple(slice(0, size) for size in grid.shape)


def voxels(grid):
    return np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij"), axis=-1)


def lattice_around(grid):
    wide = bounding_grid(grid, 2.0)
    i, j, k = wide.shape
    return crop_grid(wide, np.full(3, -2), (i + 4, j + 4, k + 4))


def test_a_voxel_comes_from_where_the_displacement_points_in_the_world(any_grid):
    shift = np.array([1.5, -0.7, 2.2])
    lattice = lattice_around(any_grid)
    warp = WorldWarp(np.broadcast_to(shift[:, None, None, None], (3, *lattice.shape)).astype(np.float32), lattice)
    expected = any_grid.world_to_voxel(any_grid.voxel_to_world(voxels(any_grid)) + shift)
    found = np.moveaxis(warp.sources(any_grid, everything(any_grid)), 0, -1)
    assert np.allclose(found, expected, atol=1e-4)
    assert warp.largest_mm() == pytest.approx(np.linalg.norm(shift))
    assert warp.smallest_jacobian() == pytest.approx(1)


def test_between_the_nodes_the_displacement_is_trilinear(any_grid, rng):
    lattice = lattice_around(any_grid)
    field = rng.normal(size=(3, *lattice.shape)).astype(np.float32)
    world = any_grid.voxel_to_world(voxels(any_grid))
    at = np.moveaxis(lattice.world_to_voxel(world), -1, 0)
    moved = np.stack([ndimage.map_coordinates(u, at, order=1) for u in field], axis=-1)
    found = np.moveaxis(WorldWarp(field, lattice).sources(any_grid, everything(any_grid)), 0, -1)
    assert np.allclose(found, any_grid.world_to_voxel(world + moved), atol=1e-3)


def test_a_part_of_the_grid_is_warped_as_it_is_in_the_whole(any_grid, rng):
    warp = WorldWarp(rng.normal(size=(3, *lattice_around(any_grid).shape)).astype("f4"), lattice_around(any_grid))
    data = rng.integers(0, 60, any_grid.shape).astype(np.uint16)
    image = rng.normal(size=any_grid.shape).astype(np.float32)
    part = slice(2, 5), slice(1, 6), slice(0, 2)
    whole = everything(any_grid)
    assert np.array_equal(warp.labels(data, any_grid, part), warp.labels(data, any_grid, whole)[part])
    assert np.allclose(warp.image(image, any_grid, part), warp.image(image, any_grid, whole)[part], atol=1e-4)


def test_outside_the_lattice_nothing_moves(grid):
    lattice = centred_grid((3, 3, 3), 2.0, np.array([500.0, 0, 0]))
    warp = WorldWarp(np.ones((3, 3, 3, 3), np.float32), lattice)
    found = np.moveaxis(warp.sources(grid, everything(grid)), 0, -1)
    assert np.array_equal(found, voxels(grid))


def test_folding_shows_whatever_the_spacing_of_the_lattice():
    lattice = centred_grid((8, 8, 8), 2.0, np.zeros(3))
    field = np.zeros((3, 8, 8, 8), np.float32)
    field[0] = -1.5 * 2 * np.arange(8)[:, None, None]
    assert WorldWarp(field, lattice).smallest_jacobian() == pytest.approx(-0.5)


def test_a_widened_box_holds_everything_within_the_margin(any_grid):
    wide = Grid((60, 60, 60), any_grid.affine)
    middle = np.zeros(wide.shape, bool)
    middle[30, 31, 29] = True
    near = np.linalg.norm(wide.voxel_to_world(voxels(wide)) - wide.voxel_to_world((30, 31, 29)), axis=-1) <= 4
    box = widened(box_of(middle), wide, 4.0)
    assert near[box].sum() == near.sum() > 1
    assert all(part.stop - part.start < 20 for part in box)
    assert widened(everything(wide), wide, 4.0) == everything(wide)
