"""How the pictures of a series lie on each other: plain geometry, from positions to a grid.

DICOM's world is LPS: x grows to the patient's left, y to the back. `ImageOrientationPatient` gives the direction along
a row first; `PixelSpacing` gives the distance between rows first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.io.dicom.headers import Picture
from engine.io.itk import LPS_TO_RAS

#: Directions that differ by more than this (their largest component) belong to different stacks.
SAME_DIRECTION = 0.01
#: A slice may lie this far from its even place: mm, and as a share of the distance between slices.
EVEN_MM, EVEN_SHARE = 0.05, 0.02
#: A stack is filled in across gaps up to this many slices.
MOST_MISSING = 4
#: Slices that are shifted by more than this, as an angle in degrees, are worth a word.
SHEAR_DEGREES = 0.5


@dataclass(frozen=True, eq=False)
class Stack:
    """Slices in order along their normal. ``affine`` (4, 4) voxel -> world RAS mm of the volume they make; ``mix``
    (K, 2) and ``weight`` (K,): which two slices each of its K slices lies between, and the share of the second;
    ``notes``: what is unusual, as sentences; ``problem``: why they make no volume, as half a sentence, ""
    if they do."""

    pictures: tuple[Picture, ...]
    affine: np.ndarray
    mix: np.ndarray
    weight: np.ndarray
    notes: tuple[str, ...] = ()
    problem: str = ""


def split(pictures: Sequence[Picture]) -> list[list[Picture]]:
    """The pictures of a series as the volumes they may make: one size, direction and kind each, and one picture a
    place, where that can be told."""
    groups: dict[tuple[object, ...], list[Picture]] = {}
    directions: list[np.ndarray] = []
    for picture in _without_copies(pictures):
        key = (picture.about.size, _direction_number(picture, directions), picture.spacing, picture.kind)
        groups.setdefault(key, []).append(picture)
    return [part for group in groups.values() for part in _one_a_place(group)]


def stack(pictures: Sequence[Picture]) -> Stack:
    """How these pictures of one direction make a volume, or why they do not."""
    ordered, offsets = _in_order(pictures)
    first = ordered[0]
    if first.position is None or first.orientation is None or first.spacing is None:
        return _none(ordered, "it does not say how its pictures lie in space")
    if len(ordered) < 2:
        return _none(ordered, "it is a single picture")
    steps = np.diff(offsets)
    usual = float(np.median(steps))
    if float(steps.min()) < EVEN_MM:
        return _none(ordered, "several of its pictures lie at the same place")
    count = round(float(offsets[-1] - offsets[0]) / usual) + 1
    even = np.linspace(offsets[0], offsets[-1], count)
    affine = _affine(ordered, count)
    notes = _notes(ordered, affine, usual)
    if count == len(ordered) and np.abs(even - offsets).max() <= max(EVEN_MM, EVEN_SHARE * usual):
        index = np.arange(count)
        return Stack(ordered, affine, np.stack((index, index), axis=1), np.zeros(count), notes)
    missing = round(float(steps.max()) / usual) - 1
    if missing > MOST_MISSING:
        return _none(ordered, f"{missing} slices are missing at one place, too many to fill in")
    above = np.clip(np.searchsorted(offsets, even), 1, len(ordered) - 1)
    below = above - 1
    weight = np.clip((even - offsets[below]) / steps[below], 0, 1)
    lost = count - len(ordered)
    unusual = (
        f"{lost} slice{'s are' if lost > 1 else ' is'} missing inside the series and filled in between the neighbours."
        if lost > 0
        else "The slices are not evenly spaced; they were brought to even places between their neighbours."
    )
    return Stack(ordered, affine, np.stack((below, above), axis=1), weight, (unusual, *notes))


def _without_copies(pictures: Sequence[Picture]) -> list[Picture]:
    """Each picture once, also where its file was copied under another name."""
    return list({(picture.sop, picture.frame): picture for picture in pictures}.values())


def _direction_number(picture: Picture, known: list[np.ndarray]) -> int:
    if picture.orientation is None:
        return -1
    direction = np.array(picture.orientation)
    for number, other in enumerate(known):
        if np.abs(direction - other).max() < SAME_DIRECTION:
            return number
    known.append(direction)
    return len(known) - 1


def _one_a_place(pictures: list[Picture]) -> list[list[Picture]]:
    """Where every place has the same number of pictures, the first of each make a volume, the second another ..."""
    if any(picture.position is None or picture.orientation is None for picture in pictures):
        return [pictures]
    ordered, offsets = _in_order(pictures)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(offsets) > EVEN_MM) + 1, [len(ordered)]))
    counts = np.diff(starts)
    if counts.max() == 1 or counts.min() != counts.max():
        return [pictures]
    return [[ordered[start + n] for start in starts[:-1]] for n in range(int(counts[0]))]


def _in_order(pictures: Sequence[Picture]) -> tuple[tuple[Picture, ...], np.ndarray]:
    """The pictures along their normal, and how far along it each lies in mm."""
    if any(picture.position is None or picture.orientation is None for picture in pictures):
        return tuple(pictures), np.zeros(len(pictures))
    normal = _normal(pictures[0])
    offsets = np.round([np.dot(np.array(picture.position), normal) for picture in pictures], 4)
    order = sorted(range(len(pictures)), key=lambda n: (offsets[n], pictures[n].number, pictures[n].frame))
    return tuple(pictures[n] for n in order), offsets[order]


def _normal(picture: Picture) -> np.ndarray:
    assert picture.orientation is not None
    row, column = np.reshape(picture.orientation, (2, 3))
    normal = np.cross(row, column)
    length = np.linalg.norm(normal)
    return normal / length if length > 0 else normal


def _affine(ordered: Sequence[Picture], count: int) -> np.ndarray:
    first, last = ordered[0], ordered[-1]
    assert first.orientation is not None
    assert first.spacing is not None
    row, column = np.reshape(first.orientation, (2, 3))
    affine = np.eye(4)
    affine[:3, 0] = row * first.spacing[1]
    affine[:3, 1] = column * first.spacing[0]
    affine[:3, 2] = (np.array(last.position) - np.array(first.position)) / (count - 1)
    affine[:3, 3] = first.position
    return LPS_TO_RAS @ affine


def _notes(ordered: Sequence[Picture], affine: np.ndarray, step: float) -> tuple[str, ...]:
    notes = []
    along = LPS_TO_RAS[:3, :3] @ _normal(ordered[0])
    cosine = float(affine[:3, 2] @ along / np.linalg.norm(affine[:3, 2]))
    angle = float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    if angle > SHEAR_DEGREES:
        notes.append(f"The slices are shifted against each other by {angle:.1f} degrees (a tilted gantry).")
    thickness = ordered[0].thickness
    if thickness is not None and step > 1.05 * thickness + EVEN_MM:
        notes.append(
            f"The slices are {thickness:.3g} mm thick and {step:.3g} mm apart: what lies in the gaps was not scanned."
        )
    return tuple(notes)


def _none(ordered: Sequence[Picture], problem: str) -> Stack:
    return Stack(tuple(ordered), np.eye(4), np.zeros((0, 2), dtype=int), np.zeros(0), (), problem)
