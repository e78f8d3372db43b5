"""Run-length deltas and the byte budget."""

from dataclasses import dataclass

import numpy as np
import pytest

from engine.edit.history import History, delta_between

SHAPE = (12, 11, 10)


def whole(shape):
    return tuple(slice(0, n) for n in shape)


def changes(before, after, box):
    delta = delta_between(before, after, box)
    assert delta is not None
    return delta


def undone(history, steps):
    return [history.undo().name for _ in range(steps)]


def maps(rng, after):
    before = np.asfortranarray(rng.choice([0, 2, 4, 60], SHAPE).astype(np.uint16))
    changed = before.copy(order="F")
    after(changed)
    return before, changed


def draw_a_box(labels):
    labels[3:9, 2:8, 4:6] = 4


def relabel_everything(labels):
    labels[:] = 43


def change_a_voxel(labels):
    labels[5, 5, 5] += 1


@pytest.mark.parametrize("edit", [draw_a_box, relabel_everything, change_a_voxel])
@pytest.mark.parametrize("box", [whole(SHAPE), (slice(2, 10), slice(1, 9), slice(3, 7))], ids=["whole", "part"])
def test_a_delta_goes_both_ways(rng, edit, box):
    before, after = maps(rng, edit)
    delta = changes(before, after, box)
    expected = before.copy()
    expected[box] = after[box]
    data = before.copy(order="F")
    delta.add_to(data)
    assert np.array_equal(data, expected)
    delta.take_from(data)
    assert np.array_equal(data, before)
    assert delta.voxels == np.count_nonzero(expected != before)


def test_the_same_maps_have_no_delta(rng):
    before, after = maps(rng, lambda labels: None)
    assert delta_between(before, after, whole(SHAPE)) is None


def test_a_delta_takes_bytes_by_runs_and_never_more_than_two_a_voxel(rng):
    shape = (64, 64, 64)
    empty = np.zeros(shape, dtype=np.uint16, order="F")
    cube = empty.copy(order="F")
    cube[20:40, 20:40, 20:40] = 4
    assert changes(empty, cube, whole(shape)).nbytes == (2 * 20 * 20 + 1) * 6
    noise = np.asfortranarray(rng.integers(0, 60, shape).astype(np.uint16))
    assert changes(empty, noise, whole(shape)).nbytes == 2 * noise.size


@dataclass(frozen=True)
class Weight:
    name: str
    nbytes: int


def test_undo_and_redo_walk_along_the_steps():
    history = History[Weight](100)
    steps = [Weight(name, 10) for name in "abc"]
    for step in steps:
        history.push(step)
    assert [history.undo(), history.undo()] == [steps[2], steps[1]]
    assert (history.last, history.next) == (steps[0], steps[1])
    assert history.redo() == steps[1]
    assert history.used_bytes == 30, "what was taken back takes memory too"
    history.push(Weight("d", 10))
    assert history.redo() is None, "a new step ends what could be redone"
    assert history.used_bytes == 30


def test_the_oldest_steps_fall_off_when_the_budget_is_spent():
    history = History[Weight](100)
    for number in range(20):
        history.push(Weight(str(number), 30))
    assert history.used_bytes == 90
    assert undone(history, 3) == ["19", "18", "17"]
    assert history.undo() is None


def test_the_last_step_can_be_undone_however_large_it_is():
    history = History[Weight](100)
    history.push(Weight("small", 10))
    history.push(Weight("large", 1000))
    assert len(history) == 1
    assert undone(history, 1) == ["large"]


def test_a_smaller_budget_counts_at_once():
    history = History[Weight](100)
    for number in range(5):
        history.push(Weight(str(number), 20))
    history.set_budget(45)
    assert (history.used_bytes, len(history), history.budget_bytes) == (40, 2, 45)
    history.clear()
    assert (history.used_bytes, history.last, history.next) == (0, None, None)
