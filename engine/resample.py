"""Moving images and labels from one grid to another."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from engine.grid import Grid
from engine.volume import LabelMap, Volume


def resampled_image(volume: Volume, grid: Grid) -> Volume:
    """The image on another grid, trilinear, 0 outside; where the grid is coarser, smoothed first to its spacing so that
    nothing is skipped."""
    ratio = _spacing_along(volume.grid, grid)
    data = np.asarray(volume.data)
    sigma = np.where(ratio > 1.01, 0.42 * np.sqrt(np.maximum(ratio**2 - 1, 0)), 0.0)
    if sigma.any():
        data = ndimage.gaussian_filter(data, sigma, truncate=2.5)
    return Volume(_transformed(data, volume.grid, grid, order=1), grid, volume.unit)


def resampled_labels(labels: LabelMap, grid: Grid) -> LabelMap:
    """The label map on another grid, nearest neighbour, background outside."""
    return LabelMap(_transformed(np.asarray(labels.data), labels.grid, grid, order=0), grid, labels.table)


def _spacing_along(source: Grid, target: Grid) -> np.ndarray:
    """(3,) how many voxels of ``source`` one step of ``target`` covers, along each axis of ``source``."""
    return np.abs(source.to_grid(target)[:3, :3]).max(axis=1)


def _transformed(data: np.ndarray, source: Grid, target: Grid, *, order: int) -> np.ndarray:
    matrix = source.to_grid(target)
    linear, offset = matrix[:3, :3], matrix[:3, 3]
    axes = np.abs(linear).argmax(axis=1)
    aligned = len(set(axes)) == 3 and np.count_nonzero(np.abs(linear) > 1e-4 * np.abs(linear).max()) == 3
    if aligned:
        # Axes only permuted, flipped and scaled: scipy's separable form is several times faster.
        data = np.transpose(data, np.argsort(axes))
        order_of = np.argsort(axes)
        diagonal = linear[order_of, np.arange(3)]
        return ndimage.affine_transform(
            data, diagonal, offset[order_of], output_shape=target.shape, order=order, mode="grid-constant"
        )
    return ndimage.affine_transform(data, linear, offset, output_shape=target.shape, order=order, mode="grid-constant")
