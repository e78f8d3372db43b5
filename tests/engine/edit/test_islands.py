"""Taking structures away."""

import numpy as np

from engine.edit.islands import keep_largest, remove
from engine.edit.select import component

SPACING = (1.0, 1.0, 1.0)


def applied(labels, patch):
    changed = labels.copy()
    changed[patch.box] = patch.data
    return changed


def test_a_removed_structure_takes_the_labels_around_it():
    labels = np.full((12, 12, 12), 2, dtype=np.uint16)
    labels[6:] = 41
    labels[4:8, 4:8, 4:8] = 4
    after = applied(labels, remove(labels, component(labels, (5, 5, 5)), SPACING))
    assert (after[:6] == 2).all()
    assert (after[6:] == 41).all()


def test_nearest_is_meant_in_mm():
    labels = np.full((7, 7, 7), 2, dtype=np.uint16)
    labels[:, :, 4:] = 3
    labels[3, 3, 3] = 4
    labels[2:5, 2:5, 2] = 5
    region = component(labels, (3, 3, 3))
    thick = applied(labels, remove(labels, region, (1.0, 1.0, 9.0)))
    assert thick[3, 3, 3] == 2, "the neighbour beside is 1 mm away, those above and below 9 mm"
    assert set(np.unique(thick)) == {2, 3, 5}


def test_where_nothing_is_around_background_is_left():
    labels = np.full((4, 4, 4), 4, dtype=np.uint16)
    assert not applied(labels, remove(labels, component(labels, (0, 0, 0)), SPACING)).any()


def test_only_the_largest_component_is_kept():
    labels = np.full((20, 12, 12), 2, dtype=np.uint16)
    labels[2:8, 2:8, 2:8] = 4
    labels[12:14, 3:5, 3:5] = 4
    labels[17, 9, 9] = 4
    labels[9, 1, 1] = 43
    after = applied(labels, keep_largest(labels, 4, SPACING))
    assert (after[2:8, 2:8, 2:8] == 4).all()
    assert (after == 4).sum() == 6**3
    assert after[9, 1, 1] == 43
    assert keep_largest(after, 4, SPACING) is None
    assert keep_largest(after, 15, SPACING) is None
