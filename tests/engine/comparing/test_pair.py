from dataclasses import replace

import numpy as np
import pytest

from engine.case import Case
from engine.comparing.pair import RESAMPLING, STAGES, paired
from engine.errors import BadLabelsError, RegistrationError
from engine.grid import Grid, centred_grid
from engine.labels import LabelTable
from engine.progress import Progress, result_of
from engine.volume import LabelMap
from tests.engine.comparing.conftest import grid_around, head, turned

COARSE = centred_grid((36, 44, 32), 3.0, np.zeros(3))


def pair_of(first, second, *, align=False):
    return result_of(paired(first, second, Progress(0, STAGES if align else {RESAMPLING: 1.0}), align=align))


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return 2 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b))


def test_two_cases_on_one_grid_stay_as_they_are():
    first, second = head(COARSE), head(COARSE, larger=1.3)
    pair = pair_of(first, second)
    assert pair.first is first
    assert pair.second is second
    assert not pair.resampled
    assert pair.notes == ()


def test_different_grids_meet_on_the_finer_one_and_it_is_said():
    first, second = head(COARSE), head(grid_around((66, 80, 58), (1.5, 1.4, 1.6), (8, 3, -5)))
    pair = pair_of(first, second)
    assert pair.grid.spacing == pytest.approx(second.grid.spacing)
    assert pair.resampled
    assert "The first was resampled onto voxels of 1.5 x 1.4 x 1.6 mm" in pair.notes[0]
    assert dice(pair.first.labels.data == 2, pair.second.labels.data == 2) > 0.93
    assert pair.first.image is not None


def test_volumes_are_counted_before_anything_is_resampled():
    first, second = head(COARSE), head(grid_around((66, 80, 58), (1.5, 1.4, 1.6), (8, 3, -5)))
    pair = pair_of(first, second)
    for volumes, case in zip(pair.volumes_ml, (first, second), strict=True):
        assert volumes[4] == pytest.approx(np.count_nonzero(case.labels.data == 4) * case.grid.voxel_ml)
    assert 0 not in pair.volumes_ml[0]
    assert 14 not in pair.volumes_ml[0]


def test_the_common_grid_does_not_depend_on_the_order_and_holds_all_labels():
    first = head(centred_grid((20, 30, 24), 3.0, np.zeros(3)))
    second = head(centred_grid((34, 30, 36), 3.0, np.array([1.0, 2.0, 3.0])))
    one, other = pair_of(first, second), pair_of(second, first)
    assert one.grid == other.grid
    assert np.array_equal(one.first.labels.data, other.second.labels.data)
    lost = np.count_nonzero(second.labels.data) * second.grid.voxel_ml
    assert np.count_nonzero(one.second.labels.data) * one.grid.voxel_ml == pytest.approx(lost, rel=0.02)


def test_cases_that_do_not_overlap_are_told_to_be_aligned():
    second = head(COARSE, turned((0, 0, 0), (0, 0, 0)))
    shifted = np.array(COARSE.affine)
    shifted[:3, 3] += (140, 0, 0)
    moved = replace(second, image=None, labels=LabelMap(second.labels.data, Grid(COARSE.shape, shifted)))
    pair = pair_of(head(COARSE), moved)
    assert pair.notes[-1] == "The two do not overlap where they lie; align them (register)."


def test_cases_a_world_apart_are_refused_unless_they_are_aligned():
    far = np.array(COARSE.affine)
    far[:3, 3] += 4000
    second = head(COARSE)
    second = Case("far", None, LabelMap(second.labels.data, Grid(COARSE.shape, far)))
    with pytest.raises(RegistrationError, match=r"too far from each other .* align them first"):
        pair_of(head(COARSE), second)


def test_aligned_cases_meet_half_way():
    move = turned((6, -4, 8), (6, -2, 4))
    first, second = head(COARSE, noise=1.0), head(grid_around((46, 54, 42), (2.4, 2.4, 2.4)), move, noise=1.0)
    pair = pair_of(first, second, align=True)
    assert pair.registration is not None
    assert pair.resampled
    middle, expected = pair.grid, move.share(0.5)
    half = pair.registration.half
    assert np.linalg.norm(half(np.zeros(3)) - expected(np.zeros(3))) < 0.3
    # Half of the movement leads from the first to the half-way space.
    halfway = head(middle, half)
    for case in (pair.first, pair.second):
        assert dice(case.labels.data == 2, halfway.labels.data == 2) > 0.9
    assert dice(pair.first.labels.data == 2, pair.second.labels.data == 2) > 0.9
    assert "aligned rigidly: turned by" in pair.notes[0]


def test_label_maps_of_two_tables_are_not_compared():
    labels = head(COARSE).labels
    other = LabelTable("other", labels.table.labels)
    with pytest.raises(BadLabelsError, match=r"different tables \(.* and other\)"):
        pair_of(head(COARSE), Case("b", None, LabelMap(labels.data, COARSE, other)))


def test_scans_without_labels_can_be_looked_at():
    pair = pair_of(replace(head(COARSE), labels=None), head(COARSE))
    assert not pair.labelled
    assert pair.volumes_ml[0] == {}
