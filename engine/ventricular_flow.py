"""Ventricular flow: one brain's ventricles made larger or smaller by a smooth, invertible motion of its tissue.

Ventricles are sources of an incompressible flow, extracerebral CSF and (less so) the cerebral mantle its sinks, scaled
so that what flows out flows in. The velocity is the gradient of a potential, v = grad(phi) with Laplace(phi) = sources
- sinks, solved by a cosine transform (no flux through the grid's faces) on a grid of `COARSE` mm; the motion is
integrated in steps of at most half a coarse voxel with sources and sinks carried along. Outside the brain the motion
fades away. Topology stays as it was, as long as the Jacobian determinant of the map stays positive.
"""

from __future__ import annotations

from collections.abc import Collection, Generator
from dataclasses import dataclass

import numpy as np
from scipy import fft, ndimage

from engine.jacobian import smallest_determinant
from engine.labels import VENTRICLES

COARSE = 2
#: Divergence of the flow in each structure, relative to the lateral ventricles.
SOURCES = {4: 1.0, 43: 1.0, 5: 1.0, 44: 1.0, 14: 0.8, 15: 0.1}
SINKS = {24: 1.0, 2: 0.25, 3: 0.25, 41: 0.25, 42: 0.25}
#: Largest motion of one step, in coarse voxels.
LONGEST_STEP = 0.5
MOST_STEPS = 150
#: Nothing moves from here on outside the brain, in voxels of the full grid.
STILL = 12


@dataclass(frozen=True)
class Warp:
    """Where each point of the new brain comes from: ``displacement`` (3, i, j, k) float32, on every `COARSE`-th voxel,
    in voxels of the full grid: new(x) = old(x + displacement(x)). ``shape`` (I, J, K) is the full grid's."""

    displacement: np.ndarray
    shape: tuple[int, int, int]

    def coordinates(self) -> np.ndarray:
        """(3, I, J, K) float32 source coordinates of every voxel of the full grid."""
        fine = np.stack([_finer(component, self.shape) for component in self.displacement])
        for axis, size in enumerate(self.shape):
            along = [1, 1, 1]
            along[axis] = size
            fine[axis] += np.arange(size, dtype=np.float32).reshape(along)
        return fine

    def labels(self, data: np.ndarray) -> np.ndarray:
        """A label array (I, J, K) warped, nearest neighbour."""
        index = np.rint(self.coordinates()).astype(np.int32)
        for axis, size in enumerate(self.shape):
            np.clip(index[axis], 0, size - 1, out=index[axis])
        return data[tuple(index)]

    def image(self, data: np.ndarray) -> np.ndarray:
        """An image array (I, J, K) warped, trilinear, float32."""
        return ndimage.map_coordinates(data.astype(np.float32), self.coordinates(), order=1, mode="nearest")

    def smallest_jacobian(self) -> float:
        """A number that the Jacobian determinant of the map is nowhere smaller than; positive means nothing folds."""
        return smallest_determinant(self.displacement / COARSE)


def _finer(coarse: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Linear interpolation from every `COARSE`-th voxel to all of them."""
    out = coarse
    for axis, size in enumerate(shape):
        at = np.minimum(np.arange(size) / COARSE, out.shape[axis] - 1)
        low = np.minimum(at.astype(int), out.shape[axis] - 2)
        part = [1, 1, 1]
        part[axis] = size
        weight = (at - low).astype(np.float32).reshape(part)
        out = np.take(out, low, axis) * (1 - weight) + np.take(out, low + 1, axis) * weight
    return out


def _field(values: np.ndarray, weights: dict[int, float]) -> np.ndarray:
    """Weight of each voxel's structure, averaged to the coarse grid around each of its voxels."""
    lookup = np.zeros(int(values.max()) + 1, dtype=np.float32)
    for value, weight in weights.items():
        if value < len(lookup):
            lookup[value] = weight
    field = lookup[values]
    for axis in range(3):
        field = ndimage.convolve1d(field, [0.25, 0.5, 0.25], axis)
    return field[::COARSE, ::COARSE, ::COARSE]


def _fading(values: np.ndarray) -> np.ndarray:
    """(i, j, k) 1 in the brain, falling to 0 at `STILL` voxels from it."""
    outside = ndimage.distance_transform_edt(values[::COARSE, ::COARSE, ::COARSE] == 0) * (COARSE / STILL)
    nearness = np.clip(1 - outside, 0, 1).astype(np.float32)
    return nearness * nearness * (3 - 2 * nearness)


def _potential_gradient(divergence: np.ndarray) -> np.ndarray:
    """(3, i, j, k) v = grad(phi) with Laplace(phi) = divergence and no flux through the faces."""
    spectrum = fft.dctn(divergence, type=2)
    total = np.zeros(divergence.shape, dtype=np.float32)
    for axis, size in enumerate(divergence.shape):
        part = [1, 1, 1]
        part[axis] = size
        total = total + (2 * np.cos(np.pi * np.arange(size, dtype=np.float32) / size) - 2).reshape(part)
    total[0, 0, 0] = 1.0
    spectrum /= total
    spectrum[0, 0, 0] = 0.0
    return np.stack(np.gradient(fft.idctn(spectrum, type=2))).astype(np.float32)


def _sample(field: np.ndarray, at: np.ndarray) -> np.ndarray:
    return ndimage.map_coordinates(field, at, order=1, mode="nearest")


def flow(
    values: np.ndarray, voxel_ml: float, grow: bool, *, structures: Collection[int] = VENTRICLES
) -> Generator[tuple[Warp, float], None, None]:
    """Let ventricles of a label array (I, J, K) of 1 mm voxels grow, or shrink, without end: after each step its warp
    and an estimate of their volume in mL. Ends where nothing moves any more. ``structures``: the ventricles that are
    sources; the others are pushed along like tissue."""
    # The sources act on what is ventricle now: both fields are read through the warp made so far.
    sources = _field(values, {value: weight for value, weight in SOURCES.items() if value in structures})
    sinks = _field(values, SINKS)
    ventricles = _field(values, dict.fromkeys(structures, 1.0))
    fading = _fading(values)
    at = np.stack(np.meshgrid(*(np.arange(n, dtype=np.float32) for n in sources.shape), indexing="ij"))
    displacement = np.zeros_like(at)
    sign = np.float32(1 if grow else -1)
    for _ in range(MOST_STEPS):
        here = at + displacement
        source, sink = _sample(sources, here), _sample(sinks, here)
        if source.sum() < 1 or sink.sum() < 1:
            return
        velocity = sign * fading * _potential_gradient(source - sink * (source.sum() / sink.sum()))
        back = -velocity * (LONGEST_STEP / max(1e-6, float(np.linalg.norm(velocity, axis=0).max())))
        displacement = back + np.stack([_sample(u, at + back) for u in displacement])
        ml = float(_sample(ventricles, at + displacement).sum()) * voxel_ml * COARSE**3
        yield Warp(displacement * COARSE, values.shape), ml
