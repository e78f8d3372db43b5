import itertools

import numpy as np
import pytest
from scipy import ndimage

from engine.jacobian import smallest_determinant

SHAPE = (7, 6, 8)


def nodes():
    return np.stack(np.meshgrid(*(np.arange(n, dtype=np.float32) for n in SHAPE), indexing="ij"))


def inside_the_cells(displacement, fine=9):
    """(fine^3,) smallest determinants of the trilinear map at the same place of every cell, by tiny differences."""
    h, found = 1e-3, []
    for place in itertools.product(np.linspace(0.01, 0.99, fine), repeat=3):
        at = nodes()[:, :-1, :-1, :-1].astype(np.float64) + np.reshape(place, (3, 1, 1, 1))
        columns = []
        for axis in range(3):
            ends = []
            for sign in (-1, 1):
                point = at.copy()
                point[axis] += sign * h
                moved = [ndimage.map_coordinates(u.astype(np.float64), point, order=1) for u in displacement]
                ends.append(point + np.stack(moved))
            columns.append((ends[1] - ends[0]) / (2 * h))
        matrices = np.moveaxis(np.stack(columns), (0, 1), (-1, -2))
        found.append(np.linalg.det(matrices).min())
    return np.array(found)


def test_what_does_not_move_has_a_determinant_of_one():
    assert smallest_determinant(np.zeros((3, *SHAPE), np.float32)) == 1


@pytest.mark.parametrize(
    "matrix", [np.diag([0.5, 0.25, -0.5]), np.array([[0.1, 0.3, 0], [-0.2, 0, 0.1], [0, 0.4, 0.2]])]
)
def test_a_linear_map_has_its_own_determinant(matrix):
    displacement = np.einsum("xy,y...->x...", matrix, nodes()).astype(np.float32)
    assert smallest_determinant(displacement) == pytest.approx(np.linalg.det(np.eye(3) + np.array(matrix)), abs=1e-5)


@pytest.mark.parametrize("strength", [0.1, 0.3, 0.6])
def test_no_point_of_any_cell_has_less_and_one_has_nearly_as_little(rng, strength):
    displacement = (strength * ndimage.gaussian_filter(rng.normal(size=(3, *SHAPE)), (0, 0.8, 0.8, 0.8))).astype("f4")
    dense = inside_the_cells(displacement).min()
    bound = smallest_determinant(displacement)
    assert bound <= dense + 1e-3
    assert bound == pytest.approx(dense, abs=0.05)


def test_a_fold_between_nodes_is_found_where_central_differences_see_none():
    displacement = np.zeros((3, *SHAPE), np.float32)
    displacement[0] = 0.3 * (-1.0) ** nodes()[0]
    central = 1 + np.gradient(displacement[0], axis=0)[1:-1]
    assert central == pytest.approx(np.ones_like(central))
    assert smallest_determinant(displacement) == pytest.approx(0.4)
    assert smallest_determinant(2 * displacement) == pytest.approx(-0.2)
