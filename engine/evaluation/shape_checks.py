"""What may be wrong with a label map of the right volume: missing labels, swapped sides, fragments, rough surfaces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from engine.labels import BACKGROUND, VENTRICLES
from engine.volume import LabelMap

#: Standard deviations in mm of the smoothings whose surface areas are compared.
FINE_MM, SMOOTH_MM = 0.7, 2.5
#: Voxels that touch with a corner belong together; thin horns would fall apart otherwise, in real label maps too.
_TOUCHING = np.ones((3, 3, 3), dtype=bool)


@dataclass(frozen=True)
class Shape:
    """The checks of one label map.

    ``missing``: values of the table without a voxel. ``swapped``: left values whose middle is not on the left of the
    right structure's. ``largest_share``: (value, share 0-1 of its voxels in its largest piece) of each ventricle that
    is there. ``exposed_voxels``: ventricle voxels with a face to background, ``outside_voxels``: to background that is
    not a hole inside the brain, which real label maps have. ``strays``: pieces beside the largest of every structure,
    and the share of all brain voxels in them. ``roughness``: see `roughness`; of all ventricles.
    """

    missing: tuple[int, ...]
    swapped: tuple[int, ...]
    largest_share: tuple[tuple[int, float], ...]
    exposed_voxels: int
    outside_voxels: int
    strays: int
    stray_share: float
    roughness: float

    @property
    def ventricles_present(self) -> bool:
        """Whether all six ventricle labels are there."""
        return not set(self.missing) & set(VENTRICLES)

    @property
    def sound(self) -> bool:
        """All six ventricles there, left and right right, ventricles inside the brain."""
        return self.ventricles_present and not self.swapped and self.outside_voxels == 0


def check_shape(labels: LabelMap) -> Shape:
    """All checks of a label map."""
    data, table = np.asarray(labels.data), labels.table
    boxes = ndimage.find_objects(data.astype(np.int32))
    present = [n + 1 for n, box in enumerate(boxes) if box is not None]
    pieces = {value: _pieces(data[boxes[value - 1]] == value) for value in present}
    ventricles = np.isin(data, VENTRICLES)
    stray = sum(int(sizes.sum() - sizes.max()) for sizes in pieces.values())
    wanted = {int(v) for v in table.values} - {BACKGROUND}
    return Shape(
        missing=tuple(sorted(wanted - set(present))),
        swapped=tuple(swapped_sides(labels)),
        largest_share=tuple((v, float(pieces[v].max() / pieces[v].sum())) for v in VENTRICLES if v in pieces),
        exposed_voxels=exposed_voxels(ventricles, data == BACKGROUND),
        outside_voxels=exposed_voxels(ventricles, outer(data == BACKGROUND)),
        strays=sum(len(sizes) - 1 for sizes in pieces.values()),
        stray_share=stray / max(1, int(np.count_nonzero(data))),
        roughness=roughness(ventricles, labels.grid.spacing),
    )


def _pieces(mask: np.ndarray) -> np.ndarray:
    """(N,) voxels of each connected piece."""
    pieces, _ = ndimage.label(mask, _TOUCHING)
    return np.bincount(pieces.ravel())[1:]


def swapped_sides(labels: LabelMap) -> list[int]:
    """The left values whose mean world x is not smaller than that of the structure on the right (RAS: x grows to the
    patient's right). Pairs of which one is missing are passed over."""
    data, table = np.asarray(labels.data), labels.table
    pairs = [(label.value, label.mirror) for label in table.labels if label.name.startswith("Left ")]
    index = sorted({value for pair in pairs for value in pair} & set(np.unique(data).tolist()))
    middles = ndimage.center_of_mass(np.ones(data.shape, np.uint8), data, index) if index else []
    x = {v: float(labels.grid.voxel_to_world(np.array(m))[0]) for v, m in zip(index, middles, strict=True)}
    return [left for left, right in pairs if left in x and right in x and not x[left] < x[right]]


def outer(background: np.ndarray) -> np.ndarray:
    """The part of a mask (I, J, K) that reaches the end of the grid over faces, so without holes in the brain."""
    pieces, _ = ndimage.label(background)
    rim = [np.unique(np.take(pieces, (0, -1), axis=axis)) for axis in range(pieces.ndim)]
    return background & np.isin(pieces, np.concatenate(rim))


def exposed_voxels(inside: np.ndarray, outside: np.ndarray) -> int:
    """How many voxels of a mask share a face with the other mask, or with the end of the grid."""
    return int(np.count_nonzero(inside & ndimage.binary_dilation(outside, border_value=1)))


def roughness(mask: np.ndarray, spacing: tuple[float, float, float]) -> float:
    """Surface area of a mask over that of the smoothed shape: 1 is smooth, more is rougher; NaN for nothing.

    The area is the total variation of the mask blurred by a Gaussian of `FINE_MM`, and of `SMOOTH_MM` for the smoothed
    shape: for a smooth surface both are its area (De Giorgi's perimeter), a ragged one loses area as it is blurred.
    """
    if not mask.any():
        return float("nan")
    # A margin, so that the blurred shape fades out inside the box.
    margin = [int(np.ceil(4 * SMOOTH_MM / s)) for s in spacing]
    box = ndimage.find_objects(mask.view(np.uint8))[0]
    shape = np.pad(mask[box].astype(np.float32), [(m, m) for m in margin])
    fine, smooth = (_area(shape, sigma, spacing) for sigma in (FINE_MM, SMOOTH_MM))
    return fine / smooth


def _area(shape: np.ndarray, sigma_mm: float, spacing: tuple[float, float, float]) -> float:
    blurred = ndimage.gaussian_filter(shape, [sigma_mm / s for s in spacing])
    slope = np.sqrt(sum(np.square(part) for part in np.gradient(blurred, *spacing)))
    return float(slope.sum() * np.prod(spacing))
