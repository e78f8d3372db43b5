import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from nibabel.affines import apply_affine, voxel_sizes
from nibabel.eulerangles import euler2mat
from nibabel.orientations import aff2axcodes

from engine.errors import BadHeaderError
from engine.grid import Grid, bounding_grid, centred_grid, crop_grid

angles = st.tuples(*[st.floats(-np.pi, np.pi)] * 3)
spacings = st.tuples(*[st.floats(0.1, 10)] * 3)
origins = st.tuples(*[st.floats(-500, 500)] * 3)


@st.composite
def affines(draw: st.DrawFn) -> np.ndarray:
    """Any rigid placement of a grid, mirrored or not."""
    x, y, z = draw(angles)
    mirror = np.diag(draw(st.sampled_from([[1.0, 1, 1], [-1.0, 1, 1], [1.0, -1, 1], [-1.0, -1, -1]])))
    result = np.eye(4)
    result[:3, :3] = euler2mat(z, y, x) @ mirror @ np.diag(draw(spacings))
    result[:3, 3] = draw(origins)
    return result


@given(affines())
def test_codes_and_spacing_are_nibabels(affine):
    grid = Grid((4, 5, 6), affine)
    assert grid.codes == "".join(aff2axcodes(affine))
    np.testing.assert_allclose(np.array(grid.spacing), voxel_sizes(affine))


@given(affines(), arrays(np.float64, (3, 3), elements=st.floats(-100, 300)))
def test_voxel_to_world_is_nibabels_and_comes_back(affine, index):
    grid = Grid((4, 5, 6), affine)
    world = grid.voxel_to_world(index)
    np.testing.assert_allclose(world, apply_affine(affine, index), atol=1e-9)
    np.testing.assert_allclose(grid.world_to_voxel(world), index, atol=1e-6)


@given(affines(), affines())
def test_to_grid_goes_by_way_of_the_world(here, there):
    a, b = Grid((4, 5, 6), here), Grid((7, 8, 9), there)
    index = np.array([1.0, 2, 3])
    by_world = a.world_to_voxel(b.voxel_to_world(index))
    np.testing.assert_allclose(apply_affine(a.to_grid(b), index), by_world, rtol=1e-6, atol=1e-6)


@given(affines(), st.floats(0.5, 3), st.integers(1, 16))
def test_a_bounding_grid_covers_every_voxel(affine, spacing, multiple):
    grid = Grid((3, 4, 5), affine)
    box = bounding_grid(grid, spacing, multiple)
    assert box.codes == "RAS"
    assert all(n % multiple == 0 for n in box.shape)
    inside = box.world_to_voxel(grid.voxel_to_world(np.argwhere(np.ones(grid.shape))))
    assert inside.min() >= -1e-3
    assert (inside <= np.array(box.shape) - 1 + 1e-3).all()
    np.testing.assert_allclose(box.centre, grid.centre, atol=1e-6)


def test_directions_are_unit_columns_and_volume_ignores_mirroring(any_grid):
    np.testing.assert_allclose(np.linalg.norm(any_grid.direction, axis=0), 1)
    assert any_grid.voxel_ml == pytest.approx(np.prod(any_grid.spacing) / 1000)


def test_a_centred_grid_has_its_middle_where_it_was_asked_for():
    grid = centred_grid((10, 11, 12), 2.0, np.array([3.0, -4, 5]))
    np.testing.assert_allclose(grid.centre, [3, -4, 5])
    assert grid.spacing == (2, 2, 2)


def test_a_cropped_grid_keeps_every_voxel_where_it_was(any_grid):
    part = crop_grid(any_grid, np.array([2, -1, 1]), (3, 3, 3))
    np.testing.assert_allclose(part.voxel_to_world((0, 0, 0)), any_grid.voxel_to_world((2, -1, 1)))
    np.testing.assert_allclose(part.voxel_to_world((1, 2, 2)), any_grid.voxel_to_world((3, 1, 3)))


def test_the_affine_is_copied_in_and_cannot_be_changed():
    affine = np.eye(4)
    grid = Grid((2, 2, 2), affine)
    affine[0, 3] = 99
    assert grid.affine[0, 3] == 0
    with pytest.raises(ValueError, match="read-only"):
        grid.affine[0, 3] = 1


def test_grids_are_compared_by_value():
    one, other = Grid((2, 3, 4), np.eye(4)), Grid((2, 3, 4), np.eye(4) + 1e-6)
    assert one == other
    assert hash(one) == hash(other)
    assert one != Grid((2, 3, 5), np.eye(4))
    assert one != Grid((2, 3, 4), np.diag([1, 1, 2, 1]))
    assert one != "a grid"


@pytest.mark.parametrize(
    "affine",
    [
        np.zeros((4, 4)),
        np.eye(3),
        np.diag([1, 1, np.nan, 1]),
        np.diag([1, 1, np.inf, 1]),
        np.diag([0.001, 1, 1, 1]),
        np.diag([1, 1, 1000, 1]),
        np.array([[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
    ],
    ids=["zero", "3 x 3", "NaN", "infinite", "microns", "metres", "two axes alike"],
)
def test_an_impossible_affine_is_refused(affine):
    with pytest.raises(BadHeaderError, match=r"\.$"):
        Grid((2, 2, 2), affine)


@pytest.mark.parametrize("shape", [(2, 2), (2, 2, 2, 2), (0, 2, 2)])
def test_a_shape_of_other_than_three_sizes_is_refused(shape):
    with pytest.raises(BadHeaderError):
        Grid(shape, np.eye(4))
