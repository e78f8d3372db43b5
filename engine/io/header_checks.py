"""A scan's header as a checklist: what was looked at, and in one sentence each what was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.grid import Grid
from engine.io.header import APART_MM, ScanHeader

#: Voxels beyond these, in mm, are unusual for a head scan.
SMALLEST_MM, THICK_MM = 0.3, 2.5
#: A longest side of a voxel so many times the shortest makes thin structures hard to see.
FLAT_VOXEL = 3.0
#: A head is between these, in mm, in every direction.
SMALL_EXTENT_MM, LARGE_EXTENT_MM = 110.0, 400.0
#: Tilts in degrees that go without saying, and beyond which views look unusual.
STRAIGHT_DEGREES, TILTED_DEGREES = 1.0, 25.0
#: Air in CT.
CT_LOW = -500.0
DIRECTIONS = {"R": "left to right", "L": "left to right", "A": "back to front", "P": "back to front"}
SIDES = {"R": "right", "L": "left", "A": "front", "P": "back", "S": "top", "I": "bottom"}


@dataclass(frozen=True)
class Check:
    """One line of the list: what was looked at, whether it is as it should be, and a sentence."""

    name: str
    passed: bool
    sentence: str


def checks(header: ScanHeader) -> tuple[Check, ...]:
    """The whole list, in the order in which one would look."""
    grid = header.grid
    found = (_sides, _agreement, _voxels, _thickness, _extent, _tilt, _unit, _intensities)
    listed = tuple(check(header, grid) for check in found)
    return listed + tuple(Check("Noticed", False, note) for note in header.notes)


def oblique_degrees(grid: Grid) -> float:
    """The largest angle in degrees between a voxel axis and the body's axis it lies closest to."""
    nearest = np.abs(grid.direction).max(axis=0)
    return float(np.degrees(np.arccos(np.clip(nearest.min(), 0, 1))))


def facts(header: ScanHeader) -> Iterator[tuple[str, str]]:
    """What the header says, as name and value, for people."""
    grid = header.grid
    towards = ", ".join(SIDES[code] for code in grid.codes)
    yield "Format", header.format
    yield "Voxels", " × ".join(map(str, grid.shape))
    yield "Voxel size", f"{_sizes(grid)} mm"
    yield "Extent", " × ".join(f"{length:.0f}" for length in np.array(grid.shape) * grid.spacing) + " mm"
    yield "Orientation", f"{grid.codes} (voxel axes point to {towards})"
    yield "Tilt", f"{oblique_degrees(grid):.1f}°"
    yield "Geometry from", header.affine_source
    yield "Stored as", header.stored_as
    if header.low is not None and header.high is not None:
        yield "Intensities", f"{header.low:.6g} to {header.high:.6g} {header.unit}".strip()
    yield from header.facts


def _sizes(grid: Grid) -> str:
    return " × ".join(f"{size:.3g}" for size in grid.spacing)


def _sides(header: ScanHeader, _grid: Grid) -> Check:
    if header.sides_known:
        return Check("Left and right", True, "The file says which side is left.")
    sentence = "The file cannot tell left from right; compare it with the original before you trust the sides."
    return Check("Left and right", False, sentence)


def _agreement(header: ScanHeader, _grid: Grid) -> Check:
    if header.disagreement_mm > APART_MM:
        sentence = (
            f"The file's two transforms (sform and qform) put the same voxel up to {header.disagreement_mm:.1f} mm "
            "apart; the sform is used."
        )
        return Check("Place in space", False, sentence)
    return Check("Place in space", True, f"It comes from {header.affine_source}, and nothing contradicts it.")


def _voxels(_header: ScanHeader, grid: Grid) -> Check:
    smallest, ratio = min(grid.spacing), max(grid.spacing) / min(grid.spacing)
    if smallest < SMALLEST_MM:
        return Check("Voxel size", False, f"Voxels of {_sizes(grid)} mm are unusually small; check the unit.")
    if ratio > FLAT_VOXEL:
        sentence = f"Voxels of {_sizes(grid)} mm are {ratio:.1f} times longer than wide; shapes are coarse along them."
        return Check("Voxel size", False, sentence)
    return Check("Voxel size", True, f"Voxels measure {_sizes(grid)} mm.")


def _thickness(_header: ScanHeader, grid: Grid) -> Check:
    thickest = max(grid.spacing)
    if thickest > THICK_MM:
        sentence = f"Slices {thickest:.3g} mm thick blur small ventricles (third, fourth, temporal horns)."
        return Check("Slice thickness", False, sentence)
    return Check("Slice thickness", True, f"At most {thickest:.3g} mm, thin enough for small ventricles.")


def _extent(_header: ScanHeader, grid: Grid) -> Check:
    sides = np.array(grid.shape) * grid.spacing
    for code, length in zip(grid.codes, sides, strict=True):
        if not SMALL_EXTENT_MM <= length <= LARGE_EXTENT_MM:
            said = "less than a whole head" if length < SMALL_EXTENT_MM else "more than a head"
            direction = DIRECTIONS.get(code, "bottom to top")
            return Check("Extent", False, f"It covers {length:.0f} mm from {direction}, which is {said}.")
    return Check("Extent", True, "It is large enough for a whole head.")


def _tilt(_header: ScanHeader, grid: Grid) -> Check:
    angle = oblique_degrees(grid)
    if angle > TILTED_DEGREES:
        sentence = f"The slices are tilted by {angle:.0f} degrees; the views show them square on, so heads look tilted."
        return Check("Tilt", False, sentence)
    said = "along the body's axes" if angle < STRAIGHT_DEGREES else f"tilted by {angle:.0f} degrees, as is usual"
    return Check("Tilt", True, f"The slices lie {said}.")


def _unit(header: ScanHeader, _grid: Grid) -> Check:
    if header.length_unit in ("", "mm"):
        said = "are in mm." if header.length_unit else "have no unit in the file; mm is meant, as always."
        return Check("Unit of length", True, f"Lengths {said}")
    sentence = f"The header says lengths are in {header.length_unit}; only mm make a head, so mm is used."
    return Check("Unit of length", False, sentence)


def _intensities(header: ScanHeader, _grid: Grid) -> Check:
    if header.unit == "HU" or (header.low is not None and header.low < CT_LOW):
        sentence = "The intensities look like CT; ventricles are found best in T1-weighted MR."
        return Check("Intensities", False, sentence)
    return Check("Intensities", True, "The intensities are those of an ordinary grey-scale image.")
