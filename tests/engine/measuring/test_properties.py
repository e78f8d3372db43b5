"""Whatever the axes of a file: the same head has the same measures, and one with its sides exchanged is flagged."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.grid import Grid
from engine.measuring.head import measure_head
from engine.volume import LabelMap
from tests.engine.measuring.conftest import PHANTOM, posed, turned

#: Voxel axes in another order, some of them running the other way.
orders = st.permutations([0, 1, 2])
flips = st.tuples(*(st.booleans() for _ in range(3)))
angles = st.tuples(*(st.floats(-15, 15) for _ in range(3)))
once = settings(
    max_examples=6, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def reordered(labels, order, flip):
    """The same map in the world, its array stored in another order and direction, and its affine to match."""
    data, affine = np.transpose(np.asarray(labels.data), order), labels.grid.affine[:, [*order, 3]].copy()
    for axis, turned_round in enumerate(flip):
        if turned_round:
            data = np.flip(data, axis)
            affine[:3, 3] += (data.shape[axis] - 1) * affine[:3, axis]
            affine[:3, axis] *= -1
    return LabelMap(data, Grid(data.shape, affine))


def mirrored(labels):
    """The map with its affine's left and right exchanged, as a wrong converter does."""
    return LabelMap(labels.data, Grid(labels.grid.shape, np.diag([-1.0, 1, 1, 1]) @ labels.grid.affine))


@once
@given(orders, flips)
def test_flipped_and_permuted_axes_change_no_measure(straight, measured, order, flip):
    found = measure_head(reordered(straight, order, flip))
    assert found.notes == measured.notes == ()
    for one, other in zip(found.measures, measured.measures, strict=True):
        assert one.value == pytest.approx(other.value, abs=1e-3), one.definition.key
        for line, before in zip(one.lines, other.lines, strict=True):
            assert line.start == pytest.approx(before.start, abs=0.01)


@once
@given(angles, angles)
def test_oblique_axes_and_turned_heads_change_no_measure_by_more_than_a_voxel(head, axes):
    size = 2.5
    found = measure_head(posed(turned(*axes) * size, turned(*head)))
    assert found.notes == ()
    lengths = {line.name: line.length_mm for measure in found.measures for line in measure.lines}
    # An edge that runs along the voxels can lie anywhere within half a voxel, and a line has two.
    for name, length in PHANTOM.lengths().items():
        assert lengths[name] == pytest.approx(length, abs=size), name
    assert found["callosal_angle"].value == pytest.approx(PHANTOM.callosal_deg, abs=10)
    for key in ("evans_index", "frontal_occipital_horn_ratio"):
        assert found[key].value == pytest.approx(PHANTOM.truth()[key], abs=0.025), key


@once
@given(orders, flips)
def test_exchanged_sides_are_flagged_in_any_order_of_the_axes(straight, order, flip):
    (note,) = measure_head(mirrored(reordered(straight, order, flip))).notes
    assert "Left structures lie on the right" in note
