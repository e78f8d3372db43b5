"""Features of slices, for distances between sets of images: from the pack's own segmenter, or any TorchScript file.

2.5D as MAISI has it (Guo et al. 2024, arXiv 2409.11169): the slices of each of the three planes are a set of their own.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Protocol, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.errors import EvaluationError
from engine.evaluation.setting import Setting
from engine.models.device import choose_device
from engine.models.folding import fold
from engine.models.intensity import normalised
from engine.models.loading import load_network
from engine.models.networks import Segmenter

#: Plane -> the RAS axis its slices lie across.
PLANES = {"axial": 2, "coronal": 1, "sagittal": 0}
#: The encoder is read where one voxel of it covers about so many mm, or where it ends.
BLOCK_MM = 8.0
#: Slices of a TorchScript network lie so many mm apart.
STEP_MM = 4.0
#: Slices with less brain than this share of the fullest one say little.
LEAST_BRAIN = 0.1
#: Signal that is white for a TorchScript network; white matter's is 0.75.
WHITE = 1.0


class Features(Protocol):
    """A feature network: ``name`` says which; `of` gives (slices, features) for each plane of an image (I, J, K) that
    is 0 outside the brain."""

    name: str

    def of(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """(N, D) float64 for each plane, a row for each slice with brain in it."""


class SegmenterFeatures:
    """The encoder of a pack's segmenter. A slice is a slab of the encoder's blocks; its features are the mean over the
    brain in it. Instance normalisation takes the image's overall contrast away; what is left is structure."""

    def __init__(self, setting: Setting) -> None:
        self._device = choose_device(setting.device)
        name = setting.pack.segmenter["network"]
        self._network = cast(Segmenter, load_network(setting.pack, name, self._device))
        net = self._network.net
        block = self._network.factor * setting.pack.spacing_mm
        levels = min(len(net.downsamples), max(0, round(np.log2(BLOCK_MM / block))))
        self._layers = [net.input_block, *net.downsamples[:levels]]
        sha256 = setting.pack.networks[name].sha256
        self.name = f"encoder of {setting.pack.name}'s segmenter, blocks of {block * 2**levels:g} mm ({sha256[:12]})"

    @torch.inference_mode()
    def of(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """(N, D) for each plane."""
        scan = torch.from_numpy(np.ascontiguousarray(image, dtype=np.float32))
        room = [-n % self._network.multiple for n in scan.shape]
        scan = F.pad(scan, (0, room[2], 0, room[1], 0, room[0]))[None, None]
        x = fold(normalised(scan), self._network.factor).to(self._device.torch_device)
        with self._device.autocast():
            for layer in self._layers:
                x = layer(x)
        brain = F.avg_pool3d((scan > 0).float(), scan.shape[2] // x.shape[2])[0, 0].numpy()
        return {plane: _slab_means(x[0].float().cpu().numpy(), brain, axis) for plane, axis in PLANES.items()}


def _slab_means(features: np.ndarray, brain: np.ndarray, axis: int) -> np.ndarray:
    """Features (D, i, j, k) and brain shares (i, j, k) -> (N, D) means over the brain of each slab across ``axis``."""
    across = tuple(n for n in range(3) if n != axis)
    weight = brain.sum(axis=across)
    kept = weight >= LEAST_BRAIN * max(weight.max(), 1e-6)
    total = (features * brain).sum(axis=tuple(n + 1 for n in across))
    return (total[:, kept] / weight[kept]).T.astype(np.float64)


class TorchScriptFeatures:
    """A TorchScript network that takes slices (B, 3, H, W) with values of 0 to 1, black outside the brain, and gives
    features (B, D) or (B, D, h, w)."""

    def __init__(self, path: Path, setting: Setting) -> None:
        if not path.is_file():
            raise EvaluationError(f"There is no file {path}; give a TorchScript network with --features.")
        self._device = choose_device(setting.device)
        try:
            with warnings.catch_warnings():
                # torch would rather have torch.export; what people have are TorchScript files.
                warnings.simplefilter("ignore", DeprecationWarning)
                self._network = torch.jit.load(str(path), map_location=self._device.torch_device).eval()
        except RuntimeError as error:
            raise EvaluationError(
                f"{path} is not a TorchScript network; save one with torch.jit.script or torch.jit.trace."
            ) from error
        self._step = max(1, round(STEP_MM / setting.pack.spacing_mm))
        self.name = f"TorchScript {path.name}"

    @torch.inference_mode()
    def of(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """(N, D) for each plane. Raises `EvaluationError` if the network does not take such slices."""
        return {plane: self._plane(np.moveaxis(image, axis, 0)) for plane, axis in PLANES.items()}

    def _plane(self, slices: np.ndarray) -> np.ndarray:
        brain = np.count_nonzero(slices, axis=(1, 2))
        kept = np.flatnonzero(brain >= LEAST_BRAIN * max(1, brain.max()))[:: self._step]
        rows = [self._slice(slices[n]) for n in kept]
        return torch.cat(rows).double().cpu().numpy()

    def _slice(self, picture: np.ndarray) -> Tensor:
        x = torch.from_numpy(np.ascontiguousarray(np.clip(picture / WHITE, 0, 1), dtype=np.float32))
        try:
            features = self._network(x.expand(1, 3, *x.shape).to(self._device.torch_device))
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            raise EvaluationError(f"{self.name} cannot be used on slices of {tuple(x.shape)} ({reason}).") from error
        if not isinstance(features, Tensor) or features.ndim not in (2, 4):
            raise EvaluationError(f"{self.name} does not give features (B, D) or (B, D, h, w); choose another network.")
        return features if features.ndim == 2 else features.mean(dim=(2, 3))


def feature_network(setting: Setting) -> Features:
    """The network the options name. Raises `EvaluationError` if its file cannot be used."""
    path = setting.options.features
    return SegmenterFeatures(setting) if path is None else TorchScriptFeatures(path, setting)
