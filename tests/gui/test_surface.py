"""The surfaces of the 3D view."""

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy

from engine.grid import Grid
from engine.volume import LabelMap
from gui.viewer import surface_scene
from gui.viewer.surface_scene import glass_surface, ventricle_surface

AFFINES = {
    "RAS": np.array([[2.0, 0, 0, -40], [0, 2, 0, -50], [0, 0, 2, -60], [0, 0, 0, 1]]),
    "LIA": np.array([[-2.0, 0, 0, 40], [0, 0, 2, -50], [0, -2, 0, 60], [0, 0, 0, 1]]),
    "oblique": np.array([[1.2, 0.4, 0, -40], [-0.4, 1.2, 0, -50], [0, 0, 1.5, -60], [0, 0, 0, 1]]),
}


@pytest.fixture(params=list(AFFINES))
def labels(request) -> LabelMap:
    """A block of left lateral ventricle touching one of right lateral ventricle, in white matter."""
    data = np.full((40, 44, 48), 2)
    data[10:20, 12:30, 14:26] = 4
    data[20:28, 12:30, 14:26] = 43
    return LabelMap(data, Grid(data.shape, AFFINES[request.param]))


def bounds_of(voxels: np.ndarray, grid: Grid) -> np.ndarray:
    """(2, 3) least and greatest world mm of voxel centres."""
    world = grid.voxel_to_world(voxels)
    return np.stack((world.min(axis=0), world.max(axis=0)))


def points_of(surface) -> np.ndarray:
    return vtk_to_numpy(surface.GetPoints().GetData())


def test_ventricles_lie_where_their_voxels_do(labels):
    points = points_of(ventricle_surface(labels, frozenset(), 12))
    expected = bounds_of(np.argwhere(np.isin(labels.data, (4, 43))), labels.grid)
    found = np.stack((points.min(axis=0), points.max(axis=0)))
    assert np.abs(found - expected).max() < 2 * max(labels.grid.spacing)


def test_every_face_knows_its_ventricle(labels):
    surface = ventricle_surface(labels, frozenset(), 12)
    assert set(vtk_to_numpy(surface.GetCellData().GetScalars())) == {4, 43}


def test_a_hidden_ventricle_has_no_face(labels):
    surface = ventricle_surface(labels, frozenset({4}), 12)
    assert set(vtk_to_numpy(surface.GetCellData().GetScalars())) == {43}
    assert ventricle_surface(labels, frozenset({4, 43}), 12).GetNumberOfCells() == 0


def test_the_glass_brain_lies_around_the_whole_map(labels):
    points = points_of(glass_surface(labels))
    expected = bounds_of(np.argwhere(labels.data > 0), labels.grid)
    found = np.stack((points.min(axis=0), points.max(axis=0)))
    assert np.abs(found - expected).max() < 3 * max(labels.grid.spacing)


def test_noise_is_made_coarser_until_it_can_be_drawn(monkeypatch):
    monkeypatch.setattr(surface_scene, "MOST_FACES", 2000)
    noise = np.random.default_rng(0).choice([0, 4], (48, 48, 48))
    surface = ventricle_surface(LabelMap(noise, Grid(noise.shape, AFFINES["RAS"])), frozenset(), 12)
    assert 0 < surface.GetNumberOfCells() < 40_000


def test_without_a_brain_there_is_no_glass_and_no_complaint(labels):
    nothing = LabelMap(np.where(labels.data == 2, 24, 0), labels.grid)
    assert glass_surface(nothing).GetNumberOfCells() == 0
