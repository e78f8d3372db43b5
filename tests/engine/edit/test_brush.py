"""Which voxels a brush covers."""

import numpy as np
import pytest

from engine.edit.brush import Brush, dab, stroke
from engine.grid import Grid, centred_grid

SHAPE = (21, 24, 19)
ANISOTROPIC = Grid(SHAPE, np.diag([0.8, 1.1, 3.0, 1.0]))
SHEARED = Grid(SHAPE, np.array([[1, 0.4, 0, 0], [0, 1, 0.3, 0], [0, 0, 2, 0], [0, 0, 0, 1.0]]))
ROUND, SQUARE = True, False


def covered(region, shape=SHAPE):
    """The region as a bool map of the whole grid."""
    whole = np.zeros(shape, dtype=bool)
    whole[region.box] = region.inside
    return whole


@pytest.mark.parametrize("grid", [ANISOTROPIC, SHEARED], ids=["anisotropic", "sheared"])
def test_a_ball_is_round_in_mm_on_any_voxels(grid):
    centre = np.array([10.3, 11.8, 9.0])
    world = grid.voxel_to_world(np.moveaxis(np.indices(SHAPE), 0, -1))
    near = np.linalg.norm(world - grid.voxel_to_world(centre), axis=-1) <= 4.0
    assert np.array_equal(covered(dab(grid, centre, Brush(4.0))), near)
    assert near.sum() > 20


def test_a_disc_is_the_ball_on_its_slice_only():
    centre = np.array([10.0, 12.0, 9.4])
    disc = covered(dab(ANISOTROPIC, centre, Brush(4.0, axis=2)))
    ball = covered(dab(ANISOTROPIC, np.array([10.0, 12.0, 9.0]), Brush(4.0)))
    assert np.array_equal(disc[:, :, 9], ball[:, :, 9])
    assert disc.sum() == disc[:, :, 9].sum()


@pytest.mark.parametrize(("axis", "sides"), [(None, (11, 7, 3)), (0, (1, 7, 3)), (1, (11, 1, 3)), (2, (11, 7, 1))])
def test_a_square_brush_has_the_same_half_side_along_every_axis(axis, sides):
    square = dab(ANISOTROPIC, np.array([10, 12, 9.0]), Brush(4.0, SQUARE, axis))
    cube = covered(square)
    found = [np.ptp(np.flatnonzero(cube.any(axis=tuple(a for a in range(3) if a != n)))) + 1 for n in range(3)]
    assert tuple(found) == sides
    assert cube.sum() == np.prod(sides)


def test_the_smallest_brush_paints_one_voxel():
    assert np.argwhere(covered(dab(ANISOTROPIC, np.array([3.4, 5.6, 7.5]), Brush(0.1)))).tolist() == [[3, 6, 8]]


def test_a_dab_at_the_rim_is_cut_and_one_outside_is_nothing():
    grid = centred_grid(SHAPE, 1.0, np.zeros(3))
    corner = covered(dab(grid, np.zeros(3), Brush(3.0)))
    whole = covered(dab(grid, np.array([10, 10, 9.0]), Brush(3.0)))
    assert corner.sum() == whole[10:, 10:, 9:].sum()
    assert dab(grid, np.array([-9.0, 5, 5]), Brush(3.0)) is None
    assert stroke(grid, np.array([-9.0, 5, 5]), np.array([-9.0, 9, 5]), Brush(3.0)) is None


@pytest.mark.parametrize("shape", [ROUND, SQUARE], ids=["round", "square"])
def test_a_stroke_leaves_no_gap_between_two_mouse_positions(shape):
    start, end = np.array([3.0, 4.0, 9.0]), np.array([17.0, 20.0, 9.0])
    brush = Brush(1.5, shape, 2)
    swept = covered(stroke(ANISOTROPIC, start, end, brush))
    for share in np.linspace(0, 1, 50):
        there = np.round(start + share * (end - start)).astype(int)
        assert swept[tuple(there)]
    for at in (start, end):
        assert swept[covered(dab(ANISOTROPIC, at, brush))].all()
    world = ANISOTROPIC.voxel_to_world(np.argwhere(swept))
    line = ANISOTROPIC.voxel_to_world(start + np.linspace(0, 1, 500)[:, None] * (end - start))
    farthest = np.linalg.norm(world[:, None] - line[None], axis=-1).min(axis=1).max()
    assert farthest <= (1.6 if shape is ROUND else 1.5 * np.sqrt(2) + 0.1)
