"""A head of boxes with an image, and its report without pictures being drawn twice."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest

from engine.case import Case
from engine.evaluation.phantoms import Phantom, phantom_map
from engine.grid import Grid
from engine.progress import Progress, result_of
from engine.reporting import drawing
from engine.reporting.content import STAGES, CaseReport, make_report
from engine.volume import LabelMap, Volume

DAY = date(2026, 1, 31)


def head_map() -> LabelMap:
    """The phantom on voxels of 2 mm."""
    affine = np.diag([2.0, 2, 2, 1])
    affine[:3, 3] = [-75, -125, -50]
    return phantom_map(Phantom(), Grid((76, 106, 56), affine), np.eye(3))


def head_case(**record: object) -> Case:
    """The phantom with dark ventricles in a bright head."""
    labels = head_map()
    grey = np.where(labels.data == 0, 0.0, np.where(np.isin(labels.data, (4, 43, 5, 44, 14, 15)), 100.0, 800.0))
    return Case("head", Volume(grey + np.indices(labels.grid.shape)[2], labels.grid), labels, record)


def report_of(case: Case) -> CaseReport:
    """The report of a case, made on a certain day."""
    return result_of(make_report(case, Progress(0, STAGES), made_on=DAY))


def labels_of(case: Case) -> LabelMap:
    """Its label map, which is there."""
    assert case.labels is not None
    return case.labels


def image_of(case: Case) -> Volume:
    """Its image, which is there."""
    assert case.image is not None
    return case.image


@pytest.fixture(scope="session", autouse=True)
def small_pictures() -> Iterator[None]:
    """Pictures of fewer pixels, which take less time and show the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "PLANE_PIXELS", 96)
        patch.setattr(drawing, "MEASURE_PIXELS", 64)
        yield


@pytest.fixture(scope="session")
def case() -> Case:
    """A real scan that the model segmented and a person corrected."""
    return head_case(
        source="/scans/somebody.nii.gz",
        segmentation={"pack": {"name": "Pack", "version": "1.2", "sha256": "ab" * 32}, "ventricle_confidence": 0.913},
        edits=[
            {"tool": "brush", "by": "hand", "label": 4, "voxels": 1200, "step": 1},
            {"tool": "erase", "by": "hand", "label": 0, "voxels": 34, "step": 2},
            {"tool": "segmentation", "by": "model", "label": None, "voxels": 5, "step": 3},
        ],
    )


@pytest.fixture(scope="session")
def report(case: Case) -> CaseReport:
    return report_of(case)
