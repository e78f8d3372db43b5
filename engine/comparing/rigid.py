"""Rigid movements of world space, and the way half of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Rigid:
    """World RAS mm -> world RAS mm: ``rotation`` (3, 3), then ``shift`` (3,) mm."""

    rotation: np.ndarray
    shift: np.ndarray

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) moved."""
        moved: np.ndarray = np.asarray(points, dtype=np.float64) @ self.rotation.T + self.shift
        return moved

    @property
    def matrix(self) -> np.ndarray:
        """(4, 4), as an affine has it."""
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = self.rotation, self.shift
        return matrix

    @property
    def inverse(self) -> Rigid:
        """The movement back."""
        return Rigid(self.rotation.T, -self.rotation.T @ self.shift)

    @property
    def degrees(self) -> float:
        """Angle of the rotation, 0-180."""
        return float(np.degrees(np.linalg.norm(_axis_angle(self.rotation))))

    def after(self, earlier: Rigid) -> Rigid:
        """``earlier`` first, then this one."""
        return Rigid(self.rotation @ earlier.rotation, self.rotation @ earlier.shift + self.shift)

    def share(self, part: float) -> Rigid:
        """The movement that makes this one if it is done ``1 / part`` times; part 0.5 is the way half of it.

        The rotation goes about the same axis by that part of the angle, and the shift follows the screw: no centre has
        to be chosen. Angles near 180 degrees have no half way.
        """
        from scipy.linalg import expm, logm

        generator = np.real(logm(self.matrix))
        moved = expm(part * generator)
        return Rigid(moved[:3, :3], moved[:3, 3])

    def largest_move_mm(self, points: np.ndarray) -> float:
        """How far the movement takes the one of ``points`` (N, 3) that it takes furthest."""
        return float(np.linalg.norm(self(points) - points, axis=-1).max())


IDENTITY = Rigid(np.eye(3), np.zeros(3))


def midway(one: Rigid, other: Rigid) -> Rigid:
    """The movement in the middle between two that are nearly the same."""
    return other.after(one.inverse).share(0.5).after(one)


def _axis_angle(rotation: np.ndarray) -> np.ndarray:
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_matrix(rotation).as_rotvec())
