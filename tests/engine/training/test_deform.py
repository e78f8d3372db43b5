import numpy as np
import pytest
import torch
from scipy import ndimage

from engine.training.deform import Deformation, random_coordinates, sample_linear, sample_nearest

NOTHING = Deformation(rotation=0, scale=0, shear=0, displacements=())
CENTRE = np.array([20.0, 21.0, 18.0])


@pytest.fixture
def source(rng):
    return torch.from_numpy(rng.uniform(1, 9, (40, 44, 36)).astype(np.float32))


def coordinates(deformation, seed=0, shape=(16, 13, 18), centre=CENTRE):
    return random_coordinates(shape, centre, deformation, np.random.default_rng(seed))


def test_without_deformation_it_is_a_crop_around_the_centre(source):
    # The middle of 17 x 13 x 19 voxels is a voxel; it comes from the centre.
    found = coordinates(NOTHING, shape=(17, 13, 19))
    assert found.shape == (3, 17, 13, 19)
    assert torch.allclose(found[:, 8, 6, 9], torch.as_tensor(CENTRE, dtype=torch.float32), atol=1e-4)
    crop = source[12:29, 15:28, 9:28]
    assert torch.equal(sample_nearest(source, found), crop)
    assert torch.allclose(sample_linear(source, found), crop, atol=1e-3)


def test_nearest_neighbours_are_numpys(source, rng):
    at = rng.uniform(-3, 46, (3, 9, 8, 7)).astype(np.float32)
    index = np.rint(at).astype(int)
    inside = ((index >= 0) & (index < np.reshape(source.shape, (3, 1, 1, 1)))).all(axis=0)
    wanted = np.where(inside, source.numpy()[tuple(np.clip(index, 0, np.reshape(source.shape, (3, 1, 1, 1)) - 1))], 0)
    assert 0 < inside.sum() < inside.size
    assert np.array_equal(sample_nearest(source, torch.from_numpy(at)).numpy(), wanted)


def test_classes_stay_classes(rng):
    classes = torch.from_numpy(rng.integers(0, 33, (20, 20, 20)).astype(np.uint8))
    found = sample_nearest(classes, coordinates(Deformation(), centre=np.array([9.5, 9.5, 9.5])))
    assert found.dtype == torch.uint8
    assert set(found.unique().tolist()) <= set(range(33))


def test_linear_interpolation_is_scipys(source, rng):
    at = rng.uniform(-3, 46, (3, 9, 8, 7)).astype(np.float32)
    wanted = ndimage.map_coordinates(source.numpy(), at, order=1, mode="grid-constant")
    assert np.allclose(sample_linear(source, torch.from_numpy(at)).numpy(), wanted, atol=1e-3)


def test_a_seed_always_gives_the_same_shape_and_another_one_another():
    first, again, other = (coordinates(Deformation(), seed) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert (first - other).abs().max() > 0.5


def test_torchs_own_random_numbers_are_neither_heeded_nor_used():
    torch.manual_seed(1)
    first = coordinates(Deformation())
    state = torch.get_rng_state()
    torch.manual_seed(2)
    assert torch.equal(coordinates(Deformation()), first)
    torch.manual_seed(1)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("deformation", "most"),
    [
        (Deformation(rotation=10, scale=0, shear=0, displacements=()), 10.5),
        (Deformation(rotation=0, scale=0.1, shear=0, displacements=()), 0),
        (Deformation(rotation=0, scale=0, shear=0.05, displacements=()), 5),
    ],
)
def test_each_part_of_the_deformation_stays_within_its_bounds(deformation, most):
    for seed in range(5):
        found = coordinates(deformation, seed, shape=(9, 9, 9))
        steps = torch.stack([torch.diff(found, dim=axis)[:, 0, 0, 0] for axis in (1, 2, 3)], dim=1).double()
        turns = torch.rad2deg(torch.acos((steps.diag() / steps.norm(dim=0)).clamp(-1, 1)))
        assert turns.max() <= most * 3**0.5 + 0.1
        assert (steps.norm(dim=0) - 1).abs().max() <= max(deformation.scale, deformation.shear) + 1e-3
        assert torch.allclose(found[:, 4, 4, 4], torch.as_tensor(CENTRE, dtype=torch.float32), atol=1e-3)
    assert (coordinates(deformation, 0) - coordinates(NOTHING)).abs().max() > 0.05


def test_displacements_are_smooth_and_about_as_large_as_they_say():
    bend = Deformation(rotation=0, scale=0, shear=0, displacements=((12, 2.0),))
    moved = torch.stack([coordinates(bend, seed) - coordinates(NOTHING) for seed in range(8)])
    assert 0.1 < moved.std() < 1.5
    assert all(torch.diff(moved, dim=axis).abs().max() < 1 for axis in (2, 3, 4))
