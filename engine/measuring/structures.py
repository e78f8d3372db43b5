"""Where labelled structures lie: their boxes and centres, and their masks cut out without islands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage

from engine.errors import BadLabelsError
from engine.grid import Grid, crop_grid
from engine.labels import BACKGROUND
from engine.volume import LabelMap

#: A connected part smaller than this share of its structure is an island: it is left out of every width.
ISLAND = 0.05

Box = tuple[slice, slice, slice]


@dataclass(frozen=True, eq=False)
class Mask:
    """A structure cut out with a margin of one voxel: ``inside`` (I, J, K) float32 0 or 1, on ``grid``."""

    inside: np.ndarray
    grid: Grid


@dataclass(frozen=True, eq=False)
class Structures:
    """The structures of a label map. Whatever is asked of one looks at its own box only."""

    labels: LabelMap

    @cached_property
    def boxes(self) -> dict[int, Box]:
        """Label value -> the box of its voxels, for every structure that has any."""
        # Transposed, since scipy would copy a Fortran-ordered array.
        found = ndimage.find_objects(self.labels.data.T)
        return {value: box[::-1] for value, box in enumerate(found, start=1) if box is not None}

    @cached_property
    def centres(self) -> dict[int, np.ndarray]:
        """Label value -> (3,) world RAS mm of its centre of mass, for every structure that has voxels."""
        return {value: self.labels.grid.voxel_to_world(self._centre(value)) for value in self.boxes}

    def _centre(self, value: int) -> np.ndarray:
        box = self.boxes[value]
        inside = self.labels.data[box] == value
        along_k = inside.sum(axis=(0, 1))
        plane = inside.sum(axis=2)
        counts = (plane.sum(axis=1), plane.sum(axis=0), along_k)
        return np.array(
            [axis.start + count @ np.arange(len(count)) / count.sum() for axis, count in zip(box, counts, strict=True)]
        )

    def name(self, value: int) -> str:
        """The structure's name as it stands in a sentence."""
        name = self.labels.table[value].name if value in self.labels.table else f"label {value}"
        return name[:1].lower() + name[1:]

    def voxels(self, value: int) -> np.ndarray:
        """(N, 3) world RAS mm of the structure's voxels; none if it has none."""
        if value not in self.boxes:
            return np.empty((0, 3))
        box = self.boxes[value]
        inside = np.argwhere(self.labels.data[box] == value)
        return self.labels.grid.voxel_to_world(inside + [axis.start for axis in box])

    def cut(self, *values: int) -> Mask:
        """The voxels that carry any of ``values``, islands left out. Raises `BadLabelsError` if there are none."""
        present = [value for value in values if value in self.boxes]
        if not present:
            raise BadLabelsError(
                f"No voxel is labelled {' or '.join(self.name(value) for value in values)}; complete the label map."
            )
        box = self._around(present)
        return self._cut(box, np.isin(self.labels.data[box], present))

    def cut_head(self) -> Mask:
        """Everything inside the skull: every label but background, islands left out. Raises `BadLabelsError`."""
        if not self.boxes:
            raise BadLabelsError("No voxel is labelled anything but background; choose another label map.")
        box = self._around(list(self.boxes))
        return self._cut(box, self.labels.data[box] != BACKGROUND)

    def _around(self, values: Sequence[int]) -> Box:
        boxes = [self.boxes[value] for value in values]
        i, j, k = (
            slice(min(box[axis].start for box in boxes), max(box[axis].stop for box in boxes)) for axis in range(3)
        )
        return i, j, k

    def _cut(self, box: Box, inside: np.ndarray) -> Mask:
        cut = np.pad(_without_islands(inside), 1).astype(np.float32)
        i, j, k = cut.shape
        return Mask(cut, crop_grid(self.labels.grid, np.array([axis.start for axis in box]) - 1, (i, j, k)))


def _without_islands(inside: np.ndarray) -> np.ndarray:
    # Thin horns hang together by corners only.
    parts, count = ndimage.label(inside, np.ones((3, 3, 3)))
    if count < 2:
        return inside
    sizes = np.bincount(parts.ravel(order="K"))
    sizes[0] = 0
    kept: np.ndarray = (sizes >= ISLAND * sizes.sum())[parts]
    return kept
