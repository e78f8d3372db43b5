"""The head's own axes: an AC-PC-like frame estimated from the centres of labelled structures.

Mid-sagittal plane: the plane whose mirror maps the left centres onto the right ones with the least squared error.
Anterior commissure: it crosses the midline beneath the middle between the accumbens areas and the pallida, so their
centres give it. Posterior commissure: the upper end of where brain stem and third ventricle touch in the midline.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from engine.errors import BadLabelsError
from engine.measuring.structures import Structures

#: Left values of the pairs the plane rests on. The hemispheres themselves are left out: their front and back differ in
#: width between the sides, and the ventricles' sides may differ for any reason.
PAIRS = (7, 8, 10, 11, 12, 13, 17, 18, 26, 28)
FEWEST_PAIRS = 4
THALAMI, PALLIDA, ACCUMBENS = (10, 49), (13, 52), (26, 58)
THIRD, FOURTH, STEM = 14, 15, 16
#: Half the thickness of the slab that counts as the midline, and how near two labels touch.
SLAB_MM, TOUCH_MM = 3.0, 2.0
#: Commissures of an adult lie 23 to 32 mm apart; beyond these bounds the labels cannot be a head's.
SHORTEST_MM, LONGEST_MM = 12.0, 50.0
ESTIMATED = "The commissures are estimated from the labels (deep grey matter, brain stem, third ventricle)."


@dataclass(frozen=True, eq=False)
class HeadFrame:
    """A right-handed frame in world RAS mm.

    ``axes`` (3, 3): unit columns to the right, to the front along the line through the commissures, and up. ``ac`` and
    ``pc`` (3,): the commissures, on the mid-sagittal plane; the frame's origin is ``ac``. ``mirrored``: the labels
    called right lie to the left of a head that looks along ``front`` with its top at ``up``.
    """

    axes: np.ndarray
    ac: np.ndarray
    pc: np.ndarray
    mirrored: bool

    def to_frame(self, position: np.ndarray) -> np.ndarray:
        """(..., 3) world RAS mm -> (..., 3) mm to the right, front and up of the anterior commissure."""
        return (np.asarray(position, dtype=np.float64) - self.ac) @ self.axes

    def to_world(self, position: np.ndarray) -> np.ndarray:
        """(..., 3) mm in this frame -> (..., 3) world RAS mm."""
        return np.asarray(position, dtype=np.float64) @ self.axes.T + self.ac


def head_frame(structures: Structures) -> HeadFrame:
    """The frame of a label map. Raises `BadLabelsError` naming what is missing."""
    normal, offset = mid_sagittal_plane(structures)
    centres = structures.centres

    def projected(position: np.ndarray) -> np.ndarray:
        return position - (position @ normal - offset) * normal

    _demand(structures, (*ACCUMBENS, *PALLIDA, THIRD, STEM, *THALAMI))
    ac = projected(np.mean([centres[value] for value in (*ACCUMBENS, *PALLIDA)], axis=0))
    above = projected(np.mean([centres[value] for value in THALAMI], axis=0)) - projected(centres[STEM])
    touching = _touching(structures, normal, offset)
    pc = projected(touching.mean(axis=0))
    for _ in range(3):  # which points are the upper ones depends on the direction that they give
        front = (ac - pc) / np.linalg.norm(ac - pc)
        up = above - (above @ front) * front
        up /= np.linalg.norm(up)
        height = touching @ up
        pc = projected(touching[height >= np.percentile(height, 75)].mean(axis=0))
    distance = float(np.linalg.norm(ac - pc))
    if not SHORTEST_MM < distance < LONGEST_MM:
        raise BadLabelsError(
            f"The commissures come out {distance:.0f} mm apart, so the deep structures are not labelled as in a head; "
            "check the label map."
        )
    if (projected(np.mean([centres[value] for value in THALAMI], axis=0)) - ac) @ (pc - ac) <= 0:
        raise BadLabelsError(
            "The posterior commissure comes out in front of the anterior one, so brain stem and third ventricle are "
            "not labelled as in a head; correct these two labels."
        )
    front = (ac - pc) / distance
    up = above - (above @ front) * front
    up /= np.linalg.norm(up)
    right = np.cross(front, up)
    return HeadFrame(np.column_stack([right, front, up]), ac, pc, bool(right @ normal < 0))


def mid_sagittal_plane(structures: Structures) -> tuple[np.ndarray, float]:
    """Unit normal (3,) from the left to the right labels, and the plane's offset along it in mm.

    The mirror that maps left onto right with the least squared error has the normal n that minimises the sum over the
    pairs of 4 (n . m)^2 - (n . d)^2, with d from left to right centre and m their centred middle. Midline structures
    are pairs without distance. Raises `BadLabelsError` if too few pairs are there.
    """
    centres, table = structures.centres, structures.labels.table
    pairs = [(value, table[value].mirror) for value in PAIRS if value in table]
    pairs = [(left, right) for left, right in pairs if left in centres and right in centres]
    if len(pairs) < FEWEST_PAIRS:
        raise BadLabelsError(
            f"Only {len(pairs)} of {len(PAIRS)} pairs of left and right structures are labelled, too few to find the "
            "mid-sagittal plane; choose a label map of a whole brain."
        )
    midline = [centres[value] for value in (THIRD, FOURTH, STEM) if value in centres]
    across = np.array([centres[right] - centres[left] for left, right in pairs])
    middles = np.array([(centres[right] + centres[left]) / 2 for left, right in pairs] + midline)
    centred = middles - middles.mean(axis=0)
    _, vectors = np.linalg.eigh(4 * centred.T @ centred - across.T @ across)
    normal = vectors[:, 0]
    # Most pairs say which way is right, so that one pair with its sides exchanged changes nothing.
    normal = normal if np.sign(across @ normal).sum() >= 0 else -normal
    return normal, float(middles.mean(axis=0) @ normal)


def _demand(structures: Structures, values: tuple[int, ...]) -> None:
    missing = [structures.name(value) for value in values if value not in structures.boxes]
    if missing:
        raise BadLabelsError(
            f"The commissures cannot be estimated because no voxel is labelled {' or '.join(missing)}; complete the "
            "label map."
        )


def _touching(structures: Structures, normal: np.ndarray, offset: float) -> np.ndarray:
    """(N, 3) world positions of the midline brain stem that touch the third ventricle."""
    coarsest = max(structures.labels.grid.spacing)
    stem, third = (
        _in_slab(structures.voxels(value), normal, offset, max(SLAB_MM, coarsest)) for value in (STEM, THIRD)
    )
    if len(stem) and len(third):
        distance, _ = cKDTree(third).query(stem)
        touching: np.ndarray = stem[distance <= max(TOUCH_MM, 1.2 * coarsest)]
        if len(touching):
            return touching
    raise BadLabelsError(
        "The posterior commissure cannot be estimated because brain stem and third ventricle do not touch in the "
        "midline; correct these two labels."
    )


def _in_slab(positions: np.ndarray, normal: np.ndarray, offset: float, half_mm: float) -> np.ndarray:
    inside: np.ndarray = positions[np.abs(positions @ normal - offset) <= half_mm]
    return inside
