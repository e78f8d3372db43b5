import math

import numpy as np
import pytest
from scipy import ndimage

from engine.overlap import compare, confusion, dice, dice_per_class, hd95, pooled_dice, surface_distances

SPACING = (1.0, 2.0, 0.5)


def block(shape, *sides):
    mask = np.zeros(shape, bool)
    mask[tuple(slice(*side) for side in sides)] = True
    return mask


def test_the_confusion_counts_each_pair_of_classes(rng):
    found, reference = rng.integers(0, 4, (2, 5, 6, 7)).astype(np.uint8)
    counts = confusion(found, reference, 4)
    for i in range(4):
        for j in range(4):
            assert counts[i, j] == ((found == i) & (reference == j)).sum()


def test_the_layout_in_memory_does_not_matter(rng):
    found, reference = rng.integers(0, 4, (2, 5, 6, 7)).astype(np.uint8)
    expected = confusion(found, reference, 4)
    assert np.array_equal(confusion(np.asfortranarray(found), reference, 4), expected)
    assert np.array_equal(confusion(np.asfortranarray(found), np.asfortranarray(reference), 4), expected)


def test_label_maps_of_different_shapes_are_not_compared():
    with pytest.raises(ValueError, match="cannot be compared"):
        confusion(np.zeros((2, 3, 4), np.uint8), np.zeros((4, 3, 2), np.uint8), 2)


def test_dice_per_class_is_that_of_each_class_alone(rng):
    found, reference = rng.integers(0, 3, (2, 8, 8, 8)).astype(np.uint8)
    each = dice_per_class(confusion(found, reference, 4))
    assert each[:3] == pytest.approx([dice(found == c, reference == c) for c in range(3)])
    assert math.isnan(each[3])


def test_pooled_dice_does_not_mind_which_of_its_classes_a_voxel_has():
    reference = np.array([1, 1, 2, 0], np.uint8).reshape(1, 1, 4)
    found = np.array([2, 1, 1, 1], np.uint8).reshape(1, 1, 4)
    counts = confusion(found, reference, 4)
    assert pooled_dice(counts, (1, 2)) == pytest.approx(6 / 7)
    assert math.isnan(pooled_dice(counts, (3,)))


def test_what_is_missing_on_one_side_has_a_dice_of_nothing():
    something, nothing = block((4, 4, 4), (0, 2), (0, 2), (0, 2)), np.zeros((4, 4, 4), bool)
    assert dice(something, nothing) == 0
    assert math.isnan(dice(nothing, nothing))
    assert math.isnan(hd95(something, nothing, SPACING))


@pytest.mark.parametrize(("axis", "shift"), [(0, 3), (1, 1), (2, 4)])
def test_hd95_of_a_shifted_block_is_the_shift_in_mm(axis, shift):
    # A thin plate: nearly all of its surface is as far from the other's as it was moved.
    sides = [(2, 30), (2, 30), (2, 30)]
    sides[axis] = (10, 11)
    here = block((32, 32, 32), *sides)
    there = np.roll(here, shift, axis)
    assert hd95(here, there, SPACING) == pytest.approx(shift * SPACING[axis])
    assert hd95(there, here, SPACING) == pytest.approx(shift * SPACING[axis])
    assert hd95(here, here, SPACING) == 0


def test_hd95_passes_over_a_twentieth_of_the_surface():
    here = block((40, 40, 40), (5, 30), (5, 30), (5, 30))
    there = here.copy()
    there[38, 38, 38] = True
    assert hd95(here, there, (1.0, 1.0, 1.0)) == 0


def test_surface_distances_are_those_of_distance_transforms(rng):
    here = ndimage.binary_opening(rng.random((24, 20, 22)) > 0.35)
    there = np.roll(here, (2, 1, 0), (0, 1, 2)) | block(here.shape, (3, 9), (4, 9), (5, 9))
    a, b = (mask & ~ndimage.binary_erosion(mask) for mask in (here, there))
    to_a, to_b = (ndimage.distance_transform_edt(~surface, sampling=SPACING) for surface in (a, b))
    expected = np.sort(np.concatenate([to_b[a], to_a[b]]))
    assert np.sort(surface_distances(here, there, SPACING)) == pytest.approx(expected)
    assert np.sort(surface_distances(there, here, SPACING)) == pytest.approx(expected)


def test_the_mean_distance_of_a_shifted_plate_is_the_shift_in_mm():
    here = block((32, 32, 32), (2, 30), (10, 11), (2, 30))
    result = compare(here, np.roll(here, 3, 1), SPACING, 1.0)
    assert result.surface_mm == pytest.approx(6.0)
    assert compare(here, here, SPACING, 1.0).surface_mm == 0
    assert math.isnan(compare(here, np.zeros_like(here), SPACING, 1.0).surface_mm)


def test_a_structure_is_compared_in_dice_mm_and_ml():
    here, there = block((9, 9, 9), (1, 5), (1, 5), (1, 5)), block((9, 9, 9), (1, 5), (1, 5), (1, 3))
    result = compare(here, there, SPACING, 0.5)
    assert (result.found_ml, result.reference_ml) == (32.0, 16.0)
    assert result.dice == pytest.approx(64 / 96)
    assert result.hd95_mm == pytest.approx(1.0)  # two slices of half a millimetre
