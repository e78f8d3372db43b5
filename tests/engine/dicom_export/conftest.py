"""Small cases of every orientation, and their DICOM files."""

from datetime import datetime

import numpy as np
import pytest

from engine.case import Case
from engine.dicom_export.job import ExportDicomJob
from engine.grid import Grid
from engine.progress import result_of
from engine.volume import LabelMap, Volume
from tests.engine.conftest import AFFINES

NOW = datetime(2026, 1, 31, 12, 30, 15)
SHAPE = (9, 8, 7)


def small_case(affine: np.ndarray, *, whole: bool = True, **record: object) -> Case:
    """Every voxel its own value; several structures of both sides, the last frames and rows without any."""
    rng = np.random.default_rng(3)
    grid = Grid(SHAPE, affine)
    data = rng.permutation(np.prod(SHAPE)).reshape(SHAPE) - 100.0
    labels = rng.choice([0, 2, 4, 5, 14, 15, 16, 24, 28, 41, 43, 44, 60], SHAPE)
    labels[:, :, -2:] = 0
    labels[-1] = 0
    return Case("John^Doe", Volume(data if whole else data * 0.7311, grid), LabelMap(labels, grid), record)


def exported(case: Case, folder):
    """The folder with the DICOM files of a case."""
    return result_of(ExportDicomJob(case, folder, NOW).run())


@pytest.fixture(params=list(AFFINES.values()), ids=list(AFFINES))
def any_case(request: pytest.FixtureRequest) -> Case:
    """A case of every orientation that a file may have."""
    return small_case(request.param)


@pytest.fixture
def case() -> Case:
    return small_case(AFFINES["oblique, negative determinant"])
