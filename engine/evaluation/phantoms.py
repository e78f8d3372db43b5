"""A head of boxes whose measures are known by construction, on any grid and in any pose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.grid import Grid
from engine.labels import CSF
from engine.volume import LabelMap

Range = tuple[float, float]
#: Half the length of the head (front to back) and its lowest and highest place, in mm of the phantom.
HEAD_LENGTH_MM, LOWEST_MM, HIGHEST_MM = 80.0, -45.0, 55.0
#: Right structures as boxes: left value, right value, from and to mm across, to the front and up. The anterior
#: commissure is the origin; the posterior one lies 24 mm behind it.
PAIRED = (
    (8, 47, (4, 34), (-70, -46), (-40, -18)),
    (10, 49, (4, 14), (-30, -4), (0, 10)),
    (11, 50, (22, 26), (-4, 20), (2, 16)),
    (12, 51, (20, 28), (-14, 14), (-6, 6)),
    (13, 52, (14, 18), (-8, 2), (-4, 4)),
    (17, 53, (18, 28), (-30, -4), (-20, -12)),
    (18, 54, (16, 24), (-4, 6), (-24, -12)),
    (26, 58, (6, 12), (-2, 8), (-4, 4)),
    (28, 60, (4, 12), (-18, -6), (-8, 0)),
)
#: Where the boxes of the ventricles lie along the front axis and up.
FRONTAL, BODY, OCCIPITAL, TEMPORAL = (-4, 26), (-46, -4), (-68, -46), (-20, 6)


@dataclass(frozen=True)
class Phantom:
    """Known widths in mm, and the callosal angle in degrees."""

    skull_mm: float = 136.0
    frontal_mm: float = 40.0
    occipital_mm: float = 64.0
    third_mm: float = 8.0
    temporal_mm: float = 8.0
    callosal_deg: float = 110.0

    def truth(self) -> dict[str, float]:
        """Key of a measure -> its exact value."""
        return {
            "evans_index": self.frontal_mm / self.skull_mm,
            "frontal_occipital_horn_ratio": (self.frontal_mm + self.occipital_mm) / (2 * self.skull_mm),
            "callosal_angle": self.callosal_deg,
            "third_ventricle_width": self.third_mm,
            "left_temporal_horn_width": self.temporal_mm,
            "right_temporal_horn_width": self.temporal_mm,
            "lateral_ventricle_asymmetry": 0.0,
            "inferior_lateral_ventricle_asymmetry": 0.0,
        }

    def lengths(self) -> dict[str, float]:
        """Name of a line -> its exact length in mm."""
        return {
            "frontal horns": self.frontal_mm,
            "occipital horns": self.occipital_mm,
            "inner skull": self.skull_mm,
            "third ventricle": self.third_mm,
            "left inferior lateral ventricle": self.temporal_mm,
            "right inferior lateral ventricle": self.temporal_mm,
        }


def phantom_map(phantom: Phantom, grid: Grid, rotation: np.ndarray | None = None) -> LabelMap:
    """The phantom on ``grid``, its anterior commissure at the world's origin, turned by ``rotation`` (3, 3)."""
    turn = np.eye(3) if rotation is None else rotation
    voxels = np.moveaxis(np.indices(grid.shape, dtype=np.float64), 0, -1)
    x, y, z = np.moveaxis(grid.voxel_to_world(voxels) @ turn, -1, 0)
    data = np.zeros(grid.shape, dtype=np.uint16)
    length = HEAD_LENGTH_MM + 20.0
    head = (2 * x / phantom.skull_mm) ** 2 + ((y + 20.0) / length) ** 2 <= 1
    head &= (z >= LOWEST_MM) & (z <= HIGHEST_MM)
    data[head] = CSF
    brain = (2 * x / (phantom.skull_mm - 10)) ** 2 + ((y + 20.0) / (length - 8)) ** 2 <= 1
    brain &= (z >= LOWEST_MM + 4) & (z <= HIGHEST_MM - 4)
    data[brain & (x < 0)], data[brain & (x >= 0)] = 2, 41

    # All else lies in the middle of the head, and only there it is looked for.
    middle = np.nonzero((np.abs(x) < 40) & (y > -72) & (y < 28) & (z > -44) & (z < 34))
    data[middle] = _deep(phantom, data[middle], x[middle], y[middle], z[middle])
    return LabelMap(data, grid)


def _deep(phantom: Phantom, values: np.ndarray, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The values (N,) at places (N,) in the phantom's mm, with ventricles and deep structures put in."""

    def box(across: np.ndarray, sides: Range, deep: Range, high: Range) -> np.ndarray:
        inside = (across >= sides[0]) & (across < sides[1]) & (y >= deep[0]) & (y < deep[1])
        within: np.ndarray = inside & (z >= high[0]) & (z < high[1])
        return within

    for left, right, sides, deep, high in PAIRED:
        for value, across in ((left, -x), (right, x)):
            values[box(across, sides, deep, high)] = value
    slope = 1 / np.tan(np.radians(phantom.callosal_deg / 2))
    half = phantom.temporal_mm / 2
    for lateral, inferior, across in ((4, 5, -x), (43, 44, x)):
        roof = (across >= 0) & (across < 16) & (y >= BODY[0]) & (y < BODY[1]) & (z >= 14)
        values[roof & (z < 18 + slope * across)] = lateral
        values[box(across, (0, phantom.frontal_mm / 2), FRONTAL, (12, 26))] = lateral
        values[box(across, (12, phantom.occipital_mm / 2), OCCIPITAL, (6, 22))] = lateral
        values[box(across, (34 - half, 34 + half), TEMPORAL, (-26, -14))] = inferior
    values[box(x, (-phantom.third_mm / 2, phantom.third_mm / 2), (-24, 2), (-8, 6))] = 14
    # The upper end of where the brain stem touches the third ventricle is about as high as the anterior commissure.
    values[box(x, (-8, 8), (-32, -24), (-42, 2))] = 16
    values[box(x, (-4, 4), (-40, -32), (-36, -20))] = 15
    return values
