import numpy as np
import pytest

from engine.errors import BadLabelsError
from engine.grid import Grid
from engine.measuring.frame import head_frame, mid_sagittal_plane
from engine.measuring.sides import check_sides
from engine.measuring.structures import Structures
from engine.volume import LabelMap
from tests.engine.measuring.conftest import posed, turned


def angle(one, other):
    return np.degrees(np.arccos(np.clip(one @ other, -1, 1)))


def exchanged(labels, only=()):
    """The map with the values of left and right exchanged, of all pairs or of some."""
    data = np.array(labels.data)
    for label in labels.table.labels:
        if label.value < label.mirror and (not only or label.value in only):
            data[labels.data == label.value] = label.mirror
            data[labels.data == label.mirror] = label.value
    return LabelMap(data, labels.grid)


def notes(labels):
    structures = Structures(labels)
    return check_sides(structures, head_frame(structures))


@pytest.mark.parametrize("turn", [turned(0, 0, 0), turned(20, 0, 0), turned(0, 20, 0), turned(7, -13, 18)])
def test_the_frame_turns_with_the_head(turn):
    frame = head_frame(Structures(posed(2.5 * np.eye(3), turn)))
    assert angle(frame.axes[:, 0], turn[:, 0]) < 0.3
    assert angle(frame.axes[:, 1], turn[:, 1]) < 4
    assert angle(frame.axes[:, 2], turn[:, 2]) < 4
    assert turn.T @ frame.ac == pytest.approx([0, 0, 0], abs=0.5)
    assert turn.T @ frame.pc == pytest.approx([0, -25, 0.5], abs=2)
    assert np.linalg.det(frame.axes) == pytest.approx(1)
    assert not frame.mirrored


def test_the_plane_is_exact_where_the_sides_mirror_each_other(straight):
    normal, offset = mid_sagittal_plane(Structures(straight))
    assert normal == pytest.approx([1, 0, 0], abs=1e-6)
    assert offset == pytest.approx(0, abs=1e-6)


def test_world_and_frame_go_both_ways(straight, rng):
    frame = head_frame(Structures(straight))
    points = rng.normal(0, 50, (10, 3))
    assert frame.to_world(frame.to_frame(points)) == pytest.approx(points)
    assert frame.to_frame(frame.pc)[[0, 2]] == pytest.approx([0, 0], abs=1e-9)


def test_a_sound_map_is_not_flagged(straight):
    assert notes(straight) == ()


def test_exchanged_sides_are_flagged(straight):
    (note,) = notes(exchanged(straight))
    assert "Left structures lie on the right" in note
    assert "labels are exchanged" in note


def test_a_mirrored_image_is_flagged(straight):
    affine = np.diag([-1.0, 1, 1, 1]) @ straight.grid.affine
    (note,) = notes(LabelMap(straight.data, Grid(straight.grid.shape, affine)))
    assert "mirrored" in note


def test_a_head_turned_round_is_flagged_as_such(straight):
    affine = np.diag([-1.0, -1, 1, 1]) @ straight.grid.affine
    (note,) = notes(LabelMap(straight.data, Grid(straight.grid.shape, affine)))
    assert "turned round" in note


def test_a_head_mirrored_front_to_back_is_flagged(straight):
    affine = np.diag([1.0, -1, 1, 1]) @ straight.grid.affine
    (note,) = notes(LabelMap(straight.data, Grid(straight.grid.shape, affine)))
    assert "backwards or stands upside down" in note


def test_a_single_pair_on_the_wrong_sides_is_named(straight):
    (note,) = notes(exchanged(straight, only=(17,)))
    assert "left hippocampus" in note
    assert "thalamus" not in note


def test_a_brain_stem_away_from_the_third_ventricle_gives_no_frame(straight):
    data = np.array(straight.data)
    near = straight.grid.voxel_to_world(np.moveaxis(np.indices(data.shape), 0, -1))[..., 2] > -14
    data[(data == 16) & near] = 2
    with pytest.raises(BadLabelsError, match="do not touch"):
        head_frame(Structures(LabelMap(data, straight.grid)))


def test_a_brain_stem_in_front_of_the_commissures_gives_no_frame(straight):
    data = np.array(straight.data)
    world = straight.grid.voxel_to_world(np.moveaxis(np.indices(data.shape), 0, -1))
    front = straight.grid.voxel_to_world(np.argwhere(data == 14))[:, 1].max()
    midline = (np.abs(world[..., 0]) < 4) & (np.abs(world[..., 2]) < 6)
    data[data == 16] = 2
    data[midline & (world[..., 1] > front) & (world[..., 1] < front + 20)] = 14
    data[midline & (world[..., 1] >= front + 20) & (world[..., 1] < front + 40)] = 16
    with pytest.raises(BadLabelsError, match="in front of"):
        head_frame(Structures(LabelMap(data, straight.grid)))
