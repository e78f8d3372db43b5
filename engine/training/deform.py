"""Random shapes: smooth spatial transformations that make new anatomies of known ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

#: Displacements are drawn and added up on a grid this many voxels apart, then interpolated.
COARSE = 4


@dataclass(frozen=True)
class Deformation:
    """How far shapes may vary: rotation in degrees, scale and shear as fractions, and for each smoothness (voxels
    between control points) the largest displacement in voxels."""

    rotation: float = 8.0
    scale: float = 0.06
    shear: float = 0.04
    displacements: tuple[tuple[int, float], ...] = ((12, 1.0), (24, 2.5), (48, 4.0))


def _matrix(deformation: Deformation, rng: np.random.Generator) -> np.ndarray:
    a, b, c = np.radians(rng.uniform(-deformation.rotation, deformation.rotation, 3))
    rx = np.array([[1, 0, 0], [0, math.cos(a), -math.sin(a)], [0, math.sin(a), math.cos(a)]])
    ry = np.array([[math.cos(b), 0, math.sin(b)], [0, 1, 0], [-math.sin(b), 0, math.cos(b)]])
    rz = np.array([[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]])
    shear = np.eye(3)
    shear[np.triu_indices(3, 1)] = rng.uniform(-deformation.shear, deformation.shear, 3)
    scale = np.diag(rng.uniform(1 - deformation.scale, 1 + deformation.scale, 3))
    return rz @ ry @ rx @ shear @ scale


def random_coordinates(
    shape: tuple[int, int, int], centre: np.ndarray, deformation: Deformation, rng: np.random.Generator
) -> Tensor:
    """Where each voxel of a new (I, J, K) array comes from: (3, I, J, K) float32 voxel coordinates in the source, the
    new array's middle lying at about ``centre`` (3,) of the source."""
    coarse = [n // COARSE + 2 for n in shape]
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    field = torch.zeros(1, 3, *coarse)
    for distance, largest in deformation.displacements:
        control = [max(2, math.ceil(n * COARSE / distance) + 2) for n in coarse]
        noise = torch.randn(1, 3, *control, generator=generator) * (largest * float(rng.uniform(0, 1)) / 2)
        field += F.interpolate(noise, size=coarse, mode="trilinear", align_corners=True)
    # The affine part is linear, so interpolating it together with the displacements loses nothing.
    axes = [torch.arange(n, dtype=torch.float32) * COARSE - (m - 1) / 2 for n, m in zip(coarse, shape, strict=True)]
    points = torch.stack(torch.meshgrid(*axes, indexing="ij")).flatten(1)
    moved = torch.as_tensor(_matrix(deformation, rng), dtype=torch.float32) @ points
    field += moved.view(1, 3, *coarse) + torch.as_tensor(centre, dtype=torch.float32).view(1, 3, 1, 1, 1)
    size = [(n - 1) * COARSE + 1 for n in coarse]
    full = F.interpolate(field, size=size, mode="trilinear", align_corners=True)[0]
    return full[:, : shape[0], : shape[1], : shape[2]]


def sample_nearest(source: Tensor, coordinates: Tensor) -> Tensor:
    """Values of ``source`` (I, J, K) at ``coordinates`` (3, ...), nearest neighbour, 0 outside."""
    index = coordinates.round().to(torch.int32)
    sizes = torch.tensor(source.shape, dtype=torch.int32).view(3, *[1] * (index.ndim - 1))
    inside = ((index >= 0) & (index < sizes)).all(dim=0)
    i, j, k = index.clamp(min=torch.zeros_like(sizes), max=sizes - 1)
    flat = (i * source.shape[1] + j) * source.shape[2] + k
    return source.reshape(-1)[flat.long().reshape(-1)].view(flat.shape) * inside


def sample_linear(source: Tensor, coordinates: Tensor) -> Tensor:
    """Values of ``source`` (I, J, K) float at ``coordinates`` (3, ...), trilinear, 0 outside."""
    sizes = torch.tensor(source.shape, dtype=torch.float32).view(3, *[1] * (coordinates.ndim - 1))
    unit = coordinates / (sizes - 1) * 2 - 1
    grid = unit.flip(0).movedim(0, -1).unsqueeze(0)
    return F.grid_sample(source[None, None], grid, mode="bilinear", align_corners=True)[0, 0]
