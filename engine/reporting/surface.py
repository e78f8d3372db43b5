"""The report's picture of the ventricles in 3D: the first surface along each line of sight, lit.

The engine draws without VTK, so the surface is found in a block of samples that lies along the line of sight: slice by
slice from the front, and the light falls on the gradient of the smoothed labels there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.labels import VENTRICLES
from engine.measuring.frame import HeadFrame
from engine.reporting.cuts import picture_axes
from engine.reporting.pictures import FINER, Picture, as_png, write_mark
from engine.volume import LabelMap

#: Where the eye stands, to the right, front and top of the ventricles: at the patient's left, before and above them.
EYE = np.array([-0.95, 0.75, 0.5])
#: Where the light comes from, to the eye's right, up and towards the eye.
LIGHT = np.array([-0.45, 0.65, 0.75])
STEP_MM, SMOOTH_MM = 1.0, 0.8
#: A smoothed label is inside from here on; a little below one half, so that thin horns stay.
EDGE = 0.42
AROUND = 0.12
BACK = np.array([16.0, 19.0, 23.0])
AMBIENT, DIFFUSE, SHINE = 0.28, 0.78, 0.22


@dataclass(frozen=True, eq=False)
class _Block:
    """Smoothed ventricles along the line of sight: ``shares`` (V, H, W, D) for each of ``values``, rows from the top,
    depth from the eye."""

    values: tuple[int, ...]
    shares: np.ndarray


def ventricle_picture(labels: LabelMap, frame: HeadFrame | None, pixels: int, mark: str) -> Picture | None:
    """The ventricles from the left, front and above, in their colours; None where no voxel is labelled as one."""
    from PIL import Image

    block = _block(labels, picture_axes(frame))
    if block is None:
        return None
    size = FINER * pixels
    depth = _first_surface(block.shares.sum(axis=0), size)
    seen = np.isfinite(depth)
    rows, columns = np.nonzero(seen)
    scale = np.array(block.shares.shape[1:3]) / size
    places = np.array([(rows + 0.5) * scale[0] - 0.5, (columns + 0.5) * scale[1] - 0.5, depth[seen]])
    colours = np.empty((size, size, 3))
    colours[:] = BACK
    colours[seen] = _lit(block, places, labels)
    picture = Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8))
    picture = picture.resize((pixels, pixels), Image.Resampling.BOX)
    write_mark(picture, mark)
    return Picture(as_png(picture), pixels, "Ventricles, from the left, front and above")


def _block(labels: LabelMap, axes: np.ndarray) -> _Block | None:
    from scipy import ndimage

    grid = labels.grid
    values = tuple(value for value in VENTRICLES if value in labels.table and (labels.data == value).any())
    if not values:
        return None
    voxels = np.argwhere(np.isin(labels.data, values))
    towards = axes @ EYE / np.linalg.norm(EYE)
    right = np.cross(axes[:, 2], towards)
    right /= np.linalg.norm(right)
    sight = np.column_stack([-np.cross(towards, right), right, -towards])  # down, right and away from the eye
    seen = grid.voxel_to_world(voxels) @ sight
    low, high = seen.min(axis=0), seen.max(axis=0)
    half = (high - low).max() / 2 * (1 + AROUND)
    middle = (low + high) / 2
    half_depth = (high - low)[2] / 2 + 4
    start = middle - np.array([half, half, half_depth])
    shape = [round(2 * length / STEP_MM) + 1 for length in (half, half, half_depth)]
    first = np.maximum(voxels.min(axis=0) - 2, 0)
    cut = labels.data[tuple(slice(a, b + 3) for a, b in zip(first, voxels.max(axis=0), strict=True))]
    matrix = np.linalg.inv(grid.affine[:3, :3]) @ sight * STEP_MM
    offset = grid.world_to_voxel(sight @ start) - first
    sigma = max(SMOOTH_MM, 0.5 * max(grid.spacing)) / STEP_MM
    shares = np.empty((len(values), *shape), dtype=np.float32)
    for share, value in zip(shares, values, strict=True):
        inside = (cut == value).astype(np.float32)
        sampled = ndimage.affine_transform(inside, matrix, offset, output_shape=tuple(shape), order=1)
        ndimage.gaussian_filter(sampled, sigma, output=share)
    return _Block(values, shares)


def _first_surface(inside: np.ndarray, size: int) -> np.ndarray:
    """(size, size) in steps of the block: how deep each line of sight first meets the surface, infinite where never."""
    from PIL import Image

    depth = np.full((size, size), np.inf, dtype=np.float32)
    before = np.zeros_like(depth)
    for k in range(inside.shape[2]):
        layer = inside[:, :, k]
        if layer.max() < EDGE:
            before = np.zeros_like(depth)
            continue
        picture = Image.fromarray(np.ascontiguousarray(layer))
        now = np.asarray(picture.resize((size, size), Image.Resampling.BICUBIC))
        new = (now >= EDGE) & np.isinf(depth)
        rise = np.maximum(now[new] - before[new], 1e-6)
        depth[new] = k - np.clip((now[new] - EDGE) / rise, 0, 1)
        before = now
    return depth


def _lit(block: _Block, places: np.ndarray, labels: LabelMap) -> np.ndarray:
    """(N, 3) colours at places (3, N) of the surface: a soft shadow and a dull shine."""
    from scipy import ndimage

    shares = np.array([ndimage.map_coordinates(share, places, order=1) for share in block.shares])
    table = np.array([labels.table[value].colour for value in block.values], dtype=np.float64)
    own = 110 + 0.57 * table[shares.argmax(axis=0)]
    whole = block.shares.sum(axis=0)
    normal = np.array([ndimage.map_coordinates(part, places, order=1) for part in np.gradient(whole)])
    # The gradient leads inwards; rows lead down and depth away from the eye, so that (right, up, to the eye) is this.
    normal = np.array([-normal[1], normal[0], normal[2]])
    normal /= np.maximum(np.linalg.norm(normal, axis=0), 1e-6)
    light = LIGHT / np.linalg.norm(LIGHT)
    facing = np.clip(light @ normal, 0, 1)
    half = light + np.array([0, 0, 1.0])
    shine = np.clip(half / np.linalg.norm(half) @ normal, 0, 1) ** 24
    lit: np.ndarray = own * (AMBIENT + DIFFUSE * facing)[:, None] + 255 * SHINE * shine[:, None]
    return lit
