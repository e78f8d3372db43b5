"""Volumes, label maps and movements as SimpleITK has them: world space is LPS there, and arrays are (K, J, I)."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import numpy as np

from engine.comparing.rigid import Rigid
from engine.grid import Grid, crop_grid
from engine.io.itk import simpleitk
from engine.labels import BACKGROUND
from engine.volume import LabelMap, Volume

#: RAS <-> LPS.
FLIP = np.diag([-1.0, -1.0, 1.0])
#: Labels are moved so many slices at a time, so that the work can be stopped in between.
SLAB = 8


def itk_image(data: np.ndarray, grid: Grid) -> Any:
    """``data`` (I, J, K) on ``grid`` as a SimpleITK image."""
    sitk = simpleitk()

    image = sitk.GetImageFromArray(np.ascontiguousarray(data.T))
    image.SetSpacing(grid.spacing)
    image.SetOrigin((FLIP @ grid.affine[:3, 3]).tolist())
    image.SetDirection((FLIP @ grid.direction).ravel().tolist())
    return image


def itk_transform(movement: Rigid) -> Any:
    """A movement of points as a SimpleITK transform."""
    sitk = simpleitk()

    transform = sitk.VersorRigid3DTransform()
    transform.SetMatrix((FLIP @ movement.rotation @ FLIP).ravel().tolist(), 1e-6)
    transform.SetTranslation((FLIP @ movement.shift).tolist())
    return transform


def movement_of(transform: Any) -> Rigid:
    """A rigid SimpleITK transform, with any centre, as a movement."""
    matrix = np.array(transform.GetMatrix()).reshape(3, 3)
    shift = np.array(transform.TransformPoint((0.0, 0.0, 0.0)))
    return Rigid(FLIP @ matrix @ FLIP, FLIP @ shift)


def moved_image(volume: Volume, grid: Grid, to_source: Rigid) -> Volume:
    """The image on another grid, trilinear, 0 outside; ``to_source``: where a world point of ``grid`` lies in the
    image."""
    sitk = simpleitk()

    source = itk_image(volume.data, volume.grid)
    return Volume(_resampled(source, grid, to_source, sitk.sitkLinear), grid, volume.unit)


def moved_labels(labels: LabelMap, grid: Grid, to_source: Rigid) -> Generator[tuple[int, int], None, LabelMap]:
    """The label map on another grid, background outside. Yields (step, steps).

    Each voxel gets the label with the largest trilinear weight: smoother than the nearest voxel's, and no label comes
    up that was not there.
    """
    sitk = simpleitk()

    source = itk_image(labels.data, labels.grid)
    data: np.ndarray = np.full(grid.shape, BACKGROUND, dtype=np.uint16, order="F")
    box = _reached(labels, grid, to_source)
    depth = range(box[2].start, box[2].stop, SLAB)
    for step, k in enumerate(depth):
        yield step, len(depth)
        part = box[0], box[1], slice(k, min(k + SLAB, box[2].stop))
        start = np.array([side.start for side in part])
        i, j, n = (side.stop - side.start for side in part)
        data[part] = _resampled(source, crop_grid(grid, start, (i, j, n)), to_source, sitk.sitkLabelLinear)
    return LabelMap(data, grid, labels.table)


def labelled_box(labels: LabelMap) -> tuple[slice, slice, slice]:
    """The voxels around everything that is labelled; the whole map if nothing is."""
    there = [np.flatnonzero(_any_across(labels.data, axis)) for axis in range(3)]
    if not len(there[0]):
        i, j, k = (slice(0, n) for n in labels.grid.shape)
    else:
        i, j, k = (slice(int(found[0]), int(found[-1]) + 1) for found in there)
    return i, j, k


def corners(grid: Grid, box: tuple[slice, slice, slice]) -> np.ndarray:
    """(8, 3) world RAS mm of the outer corners of a box of voxels."""
    ends = [(side.start - 0.5, side.stop - 0.5) for side in box]
    return grid.voxel_to_world(np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3))


def _any_across(data: np.ndarray, axis: int) -> np.ndarray:
    return np.asarray(data.any(axis=tuple(a for a in range(3) if a != axis)))


def _reached(labels: LabelMap, grid: Grid, to_source: Rigid) -> tuple[slice, slice, slice]:
    """The voxels of ``grid`` that labels can come to."""
    moved = grid.world_to_voxel(to_source.inverse(corners(labels.grid, labelled_box(labels))))
    shape = np.array(grid.shape)
    low = np.clip(np.floor(moved.min(axis=0)), 0, shape).astype(int)
    high = np.clip(np.ceil(moved.max(axis=0)) + 1, 0, shape).astype(int)
    i, j, k = (slice(int(a), max(int(a), int(b))) for a, b in zip(low, high, strict=True))
    return i, j, k


def _resampled(source: Any, target: Grid, to_source: Rigid, interpolator: int) -> np.ndarray:
    sitk = simpleitk()

    resample = sitk.ResampleImageFilter()
    resample.SetSize(target.shape)
    resample.SetOutputSpacing(target.spacing)
    resample.SetOutputOrigin((FLIP @ target.affine[:3, 3]).tolist())
    resample.SetOutputDirection((FLIP @ target.direction).ravel().tolist())
    resample.SetTransform(itk_transform(to_source))
    resample.SetInterpolator(interpolator)
    # One core is left to the window.
    resample.SetNumberOfThreads(max(1, (os.cpu_count() or 1) - 1))
    moved: np.ndarray = sitk.GetArrayFromImage(resample.Execute(source)).T
    return moved
