"""Where the report's pictures lie: flat cuts through the head along its own axes, seen in the radiological way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.labels import BACKGROUND, LATERAL_VENTRICLES, VENTRICLES
from engine.measuring.record import Line, Measure
from engine.volume import LabelMap

if TYPE_CHECKING:  # it brings scipy along, and the window imports this room before it is on screen
    from engine.measuring.frame import HeadFrame

#: Room around the brain, and around the lines of a measure, as a share of their extent.
AROUND_BRAIN, AROUND_LINES = 0.16, 0.3
#: A picture of a measure shows no less than this.
SMALLEST_MM = 60.0
#: Lines nearer than this to one slice are drawn on it.
SAME_SLICE_MM = 0.1
#: The least cosine between an axis of the head and the world's for the pictures to follow the head's.
LEAST_AGREEMENT = 0.7


@dataclass(frozen=True, eq=False)
class Cut:
    """A square cut: its ``centre`` (3,) and unit vectors ``across`` (the picture's right) and ``up`` in world RAS mm,
    and how long its sides are."""

    name: str
    centre: np.ndarray
    across: np.ndarray
    up: np.ndarray
    side_mm: float

    def world(self, pixels: int) -> np.ndarray:
        """(pixels, pixels, 3) world positions of the picture's pixels, from its upper left."""
        along = ((np.arange(pixels) + 0.5) / pixels - 0.5) * self.side_mm
        return self.centre + along[None, :, None] * self.across - along[:, None, None] * self.up

    def pixel(self, position: Sequence[float] | np.ndarray, pixels: int) -> tuple[float, float]:
        """Where a world position (3,) lies in the picture, to the right and down from its upper left corner."""
        away = np.asarray(position, dtype=np.float64) - self.centre
        right, up = float(away @ self.across), float(away @ self.up)
        return (right / self.side_mm + 0.5) * pixels, (0.5 - up / self.side_mm) * pixels


def plane_cuts(labels: LabelMap, frame: HeadFrame | None) -> tuple[Cut, Cut, Cut]:
    """An axial, a coronal and a sagittal cut through the lateral ventricles, all at one scale.

    They follow the head's own axes, or the world's where these were not found or cannot be right. Without lateral
    ventricles they lead through whatever ventricle there is, or through the middle of the labels.
    """
    axes = picture_axes(frame)
    low, high = _extent(labels, axes)
    middle, side = (low + high) / 2, float((high - low).max()) * (1 + AROUND_BRAIN)
    through = _through(labels, axes, middle)
    right, front, up = axes.T

    def cut(name: str, normal: int, across: np.ndarray, upwards: np.ndarray) -> Cut:
        at = middle.copy()
        at[normal] = through[normal]
        return Cut(name, axes @ at, across, upwards, side)

    return cut("Axial", 2, -right, front), cut("Coronal", 1, -right, up), cut("Sagittal", 0, -front, up)


def picture_axes(frame: HeadFrame | None) -> np.ndarray:
    """(3, 3) unit columns to the right, front and top: the head's own where they roughly are the world's, for a head
    that seems to look backwards is more likely to be labelled badly."""
    if frame is None or float(np.diag(frame.axes).min()) < LEAST_AGREEMENT:
        return np.eye(3)
    return frame.axes


def measure_cuts(measure: Measure, axes: np.ndarray) -> tuple[tuple[Cut, tuple[Line, ...]], ...]:
    """The slices that the lines of a measure were taken from, each with its lines, all at one scale. ``axes`` (3, 3):
    unit columns to the head's right, front and top."""
    slices: list[list[Line]] = []
    for line in measure.lines:
        for others in slices:
            if _on_one_slice(others[0], line):
                others.append(line)
                break
        else:
            slices.append([line])
    cuts = [_cut_around(measure.definition.name, lines, axes) for lines in slices]
    side = max(cut.side_mm for cut in cuts) if cuts else 0.0
    return tuple((replace(cut, side_mm=side), tuple(lines)) for cut, lines in zip(cuts, slices, strict=True))


def _on_one_slice(one: Line, other: Line) -> bool:
    normal = np.array(one.plane.normal)
    apart = np.subtract(other.plane.point, one.plane.point) @ normal
    return abs(float(normal @ np.array(other.plane.normal))) > 0.999 and abs(float(apart)) < SAME_SLICE_MM


def _cut_around(name: str, lines: Sequence[Line], axes: np.ndarray) -> Cut:
    right, front, up = axes.T
    normal = np.array(lines[0].plane.normal)
    upwards = front if abs(normal @ up) > abs(normal @ front) else up
    ends = np.array([end for line in lines for end in (line.start, line.end)])
    flat = np.column_stack([ends @ right, ends @ upwards])
    low, high = flat.min(axis=0), flat.max(axis=0)
    at_right, at_up = (low + high) / 2
    height = float(lines[0].plane.point @ normal)
    centre = at_right * right + at_up * upwards + height * normal
    return Cut(name, centre, -right, upwards, max(SMALLEST_MM, float((high - low).max()) * (1 + AROUND_LINES)))


def _extent(labels: LabelMap, axes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and highest (3,) mm along ``axes`` of what is labelled; of the whole grid if nothing is."""
    positions = _positions(labels, None) @ axes
    return positions.min(axis=0), positions.max(axis=0)


def _through(labels: LabelMap, axes: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """(3,) mm along ``axes`` of the ventricles' middle; across, the middle of the larger lateral ventricle."""
    for values in (LATERAL_VENTRICLES[:2], LATERAL_VENTRICLES, VENTRICLES):
        found = [part @ axes for part in (_positions(labels, value) for value in values) if len(part)]
        if found:
            at: np.ndarray = np.median(np.concatenate(found), axis=0)
            at[0] = np.median(max(found, key=len)[:, 0])
            return at
    return middle


def _positions(labels: LabelMap, value: int | None) -> np.ndarray:
    """(N, 3) world RAS mm of every second voxel along each axis with a label, or with any but background."""
    every = np.asarray(labels.data[::2, ::2, ::2])
    voxels = np.argwhere(every != BACKGROUND if value is None else every == value)
    if value is None and not len(voxels):
        voxels = np.array([[0, 0, 0], every.shape])
    return labels.grid.voxel_to_world(2 * voxels)
