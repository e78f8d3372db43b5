import itertools

import nibabel as nib
import numpy as np
import pytest
from nibabel.processing import resample_from_to

from engine.grid import Grid, centred_grid
from engine.labels import synthseg33
from engine.resample import resampled_image, resampled_labels
from engine.volume import LabelMap, Volume

SHAPE = (7, 6, 5)


def tilted(grid, angle=0.35, spacing=(0.8, 1.1, 0.9)):
    """A smaller grid with the same middle, turned about two axes."""
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ grid.direction * spacing
    affine[:3, 3] = grid.centre - affine[:3, :3] @ ((np.array(grid.shape) - 1) / 2)
    return Grid(grid.shape, affine)


def test_the_same_grid_gives_the_same_image(any_grid, rng):
    volume = Volume(rng.normal(100, 20, SHAPE), any_grid, "T1w")
    same = resampled_image(volume, Grid(any_grid.shape, any_grid.affine + 1e-9))
    assert np.allclose(same.data, volume.data, atol=1e-3)
    assert same.unit == volume.unit


def test_the_same_grid_gives_the_same_labels(any_grid, rng):
    labels = LabelMap(rng.choice(synthseg33().values, SHAPE), any_grid)
    assert np.array_equal(resampled_labels(labels, any_grid).data, labels.data)


def reordered(grid, axes, flipped):
    """The same voxels with their axes in another order, some of them counted from the other end."""
    turn = np.zeros((4, 4))
    turn[3, 3] = 1
    for new, old in enumerate(axes):
        turn[old, new] = -1 if flipped[new] else 1
        turn[old, 3] = grid.shape[old] - 1 if flipped[new] else 0
    return Grid(tuple(grid.shape[axis] for axis in axes), grid.affine @ turn)


@pytest.mark.parametrize("axes", list(itertools.permutations(range(3))))
def test_permuted_and_flipped_axes_lose_no_voxel(any_grid, rng, axes):
    data = rng.normal(100, 20, SHAPE)
    values = rng.choice(synthseg33().values, SHAPE)
    for flipped in itertools.product([False, True], repeat=3):
        target = reordered(any_grid, axes, flipped)
        ends = tuple(axis for axis, flip in enumerate(flipped) if flip)
        image = resampled_image(Volume(data, any_grid), target)
        labels = resampled_labels(LabelMap(values, any_grid), target)
        assert np.allclose(image.data, np.flip(np.transpose(data, axes), ends), atol=1e-3)
        assert np.array_equal(labels.data, np.flip(np.transpose(values, axes), ends))


def test_an_oblique_grid_agrees_with_nibabel(any_grid, rng):
    target = tilted(any_grid, spacing=tuple(0.6 * s for s in any_grid.spacing))
    data = rng.normal(100, 20, SHAPE)
    oracle = resample_from_to(
        nib.Nifti1Image(data, any_grid.affine), (target.shape, target.affine), order=1, mode="grid-constant"
    )
    found = resampled_image(Volume(data, any_grid), target).data
    assert np.allclose(found, oracle.get_fdata(), atol=1e-2)
    assert found.std() > 5


def test_labels_on_an_oblique_grid_agree_with_nibabel(any_grid, rng):
    target = tilted(any_grid)
    values = rng.choice(synthseg33().values, SHAPE).astype(np.int16)
    oracle = resample_from_to(
        nib.Nifti1Image(values, any_grid.affine), (target.shape, target.affine), order=0, mode="grid-constant"
    )
    found = resampled_labels(LabelMap(values, any_grid), target).data
    assert np.array_equal(found, np.asarray(oracle.dataobj))
    assert set(np.unique(found)) <= {0, *np.unique(values)}


def test_outside_there_is_nothing():
    volume = Volume(np.ones((4, 4, 4)), centred_grid((4, 4, 4), 1.0, np.zeros(3)))
    far = resampled_image(volume, centred_grid((12, 12, 12), 1.0, np.zeros(3)))
    assert far.data.sum() == pytest.approx(64)
    assert far.data[4:8, 4:8, 4:8].min() == 1
    labels = LabelMap(np.full((4, 4, 4), 2), volume.grid)
    assert (resampled_labels(labels, far.grid).data == 2).sum() == 64


def test_a_voxel_reaches_half_its_size_beyond_its_middle():
    labels = LabelMap(np.full((4, 4, 4), 2), centred_grid((4, 4, 4), 1.0, np.zeros(3)))
    finer = resampled_labels(labels, centred_grid((24, 24, 24), 0.25, np.zeros(3)))
    assert (finer.data == 2).sum() * finer.grid.voxel_ml == pytest.approx(64 * labels.grid.voxel_ml)


@pytest.mark.parametrize("spacing", [(2.0, 2.0, 2.0), (1.0, 3.0, 1.0)])
def test_a_coarser_grid_keeps_the_mean_and_skips_nothing(rng, spacing):
    fine = centred_grid((48, 48, 48), 1.0, np.zeros(3))
    volume = Volume(rng.normal(100, 20, fine.shape), fine)
    shape = tuple(round(36 / s) for s in spacing)
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = -(np.array(shape) - 1) / 2 * spacing
    coarse = resampled_image(volume, Grid(shape, affine)).data
    assert coarse.mean() == pytest.approx(100, abs=1.5)
    # Voxels picked out without smoothing would be as noisy as before, all but for the interpolation.
    unsmoothed = 20 * np.prod([1.0 if s % 2 else 0.71 for s in spacing])
    assert coarse.std() < 0.8 * unsmoothed


def test_a_finer_grid_is_not_smoothed(rng):
    volume = Volume(rng.normal(100, 20, SHAPE), centred_grid(SHAPE, 2.0, np.zeros(3)))
    finer = resampled_image(volume, centred_grid((13, 11, 9), 1.0, np.zeros(3)))
    assert np.allclose(finer.data[::2, ::2, ::2], volume.data, atol=1e-3)


def test_a_sphere_keeps_its_volume_through_an_oblique_grid_and_back():
    grid = centred_grid((40, 40, 40), 1.0, np.zeros(3))
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij"), axis=-1)
    ball = np.linalg.norm(grid.voxel_to_world(index), axis=-1) <= 13
    labels = LabelMap(np.where(ball, 4, 0), grid)
    there = resampled_labels(labels, tilted(grid))
    back = resampled_labels(there, grid)
    assert there.grid.voxel_ml * (there.data == 4).sum() == pytest.approx(ball.sum() / 1000, rel=0.02)
    found = back.data == 4
    assert 2 * (found & ball).sum() / (found.sum() + ball.sum()) > 0.97
