import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.transform import Rotation

from engine.evaluation import alignment
from engine.evaluation.alignment import aligned


@pytest.fixture
def brain():
    """(36, 40, 32) an ellipsoid of four structures that no rotation maps onto each other."""
    i, j, k = (np.arange(n) - (n - 1) / 2 for n in (36, 40, 32))
    x, y, z = np.meshgrid(i, j, k, indexing="ij")
    classes = ((x / 13) ** 2 + (y / 15) ** 2 + (z / 10) ** 2 <= 1).astype(np.uint8)
    classes[(classes > 0) & (x + 0.5 * y > 3)] = 2
    classes[(classes > 0) & (z > 3)] = 3
    classes[(x - 2) ** 2 + (y + 5) ** 2 + (z + 1) ** 2 <= 16] = 4
    return classes


def moved(classes, degrees, shift):
    rotation = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    middle = (np.array(classes.shape) - 1) / 2
    return ndimage.affine_transform(classes, rotation, middle + np.array(shift) - rotation @ middle, order=0)


def test_a_turned_and_shifted_copy_is_recognised(brain):
    copy = moved(brain, (6, -4, 5), (2, -1, 1.5))
    before = np.mean(copy[copy > 0] == brain[copy > 0])
    result = aligned(brain, copy)
    assert before < 0.8
    assert result.agreement > 0.93
    again = result.moved(brain)
    assert np.mean(again[copy > 0] == copy[copy > 0]) > 0.93


def test_the_same_map_agrees_wholly_and_stays_where_it_is(brain):
    result = aligned(brain, brain)
    assert result.agreement == 1
    assert np.array_equal(result.moved(brain), brain)


def test_another_anatomy_stays_another(brain):
    other = moved(np.where(brain == 3, 2, brain)[::-1].copy(), (0, 0, 0), (1, 0, 0))
    assert aligned(other, brain).agreement < 0.9


def test_it_is_the_same_every_time(brain, monkeypatch):
    monkeypatch.setattr(alignment, "POINTS", 500)
    copy = moved(brain, (3, 0, 0), (1, 0, 0))
    assert aligned(brain, copy).agreement == aligned(brain, copy).agreement
