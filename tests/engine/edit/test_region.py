"""Where paint sticks."""

import numpy as np
import pytest

from engine.edit.region import PaintOver, Region, box_around, make_box, paint, union

LABELS = np.arange(60, dtype=np.uint16).reshape(3, 4, 5) % 5
IMAGE = np.arange(60, dtype=np.float32).reshape(3, 4, 5)
BOX = (slice(0, 2), slice(1, 4), slice(0, 5))
ALL = Region(BOX, np.ones((2, 3, 5), dtype=bool))


@pytest.mark.parametrize(
    ("over", "stuck"),
    [
        (PaintOver(), np.ones_like(LABELS, dtype=bool)),
        (PaintOver(labels=frozenset({0, 3})), np.isin(LABELS, (0, 3))),
        (PaintOver(labels=frozenset()), np.zeros_like(LABELS, dtype=bool)),
        (PaintOver(intensity=(10, 20), image=IMAGE), (IMAGE >= 10) & (IMAGE <= 20)),
        (PaintOver(frozenset({0}), (10, 20), IMAGE), (LABELS == 0) & (IMAGE >= 10) & (IMAGE <= 20)),
    ],
    ids=["everywhere", "labels", "no label", "intensities", "both"],
)
def test_paint_sticks_to_the_chosen_labels_and_intensities_only(over, stuck):
    patch = paint(LABELS, ALL, 9, over)
    assert np.array_equal(patch.data, np.where(stuck, 9, LABELS)[BOX])
    assert patch.data.dtype == np.uint16


def test_only_the_region_is_painted():
    inside = np.zeros((2, 3, 5), dtype=bool)
    inside[1, 2, 3] = True
    changed = np.argwhere(paint(LABELS, Region(BOX, inside), 9).data != LABELS[BOX])
    assert changed.tolist() == [[1, 2, 3]]


def test_boxes_stay_in_the_grid():
    assert make_box((-3, 1, 4), (2, 9, 5), (3, 4, 5)) == (slice(0, 2), slice(1, 4), slice(4, 5))
    assert make_box((3, 0, 0), (9, 4, 5), (3, 4, 5)) is None
    inside = np.zeros((3, 4, 5), dtype=bool)
    assert box_around(inside) is None
    inside[1, 1, 1] = inside[2, 1, 4] = True
    assert box_around(inside) == (slice(1, 3), slice(1, 2), slice(1, 5))
    assert box_around(inside, (1, 1, 1)) == (slice(0, 3), slice(0, 3), slice(0, 5))
    assert union(BOX, (slice(2, 3), slice(0, 1), slice(1, 2))) == (slice(0, 3), slice(0, 4), slice(0, 5))
