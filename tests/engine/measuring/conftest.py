"""The phantom on grids that cover it, and one measured once for all tests."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from engine.evaluation.phantoms import Phantom, phantom_map
from engine.grid import Grid
from engine.measuring.head import HeadMeasures, measure_head
from engine.volume import LabelMap

PHANTOM = Phantom()
#: The phantom's middle and half its size, generously, in its own mm.
MIDDLE, HALF = np.array([0, -20, 5.0]), np.array([74, 104, 54.0])


def covering(matrix: np.ndarray, turn: np.ndarray) -> Grid:
    """A grid with the columns ``matrix`` (3, 3) around the phantom turned by ``turn``."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * HALF + MIDDLE
    indices = corners @ turn.T @ np.linalg.inv(matrix).T
    # Even sizes put voxel borders on the phantom's planes where the axes are its own.
    low = np.floor(indices.min(axis=0)) - 0.5
    shape = np.ceil(indices.max(axis=0) - low).astype(int) + 1
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = matrix, matrix @ low
    return Grid((int(shape[0]), int(shape[1]), int(shape[2])), affine)


STRAIGHT = np.eye(3)


def posed(matrix: np.ndarray, turn: np.ndarray = STRAIGHT, phantom: Phantom = PHANTOM) -> LabelMap:
    """The phantom turned by ``turn`` on a grid with the columns ``matrix``."""
    return phantom_map(phantom, covering(matrix, turn), turn)


def turned(x: float, y: float, z: float) -> np.ndarray:
    """A rotation by three angles in degrees."""
    return Rotation.from_euler("xyz", [x, y, z], degrees=True).as_matrix()


@pytest.fixture(scope="session")
def straight() -> LabelMap:
    """The phantom on voxels of 2 mm along its own axes."""
    return posed(2 * np.eye(3))


@pytest.fixture(scope="session")
def measured(straight: LabelMap) -> HeadMeasures:
    return measure_head(straight)
