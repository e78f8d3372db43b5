import numpy as np
import pytest

from engine.case import Case
from engine.comparing.comparison import MEASURING, compared
from engine.comparing.difference import GAINED, LOST, RELABELLED, difference_map, everything
from engine.comparing.jobs import CompareJob, DifferenceJob, PairJob
from engine.comparing.pair import RESAMPLING, paired
from engine.comparing.surfaces import surface_change
from engine.errors import BadLabelsError
from engine.events import Progressed
from engine.grid import Grid, centred_grid
from engine.labels import VENTRICLES
from engine.progress import Progress, result_of
from engine.volume import LabelMap
from tests.engine.comparing.conftest import head

GRID = Grid((30, 24, 20), np.diag([1.0, 2.0, 0.5, 1.0]))
COARSE = centred_grid((36, 44, 32), 3.0, np.zeros(3))


def blocks(*parts, grid=GRID):
    """Boxes of voxels with labels, in white matter."""
    data = np.full(grid.shape, 2, np.uint16)
    for value, *sides in parts:
        data[tuple(slice(*side) for side in sides)] = value
    return Case("blocks", None, LabelMap(data, grid))


def comparison_of(first, second):
    pair = result_of(paired(first, second, Progress(0, {RESAMPLING: 1.0})))
    return result_of(compared(pair, Progress(0, {MEASURING: 1.0})))


#: A plate across y, and the same plate 3 voxels (6 mm) further; a second structure that stays.
PLATE = (4, (2, 28), (8, 9), (2, 18))
MOVED = (4, (2, 28), (11, 12), (2, 18))
STAYS = (43, (24, 28), (18, 22), (2, 6))


def test_a_case_is_equal_to_itself():
    found = comparison_of(head(COARSE), head(COARSE))
    for row in found.rows:
        assert (row.dice, row.hd95_mm, row.surface_mm) == (1.0, 0.0, 0.0)
        assert (row.change_ml, row.change_percent) == (0.0, 0.0)
    assert found.agreement == 1
    assert found.notes == ()
    assert not found.surface.data.any()


def test_a_plate_that_moved_is_as_far_away_as_it_moved():
    row = comparison_of(blocks(PLATE, STAYS), blocks(MOVED, STAYS)).row("4")
    assert row.dice == 0
    assert row.hd95_mm == pytest.approx(6.0)
    assert row.surface_mm == pytest.approx(6.0)
    assert row.change_ml == 0


def test_volumes_change_and_dice_are_those_of_the_voxels():
    first, second = blocks((4, (2, 12), (2, 12), (2, 12))), blocks((4, (2, 12), (2, 12), (2, 17)))
    row = comparison_of(first, second).row("4")
    assert row.first_ml == pytest.approx(1.0)
    assert row.second_ml == pytest.approx(1.5)
    assert row.change_ml == pytest.approx(0.5)
    assert row.change_percent == pytest.approx(50)
    assert row.dice == pytest.approx(2 * 1000 / 2500)


def test_groups_and_sides_are_taken_as_one():
    found = comparison_of(
        blocks((4, (2, 6), (2, 6), (2, 6)), (5, (8, 10), (2, 6), (2, 6)), (14, (20, 22), (2, 6), (2, 6))),
        blocks((5, (2, 6), (2, 6), (2, 6)), (4, (8, 10), (2, 6), (2, 6)), (14, (20, 22), (2, 8), (2, 6))),
    )
    left = found.row("lateral ventricles left")
    assert left.dice == 1, "4 and 5 have only changed places"
    assert found.row("4").dice == 0
    assert found.row("ventricles").change_ml == pytest.approx(16 * 0.001)
    keys = [row.key for row in found.rows]
    assert keys[0] == "ventricles"
    assert keys[-1] == "intracranial"
    assert "lateral ventricles right" not in keys, "what neither has is left out"


def test_swapping_the_two_turns_the_changes_round_and_nothing_else():
    first, second = head(COARSE), head(centred_grid((40, 46, 34), 2.7, np.array([1.0, -2.0, 0.5])), larger=1.3)
    one, other = comparison_of(first, second), comparison_of(second, first)
    assert [row.key for row in one.rows] == [row.key for row in other.rows]
    for a, b in zip(one.rows, other.rows, strict=True):
        assert (a.dice, a.hd95_mm) == (b.dice, b.hd95_mm)
        assert a.surface_mm == pytest.approx(b.surface_mm)
        assert (a.first_ml, a.second_ml) == (b.second_ml, b.first_ml)
        assert a.change_ml == -b.change_ml
    assert one.agreement == other.agreement
    assert np.array_equal(one.surface.data, -other.surface.data)


def test_what_was_not_found_is_not_0_ml():
    found = comparison_of(blocks(PLATE, STAYS), blocks(PLATE))
    row = found.row("43")
    assert row.second_ml is None
    assert (row.change_ml, row.change_percent, row.hd95_mm) == (None, None, None)
    assert row.dice == 0
    assert found.notes == ("Not found in the second: right lateral ventricle.",)


def test_a_mirrored_label_map_is_flagged():
    mirrored = Case("mirrored", None, LabelMap(head(COARSE).labels.data[::-1], COARSE))
    notes = comparison_of(head(COARSE), mirrored).notes
    assert len(notes) == 1
    assert notes[0].startswith("The second: Left structures lie on the right in world coordinates")


def test_without_labels_there_is_nothing_to_measure():
    scan = Case("scan", head(COARSE).image)
    with pytest.raises(BadLabelsError, match=r"The second has no label map"):
        comparison_of(head(COARSE), scan)
    empty = Case("empty", None, LabelMap(np.zeros(COARSE.shape, np.uint16), COARSE))
    with pytest.raises(BadLabelsError, match=r"Nothing is labelled in the first"):
        comparison_of(empty, head(COARSE))


def test_the_jobs_do_the_same_and_tell_how_far_they_are():
    first, second = blocks(PLATE, STAYS), blocks(MOVED, STAYS)
    pair = result_of(PairJob(first, second).run())
    job = CompareJob(pair)
    events = list(job.run())
    assert all(isinstance(event, Progressed) and event.job_id == job.id for event in events)
    assert len(events) > 40
    assert result_of(CompareJob(pair).run()).row("4").hd95_mm == pytest.approx(6.0)
    difference = result_of(DifferenceJob(pair, (4,)).run())
    assert np.array_equal(difference.data, difference_map(first.labels, second.labels, (4,)).data)
    scan = result_of(PairJob(head(COARSE), Case("scan", head(COARSE).image)).run())
    with pytest.raises(BadLabelsError, match="Only two label maps have a difference"):
        result_of(DifferenceJob(scan, (4,)).run())


# Difference maps


def test_a_difference_says_what_came_what_went_and_what_has_another_name():
    first = blocks((4, (2, 6), (2, 6), (2, 6)), (5, (8, 10), (2, 6), (2, 6))).labels
    second = blocks((4, (4, 8), (2, 6), (2, 6)), (4, (8, 10), (2, 6), (2, 6))).labels
    found = difference_map(first, second, VENTRICLES).data
    assert found[2, 3, 3] == LOST
    assert found[4, 3, 3] == 0
    assert found[7, 3, 3] == GAINED
    assert found[8, 3, 3] == RELABELLED
    assert np.count_nonzero(found) == 16 * (2 + 2 + 2)


def test_of_everything_only_the_rim_of_the_head_is_gained_or_lost():
    first, second = head(COARSE).labels, head(COARSE, larger=1.3).labels
    found = difference_map(first, second, everything(first.table)).data
    assert set(np.unique(found)) == {0, RELABELLED}
    assert np.array_equal(found > 0, first.data != second.data)
    turned_round = difference_map(second, first, (4,)).data
    assert np.array_equal(turned_round == LOST, difference_map(first, second, (4,)).data == GAINED)


def test_equal_maps_have_no_difference():
    labels = head(COARSE).labels
    assert not difference_map(labels, labels, VENTRICLES).data.any()


# Surface distance


def test_a_face_that_moved_has_its_distance_on_it():
    first, second = blocks((4, (5, 15), (5, 15), (2, 18))), blocks((4, (5, 18), (5, 15), (2, 18)))
    change = surface_change(first.labels, second.labels, VENTRICLES)
    assert change is not None
    assert change.unit == "mm"
    # On the face of the second that moved by 3 voxels of 1 mm along x, and on one that stayed.
    at = np.array([[17.5, 10, 10], [10, 4.5, 10]])
    i, j, k = np.round(change.grid.world_to_voxel(GRID.voxel_to_world(at))).astype(int).T
    assert change.data[i, j, k] == pytest.approx([3.0, 0.0])
    back = surface_change(second.labels, first.labels, VENTRICLES)
    assert back is not None
    assert np.array_equal(back.data, -change.data)


def test_without_the_structure_there_is_no_distance():
    assert surface_change(blocks(PLATE).labels, blocks().labels, VENTRICLES) is None
    assert surface_change(blocks().labels, blocks().labels, VENTRICLES) is None
