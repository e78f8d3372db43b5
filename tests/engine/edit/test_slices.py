"""From painted slices to the others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.edit.region import PaintOver
from engine.edit.slices import copy_slice, interpolate_slices

SPACING = (1.0, 1.0, 1.0)


def applied(labels, patch):
    changed = labels.copy()
    changed[patch.box] = patch.data
    return changed


def disc(radius, size=41):
    u, v = np.indices((size, size)) - size // 2
    return u**2 + v**2 <= radius**2


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_between_two_discs_lies_a_frustum(axis):
    stack = np.zeros((9, 41, 41), dtype=np.uint16)
    stack[0][disc(5)] = stack[8][disc(13)] = 4
    labels = np.moveaxis(stack, 0, axis)
    after = np.moveaxis(applied(labels, interpolate_slices(labels, 4, axis, spacing=SPACING)), axis, 0)
    for index in range(9):
        radius = np.sqrt((after[index] == 4).sum() / np.pi)
        assert radius == pytest.approx(5 + index, abs=0.5), "within half a voxel"
    assert np.array_equal(after[0], stack[0])
    assert np.array_equal(after[8], stack[8])


def test_distances_are_mm_within_the_slice():
    labels = np.zeros((41, 41, 3), dtype=np.uint16)
    labels[10:31, 10:31, 0] = 4
    labels[16:25, 10:31, 2] = 4
    # Along i the outline moves 6 voxels of 1 mm; pixels of 10 mm along j must not pull it in there.
    after = applied(labels, interpolate_slices(labels, 4, 2, spacing=(1.0, 10.0, 1.0)))
    expected = np.zeros((41, 41), dtype=bool)
    expected[13:28, 10:31] = True
    assert np.array_equal(after[:, :, 1] == 4, expected)


def test_other_labels_and_slices_without_a_gap_stay():
    labels = np.zeros((20, 20, 6), dtype=np.uint16)
    labels[5:15, 5:15, (0, 1, 5)] = 4
    labels[:10, :, 2:5] = 2
    over = PaintOver(labels=frozenset({0}))
    after = applied(labels, interpolate_slices(labels, 4, 2, spacing=SPACING, over=over))
    assert (after[:10, :, 2:5] == 2).all()
    assert (after[10:15, 5:15, 2:5] == 4).all()
    assert interpolate_slices(labels[..., :2], 4, 2, spacing=SPACING) is None
    assert interpolate_slices(labels, 43, 2, spacing=SPACING) is None


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 2))
def test_interpolation_never_makes_a_label_that_was_not_there(seed, axis):
    labels = np.random.default_rng(seed).choice([0, 2, 4, 43], (7, 8, 9), p=[0.7, 0.1, 0.1, 0.1]).astype(np.uint16)
    patch = interpolate_slices(labels, 4, axis, spacing=(1.0, 2.0, 0.7))
    if patch is not None:
        after = applied(labels, patch)
        assert set(np.unique(after)) <= set(np.unique(labels))
        assert set(np.unique(after[after != labels])) <= {4}


def test_a_label_is_copied_from_slice_to_slice():
    labels = np.zeros((6, 7, 8), dtype=np.uint16)
    labels[1:4, 2:5, 3] = 4
    labels[0, 0, 3] = 43
    labels[2, 2, 4] = 2
    after = applied(labels, copy_slice(labels, 4, 2, start=3, end=4))
    assert np.array_equal(after[:, :, 4] == 4, labels[:, :, 3] == 4)
    kept = applied(labels, copy_slice(labels, 4, 2, start=3, end=4, over=PaintOver(labels=frozenset({0}))))
    assert kept[2, 2, 4] == 2
    assert copy_slice(labels, 4, 2, start=7, end=8) is None
