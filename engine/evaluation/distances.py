"""Distances between two sets of images: Fréchet and kernel distances of features, and MS-SSIM of pairs."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from monai.metrics.regression import compute_ms_ssim

#: Weights of the scales of MS-SSIM (Wang et al. 2003, doi:10.1109/ACSSC.2003.1292216), as many as fit into an image.
SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
WINDOW = 7


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Of two sets of features (N, D) and (M, D) taken as normal distributions (Heusel et al. 2017, arXiv 1706.08500);
    NaN with fewer than two in one of them."""
    if min(len(a), len(b)) < 2:
        return math.nan
    one, other = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (a, b))
    # Tr((A B)^(1/2)) from the symmetric A^(1/2) B A^(1/2), which has the same eigenvalues and no complex ones.
    values, vectors = np.linalg.eigh(one)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    shared = np.sqrt(np.clip(np.linalg.eigvalsh(root @ other @ root), 0, None)).sum()
    means = np.square(a.mean(axis=0) - b.mean(axis=0)).sum()
    return float(max(0.0, means + np.trace(one) + np.trace(other) - 2 * shared))


def kernel_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Unbiased squared maximum mean discrepancy of features (N, D) and (M, D) under the kernel (x y / D + 1)^3
    (Binkowski et al. 2018, arXiv 1801.01401); about 0, also below it, for sets of the same distribution. NaN with fewer
    than two in one of them."""
    n, m = len(a), len(b)
    if min(n, m) < 2:
        return math.nan

    def kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.asarray((x @ y.T / x.shape[1] + 1) ** 3)

    within_a, within_b = kernel(a, a), kernel(b, b)
    first = (within_a.sum() - np.trace(within_a)) / (n * (n - 1))
    second = (within_b.sum() - np.trace(within_b)) / (m * (m - 1))
    return float(first + second - 2 * kernel(a, b).mean())


def halved(image: np.ndarray) -> np.ndarray:
    """An image (I, J, K) with every 2 x 2 x 2 voxels averaged, float16: enough for MS-SSIM."""
    x = torch.from_numpy(np.ascontiguousarray(image, dtype=np.float32))[None, None]
    return F.avg_pool3d(x, 2)[0, 0].numpy().astype(np.float16)


def ms_ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Multi-scale structural similarity (0-1) of two images (I, J, K) with values of 0 to about 1."""
    smallest = min(a.shape)
    # MONAI asks for the first; the window has to fit into the coarsest scale, too.
    fitting = [
        n for n in range(1, len(SCALES) + 1) if min(smallest // max(1, n - 1) ** 2, smallest // 2 ** (n - 1)) >= WINDOW
    ]
    weights = np.array(SCALES[: max(fitting, default=1)])
    x, y = (torch.from_numpy(image.astype(np.float32))[None, None] for image in (a, b))
    value = compute_ms_ssim(x, y, 3, kernel_size=WINDOW, weights=tuple(weights / weights.sum()))
    return float(value)
