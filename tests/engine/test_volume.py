import numpy as np
import pytest

from engine.errors import BadFileError, BadLabelsError
from engine.grid import Grid
from engine.volume import LabelMap, Volume

GRID = Grid((2, 3, 4), np.eye(4))


def test_data_is_copied_frozen_and_in_fortran_order():
    data = np.arange(24).reshape(2, 3, 4)
    for part, dtype in ((Volume(data, GRID), np.float32), (LabelMap(np.full((2, 3, 4), 4), GRID), np.uint16)):
        assert part.data.dtype == dtype
        assert part.data.flags.f_contiguous
        assert not part.data.flags.writeable
        assert not np.shares_memory(part.data, data)


def test_vtks_order_shares_the_memory():
    volume = Volume(np.arange(24).reshape(2, 3, 4), GRID)
    assert np.shares_memory(volume.data.ravel(order="F"), volume.data)


def test_data_which_does_not_fit_the_grid_is_refused():
    with pytest.raises(BadFileError):
        Volume(np.zeros((4, 3, 2)), GRID)
    with pytest.raises(BadFileError):
        LabelMap(np.zeros((4, 3, 2), int), GRID)


@pytest.mark.parametrize("value", [-1, 1, 61, 70000])
def test_a_label_map_holds_known_values_only(value):
    data = np.zeros((2, 3, 4), int)
    data[0, 0, 0] = value
    with pytest.raises(BadLabelsError, match=str(value)):
        LabelMap(data, GRID)


def test_a_label_map_does_not_round():
    with pytest.raises(BadLabelsError):
        LabelMap(np.full((2, 3, 4), 4.0), GRID)
