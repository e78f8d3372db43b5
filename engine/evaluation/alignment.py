"""Rigid alignment of two label maps, to ask whether one is a copy of the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage, optimize
from scipy.spatial.transform import Rotation

#: Brain voxels looked at while aligning; more change the result by less than a thousandth.
POINTS = 8000
#: The search goes so far at most, in degrees about each axis and in voxels along it.
FARTHEST = 20.0
_UNIT = 4.0


@dataclass(frozen=True)
class Alignment:
    """Where a voxel of the fixed map lies in the moving one: ``rotation`` (3, 3) about the grid's middle, then
    ``shift`` (3,) voxels. ``agreement``: share (0-1) of the fixed map's brain voxels with the same label there."""

    rotation: np.ndarray
    shift: np.ndarray
    agreement: float

    def moved(self, classes: np.ndarray) -> np.ndarray:
        """The moving map (I, J, K) laid on the fixed one, nearest neighbour."""
        middle = (np.array(classes.shape) - 1) / 2
        offset = middle + self.shift - self.rotation @ middle
        return ndimage.affine_transform(classes, self.rotation, offset, order=0, mode="constant")


def aligned(moving: np.ndarray, fixed: np.ndarray, seed: int = 0) -> Alignment:
    """The rotation and shift that let most labels of two maps (I, J, K) of class indices on the same grid agree, from
    where they lie; both should have the brain in the middle."""
    brain = np.argwhere(fixed > 0)
    chosen = np.random.default_rng(seed).choice(len(brain), min(POINTS, len(brain)), replace=False)
    points, middle = brain[chosen], (np.array(fixed.shape) - 1) / 2
    wanted, around = fixed[tuple(points.T)], points - middle
    last = np.array(moving.shape) - 1

    def disagreement(parameters: np.ndarray) -> float:
        rotation, shift = _movement(parameters)
        there = np.rint(around @ rotation.T + middle + shift).astype(np.intp)
        inside = ((there >= 0) & (there <= last)).all(axis=1)
        found = moving[tuple(np.clip(there, 0, last).T)]
        return float(1 - np.mean((found == wanted) & inside))

    limit = FARTHEST / _UNIT
    best = optimize.minimize(
        disagreement,
        np.zeros(6),
        method="Powell",
        bounds=[(-limit, limit)] * 6,
        options={"xtol": 0.01, "ftol": 1e-4},
    )
    return Alignment(*_movement(best.x), 1 - float(best.fun))


def _movement(parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Six numbers near 0 -> rotation (3, 3) and shift (3,) in voxels."""
    angles, shift = np.split(_UNIT * np.asarray(parameters), 2)
    return Rotation.from_euler("xyz", angles, degrees=True).as_matrix(), shift
