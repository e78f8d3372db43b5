"""Geometry of the slice views, without drawing anything."""

import numpy as np
import pytest

from engine.grid import Grid
from gui.viewer.planes import VIEWS, letters, plane_of


def oblique(degrees: float) -> np.ndarray:
    """Voxels of 1 x 2 x 3 mm, turned about x and then about z."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    about_x = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    about_z = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = about_z @ about_x @ np.diag([1.0, 2.0, 3.0])
    affine[:3, 3] = -20, 10, 5
    return affine


AFFINES = {
    "RAS": np.diag([1.0, 2.0, 3.0, 1.0]),
    "LIA": np.array([[-1.0, 0, 0, 30], [0, 0, 2, -40], [0, -3, 0, 50], [0, 0, 0, 1]]),
    "LPS": np.array([[-1.0, 0, 0, 30], [0, -2, 0, 40], [0, 0, 3, -50], [0, 0, 0, 1]]),
    "oblique": oblique(20),
    "oblique, left-handed": oblique(20) @ np.diag([-1.0, 1.0, 1.0, 1.0]),
}
# The direction of the screen's right and up, as letters, per view and convention.
SCREEN = {
    ("axial", True): ("L", "A"),
    ("coronal", True): ("L", "S"),
    ("sagittal", True): ("P", "S"),
    ("axial", False): ("R", "A"),
    ("coronal", False): ("R", "S"),
    ("sagittal", False): ("A", "S"),
}


@pytest.fixture(params=list(AFFINES))
def grid(request):
    return Grid((24, 30, 28), AFFINES[request.param])


@pytest.mark.parametrize(("view", "radiological"), SCREEN)
def test_the_screen_points_where_the_convention_says(grid, view, radiological):
    plane = plane_of(grid, view, radiological=radiological)
    right, up = SCREEN[view, radiological]
    assert letters(plane.right)[0] == right
    assert letters(plane.up)[0] == up
    left_letter, right_letter, top_letter, bottom_letter = (word[0] for word in plane.letters())
    assert (right_letter, top_letter) == (right, up)
    opposite = dict(zip("RLAPSI", "LRPAIS", strict=True))
    assert (left_letter, bottom_letter) == (opposite[right], opposite[up])


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("radiological", [True, False])
def test_the_screen_is_right_handed_and_square(grid, view, radiological):
    plane = plane_of(grid, view, radiological=radiological)
    axes = np.stack((plane.right, plane.up, -plane.forward))
    assert np.allclose(axes @ axes.T, np.eye(3))
    assert np.isclose(np.linalg.det(axes), 1.0)


@pytest.mark.parametrize("view", VIEWS)
def test_a_voxel_is_found_again_from_its_place_on_the_screen(grid, view):
    plane = plane_of(grid, view, radiological=True)
    for index in ([0, 0, 0], [23, 29, 27], [5, 17, 11]):
        world = grid.voxel_to_world(index)
        back = plane.world(*plane.project(world), plane.slice_at(world))
        assert np.allclose(grid.world_to_voxel(back), index)


@pytest.mark.parametrize("view", VIEWS)
def test_slices_grow_to_the_right_front_or_top_with_the_sign(grid, view):
    plane = plane_of(grid, view, radiological=True)
    step = np.zeros(3)
    step[plane.axis] = plane.sign
    moved = grid.voxel_to_world(step) - grid.voxel_to_world((0, 0, 0))
    assert letters(moved / np.linalg.norm(moved))[0] == {"axial": "S", "coronal": "A", "sagittal": "R"}[view]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("radiological", [True, False])
def test_the_neighbour_on_the_screen_is_one_voxel_away(grid, view, radiological):
    plane = plane_of(grid, view, radiological=radiological)
    world = grid.voxel_to_world((5, 17, 11))
    for way, axis in (((1, 0), plane.right), ((0, 1), plane.up)):
        moved = plane.neighbour(world, *way)
        steps = np.round(grid.world_to_voxel(moved) - grid.world_to_voxel(world))
        assert np.abs(steps).sum() == 1
        assert steps[plane.axis] == 0
        assert (moved - world) @ axis > 0


def test_the_extent_holds_every_voxel_with_its_rim(grid):
    plane = plane_of(grid, "axial", radiological=True)
    u_low, u_high, v_low, v_high = plane.extent()
    u, v = plane.project(grid.voxel_to_world((0, 0, 0)))
    assert u_low < u < u_high
    assert v_low < v < v_high


def test_a_leaning_direction_has_two_letters():
    assert letters(np.array([0.8, 0.6, 0.0])) == "RA"
    assert letters(np.array([-0.1, 0.0, 0.99])) == "S"
