"""Random contrasts: an image of a label map as some scanner might have made it (Billot et al. 2023, SynthSeg,
doi:10.1016/j.media.2023.102789): a Gaussian per tissue, bias field, blur, resolution, noise and gamma, with and
without the tissue outside the brain. Some of the images have the contrast of a T1-weighted scan.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.labels import CSF, synthseg33
from engine.whole_head import OUTSIDE_BRAIN

T1_SHARE = 0.5
STRIPPED_SHARE = 0.45
#: Most tools that strip the skull leave exactly nothing outside the brain: no noise, no blurred edge.
BLACK_SHARE = 0.75

#: How often choroid plexus is drawn into the lateral ventricles, which label maps count as ventricle.
PLEXUS_SHARE = 0.5
PLEXUS_SPACING = 7
_LATERAL = torch.as_tensor(synthseg33().class_of_value[[4, 5, 43, 44]]).long()

#: Rough mean signal of each structure in a T1-weighted scan, cerebral white matter about 0.8 (left values; both sides
#: look alike).
T1_SIGNAL = {
    0: 0.02, 2: 0.82, 3: 0.52, 4: 0.16, 5: 0.20, 7: 0.80, 8: 0.50, 10: 0.68, 11: 0.55, 12: 0.61, 13: 0.74, 14: 0.18,
    15: 0.18, 16: 0.76, 17: 0.52, 18: 0.52, 24: 0.18, 26: 0.54, 28: 0.72,
}  # fmt: skip


def _side_free(value: int) -> int:
    """The left structure's value for a structure of either side."""
    pairs = {57: 25, 62: 30, 137: 136, 164: 163}
    table = synthseg33()
    return min(value, table[value].mirror) if value in table else pairs.get(value, value)


def tissue_signal(values: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation, each (T,) in about 0-1, of the signal of each tissue value."""
    like_t1 = rng.uniform() < T1_SHARE
    jitter = rng.uniform(0.01, 0.08)
    drawn: dict[int, tuple[float, float]] = {}
    for kind in sorted({_side_free(int(v)) for v in values}):
        known = T1_SIGNAL.get(kind)
        if like_t1 and known is not None:
            drawn[kind] = (known + rng.normal(0, jitter if kind else 0.01), rng.uniform(0.01, 0.07))
        else:
            drawn[kind] = (rng.uniform(0, 1), rng.uniform(0.005, 0.1))
    if not like_t1 and rng.uniform() < 0.7:
        drawn[0] = (0.0, rng.uniform(0, 0.03))
    mean, deviation = zip(*(drawn[_side_free(int(v))] for v in values), strict=True)
    return np.array(mean, dtype=np.float32), np.array(deviation, dtype=np.float32)


def _smooth_field(shape: torch.Size, control: int, generator: torch.Generator) -> Tensor:
    noise = torch.randn(1, 1, control, control, control, generator=generator)
    return F.interpolate(noise, size=tuple(shape), mode="trilinear", align_corners=True)[0, 0]


def _near_brain(classes: Tensor, reach: int) -> Tensor:
    """Voxels within ``reach`` of brain tissue, the extracerebral CSF not counted."""
    csf = int(synthseg33().class_of_value[CSF])
    x = ((classes > 0) & (classes != csf)).float()[None, None]
    for axis in range(3):
        kernel = [1, 1, 1]
        kernel[axis] = 2 * reach + 1
        x = F.max_pool3d(x, tuple(kernel), stride=1, padding=tuple(n // 2 for n in kernel))
    return x[0, 0] > 0


def _blurred(image: Tensor, sigmas: np.ndarray) -> Tensor:
    x = image[None, None]
    for axis, sigma in enumerate(sigmas):
        if sigma < 0.2:
            continue
        radius = int(np.ceil(2.5 * sigma))
        weights = torch.exp(-0.5 * (torch.arange(-radius, radius + 1) / sigma) ** 2)
        shape, padding = [1, 1, 1, 1, 1], [0, 0, 0]
        shape[2 + axis], padding[axis] = -1, radius
        x = F.conv3d(x, (weights / weights.sum()).view(shape), padding=tuple(padding))
    return x[0, 0]


def _coarser(image: Tensor, spacing: np.ndarray) -> Tensor:
    """As if scanned with ``spacing`` (voxels) and brought back by interpolation."""
    size = [max(8, round(n / s)) for n, s in zip(image.shape, spacing, strict=True)]
    x = F.interpolate(image[None, None], size=size, mode="trilinear", align_corners=False)
    return F.interpolate(x, size=tuple(image.shape), mode="trilinear", align_corners=False)[0, 0]


def _with_plexus(image: Tensor, classes: Tensor, rng: np.random.Generator, generator: torch.Generator) -> Tensor:
    """A signal like grey matter's, or any, in random blobs of the lateral ventricles."""
    grey = int(synthseg33().class_of_value[3])
    level = image[classes == grey]
    signal = float(level.mean()) if len(level) and rng.uniform() < 0.7 else rng.uniform(0, 1)
    blobs = _smooth_field(image.shape, max(2, max(image.shape) // PLEXUS_SPACING), generator) > rng.uniform(0.7, 1.5)
    blobs &= torch.isin(classes, _LATERAL.to(classes.dtype))
    return torch.where(blobs, signal + 0.05 * torch.randn(image.shape, generator=generator), image)


def random_scan(tissue: Tensor, values: np.ndarray, classes: Tensor, rng: np.random.Generator) -> Tensor:
    """A scan of a label map: ``tissue`` (I, J, K) indices into ``values`` (T,), ``classes`` (I, J, K) its 33 classes ->
    (I, J, K) float32, about 0-1, not yet normalised."""
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    mean, deviation = (torch.as_tensor(x) for x in tissue_signal(values, rng))
    kinds = tissue.long()
    image = mean[kinds] + deviation[kinds] * torch.randn(tissue.shape, generator=generator)
    if rng.uniform() < PLEXUS_SHARE:
        image = _with_plexus(image, classes, rng, generator)
    kept = None
    if rng.uniform() < STRIPPED_SHARE:
        kept = _near_brain(classes, int(rng.integers(0, 8)))
        if rng.uniform() < 0.7:
            kept &= ~torch.as_tensor(values >= OUTSIDE_BRAIN)[kinds]
        image = image * kept
    spacing = np.where(rng.uniform(size=3) < 0.5, 1.0, rng.uniform(1.0, 2.2, 3))
    if rng.uniform() < 0.15:  # thick slices
        spacing[rng.integers(3)] = rng.uniform(2.5, 5.0)
    image = _blurred(image, rng.uniform(0.0, 0.7, 3) + 0.35 * (spacing - 1))
    image = image * torch.exp(_smooth_field(image.shape, 4, generator) * rng.uniform(0, 0.25))
    image = image + rng.uniform(0, 0.04) * torch.randn(image.shape, generator=generator)
    if spacing.max() > 1:
        image = _coarser(image, spacing)
    if kept is not None and rng.uniform() < BLACK_SHARE:
        image = image * kept
    return image.clamp(min=0) ** float(np.exp(rng.normal(0, 0.25)))
