import numpy as np
import pytest

from engine.grid import Grid
from engine.labels import VENTRICLES, synthseg33
from engine.measures import label_position, measure_volumes
from engine.volume import LabelMap

GRID = Grid((10, 10, 10), np.diag([1.0, 2.0, -0.5, 1.0]))  # 0.001 mL a voxel, mirrored


def label_map(**counts):
    """A label map with so many voxels of each ``v<value>``."""
    data = np.zeros(1000, int)
    start = 0
    for key, count in counts.items():
        data[start : start + count] = int(key[1:])
        start += count
    return LabelMap(data.reshape(GRID.shape), GRID)


def test_volumes_are_counted_in_ml():
    volumes = measure_volumes(label_map(v4=10, v43=20, v5=3, v44=4, v14=5, v15=6, v2=100))
    assert volumes.ventricular_ml == pytest.approx(0.048)
    assert volumes.lateral_ml == pytest.approx(0.037)
    assert volumes.icv_ml == pytest.approx(0.148)
    assert volumes.ratio == pytest.approx(48 / 148)
    assert dict(volumes.structures)[2] == pytest.approx(0.1)
    assert volumes.notes == ()


def test_the_volume_is_the_same_on_any_grid(any_grid, rng):
    data = rng.choice(synthseg33().values, any_grid.shape)
    volumes = measure_volumes(LabelMap(data, any_grid))
    expected = np.isin(data, VENTRICLES).sum() * np.prod(any_grid.spacing) / 1000
    assert volumes.ventricular_ml == pytest.approx(expected)


def test_no_ventricle_is_not_zero_ml_but_nothing_with_an_explanation():
    volumes = measure_volumes(label_map(v2=100))
    assert volumes.ventricular_ml is None
    assert volumes.lateral_ml is None
    assert volumes.ratio is None
    assert volumes.icv_ml == pytest.approx(0.1)
    assert "no ventricular volume" in volumes.notes[0]


def test_an_empty_label_map_measures_nothing():
    volumes = measure_volumes(label_map())
    assert (volumes.ventricular_ml, volumes.icv_ml, volumes.ratio) == (None, None, None)
    assert len(volumes.notes) == 1


def test_ventricles_left_out_of_the_total_are_named():
    (note,) = measure_volumes(label_map(v4=10, v43=20, v5=3, v44=4, v14=5)).notes
    assert "fourth ventricle" in note


def test_the_position_of_a_structure_lies_in_it():
    labels = label_map(v4=10)
    point = label_position(labels, 4)
    i, j, k = np.rint(labels.grid.world_to_voxel(point)).astype(int)
    assert labels.data[i, j, k] == 4
    assert label_position(labels, 43) is None
