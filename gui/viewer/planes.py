"""Where a slice view looks from: plain geometry, so that clicks, letters and cameras agree by construction.

Views follow the voxels: the axial view shows the slices of whichever voxel axis lies closest to head-foot, seen square
on, also when the scan is oblique. In-plane coordinates ``(u, v)`` are mm along the screen's right and up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.grid import Grid

#: View -> world axis (0 x, 1 y, 2 z) that its slices are stacked along, runs to the right, and runs up.
AXES = {"axial": (2, 0, 1), "coronal": (1, 0, 2), "sagittal": (0, 1, 2)}
VIEWS = tuple(AXES)
_WORLD_AXIS = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}
_LETTERS = ("RL", "AP", "SI")
#: A second letter is shown where a direction leans more than about 22 degrees.
_SECOND_LETTER = 0.38


@dataclass(frozen=True, eq=False)
class Plane:
    """One view's way of looking at a grid.

    ``axis``: the voxel axis its slices are stacked along; ``sign``: +1 if its index grows to the right, front or top of
    the patient. ``right``, ``up``, ``forward``: (3,) world unit vectors of the screen.
    """

    grid: Grid
    axis: int
    sign: int
    right: np.ndarray
    up: np.ndarray
    forward: np.ndarray

    @property
    def slices(self) -> int:
        """How many slices there are."""
        return self.grid.shape[self.axis]

    def slice_at(self, world: np.ndarray) -> int:
        """Index of the slice nearest to a world point (3,)."""
        index = round(float(self.grid.world_to_voxel(world)[self.axis]))
        return min(max(index, 0), self.slices - 1)

    def project(self, world: np.ndarray) -> tuple[float, float]:
        """World point (3,) -> (u, v) mm."""
        return float(world @ self.right), float(world @ self.up)

    def world(self, u: float, v: float, index: int) -> np.ndarray:
        """(3,) world point on slice ``index`` that projects to (u, v)."""
        start = np.zeros(3)
        start[self.axis] = index
        origin = self.grid.voxel_to_world(start)
        steps = np.delete(self.grid.affine[:3, :3], self.axis, axis=1)
        screen = np.stack((self.right, self.up))
        a, b = np.linalg.solve(screen @ steps, np.array([u, v]) - screen @ origin)
        return origin + steps @ np.array([a, b])

    def neighbour(self, world: np.ndarray, right: int, up: int) -> np.ndarray:
        """(3,) the point ``right`` and ``up`` voxels further on the screen than a world point (3,)."""
        steps = np.delete(self.grid.affine[:3, :3], self.axis, axis=1).T
        across = max(steps, key=lambda step: abs(step @ self.right))
        along = max(steps, key=lambda step: abs(step @ self.up))
        moved = world + right * np.sign(across @ self.right) * across + up * np.sign(along @ self.up) * along
        return np.asarray(moved)

    def extent(self) -> tuple[float, float, float, float]:
        """(u_low, u_high, v_low, v_high) of the whole grid, with the half voxels at its rim."""
        ends = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) * np.array(self.grid.shape) - 0.5
        corners = self.grid.voxel_to_world(ends)
        u, v = corners @ self.right, corners @ self.up
        return float(u.min()), float(u.max()), float(v.min()), float(v.max())

    def letters(self) -> tuple[str, str, str, str]:
        """Orientation letters at the left, right, top and bottom of the screen."""
        return letters(-self.right), letters(self.right), letters(self.up), letters(-self.up)


def letters(direction: np.ndarray) -> str:
    """Where a world direction (3,) points to: one letter of R L A P S I, two where it leans."""
    order = np.argsort(-np.abs(direction))
    shown = [w for n, w in enumerate(order) if n == 0 or (n == 1 and abs(direction[w]) > _SECOND_LETTER)]
    return "".join(_LETTERS[w][0 if direction[w] > 0 else 1] for w in shown)


def plane_of(grid: Grid, view: str, *, radiological: bool) -> Plane:
    """How ``view`` looks at ``grid``. Radiological: from the feet, from the front, and from the patient's left, so
    that the patient's right is on the left and the nose points left; neurological: from the opposite sides."""
    normal, across, upward = AXES[view]
    towards = np.zeros((3, 3))
    axis_of, signs = {}, {}
    for axis, code in enumerate(grid.codes):
        world, sign = _WORLD_AXIS[code]
        towards[world] = sign * grid.direction[:, axis]
        axis_of[world], signs[world] = axis, sign
    right = -towards[across] if radiological else towards[across]
    up = towards[upward] - (towards[upward] @ right) * right
    up /= np.linalg.norm(up)
    return Plane(grid, axis_of[normal], signs[normal], right, up, np.cross(up, right))
