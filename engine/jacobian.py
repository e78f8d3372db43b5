"""Whether a displacement field folds: a bound on its Jacobian determinant that holds between the nodes too."""

from __future__ import annotations

from itertools import product
from math import comb

import numpy as np

#: A trilinear map's partial derivative along one axis is bilinear in the other two: four edges of a cell hold it.
_EDGES = tuple(product((0, 1), repeat=2))


def smallest_determinant(displacement: np.ndarray) -> float:
    """A number that the Jacobian determinant of x + u(x) is nowhere smaller than, and reaches or all but reaches.

    ``displacement`` (3, I, J, K) holds u at the nodes, in units of their distance; between them u is trilinear. In each
    cell the determinant is a polynomial of degree two along each axis. Its values lie between the smallest and the
    largest of its 27 Bernstein coefficients, and those at the cell's corners are values (Farin, Curves and Surfaces for
    CAGD, 5th ed., sections 5.1 and 15.2), so a positive result proves that nothing folds anywhere.
    """
    smallest = np.inf
    for i in range(displacement.shape[1] - 1):
        smallest = min(smallest, float(_coefficients(displacement[:, i : i + 2]).min()))
    return smallest


def _coefficients(u: np.ndarray) -> np.ndarray:
    """(3, 3, 3, J - 1, K - 1) Bernstein coefficients of the determinant in the cells between two planes of nodes
    (3, 2, J, K): each the mean of the determinants of the edges whose places add up to it."""
    corner = {
        (a, b, c): u[:, a, b : u.shape[2] - 1 + b, c : u.shape[3] - 1 + c] for a, b, c in product((0, 1), repeat=3)
    }
    unit = np.eye(3, dtype=u.dtype)[..., None, None]
    along_i = {(b, c): corner[1, b, c] - corner[0, b, c] + unit[0] for b, c in _EDGES}
    along_j = {(a, c): corner[a, 1, c] - corner[a, 0, c] + unit[1] for a, c in _EDGES}
    along_k = {(a, b): corner[a, b, 1] - corner[a, b, 0] + unit[2] for a, b in _EDGES}
    coefficients = np.zeros((3, 3, 3, *u.shape[2:]), u.dtype)[..., :-1, :-1]
    for (b1, c1), (a2, c2) in product(_EDGES, repeat=2):
        (x1, y1, z1), (x2, y2, z2) = along_i[b1, c1], along_j[a2, c2]
        x, y, z = y1 * z2 - z1 * y2, z1 * x2 - x1 * z2, x1 * y2 - y1 * x2
        for a3, b3 in _EDGES:
            x3, y3, z3 = along_k[a3, b3]
            place = (a2 + a3, b1 + b3, c1 + c2)
            share = 1 / (comb(2, place[0]) * comb(2, place[1]) * comb(2, place[2]))
            coefficients[place] += np.float32(share) * (x * x3 + y * y3 + z * z3)
    return coefficients
