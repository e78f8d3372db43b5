"""Training the mask autoencoder: label maps of all ventricular volumes, deformed at random."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.labels import synthseg33
from engine.models.folding import LOGIT_GAIN, tissue_fractions
from engine.models.mask_networks import MaskAutoencoder
from engine.training.deform import Deformation, random_coordinates, sample_nearest
from engine.training.losses import segmentation_loss
from engine.training.segmenter import folded_classes
from engine.training.shapes import GRID, ShapeLibrary

CROP = (80, 96, 80)
#: Crops cost an eighth; whole brains now and then keep the normalisation layers used to them.
WHOLE_SHARE = 0.04
KL_WEIGHT = 1e-3
#: The most noise on a latent, in standard deviations of its channel: about what a sampler leaves.
NOISE = 0.7
DEFORMATION = Deformation()
CONFIG: dict[str, Any] = {
    "classes": 33,
    "embedding": 8,
    "width": 32,
    "channels": [64],
    "latent_channels": 8,
    "context": [64, 96, 128],
}


def random_shape(
    shapes: ShapeLibrary, size: tuple[int, int, int], rng: np.random.Generator, jitter: float = 3.0
) -> Tensor:
    """A deformed, perhaps mirrored part (I, J, K) of a random shape; smaller parts are taken from anywhere."""
    source = torch.from_numpy(shapes.pick(rng))
    room = np.maximum((np.array(GRID) - np.array(size)) / 2, jitter)
    centre = (np.array(GRID) - 1) / 2 + rng.uniform(-room, room)
    classes = sample_nearest(source, random_coordinates(size, centre, DEFORMATION, rng))
    if rng.uniform() < 0.5:
        classes = torch.from_numpy(synthseg33().mirror_classes.astype(np.uint8))[classes.long().flip(0)]
    return classes


def divergence(mean: Tensor, deviation: Tensor) -> Tensor:
    """Mean Kullback-Leibler divergence of the latent from a standard normal, per element."""
    return 0.5 * (mean**2 + deviation**2 - 2 * deviation.log() - 1).mean()


def noisy(latent: Tensor, amount: float) -> Tensor:
    """A latent (B, L, i, j, k) with noise of ``amount`` standard deviations of each channel."""
    spread = latent.detach().float().std(dim=(0, 2, 3, 4), keepdim=True)
    return latent + amount * spread.to(latent.dtype) * torch.randn_like(latent)


class MaskAutoencoderTrainer:
    """Cross-entropy, Dice and a little KL on one shape a step."""

    kind = "mask_autoencoder"
    config = CONFIG

    def __init__(self, out: Path) -> None:
        self.shapes = ShapeLibrary(out)
        self.network = MaskAutoencoder(**self.config)
        self.networks: dict[str, nn.Module] = {"mask_autoencoder": self.network}
        self.extra: dict[str, Any] = {}
        self.learning_rates = {"mask_autoencoder": 4e-3}

    def losses(self, step: int, rng: np.random.Generator) -> Iterator[tuple[str, Tensor, dict[str, float]]]:
        """The loss looks at a random quarter of the voxels: two of the eight of every block the head decides."""
        size = GRID if rng.uniform() < WHOLE_SHARE else CROP
        classes = random_shape(self.shapes, size, rng)[None]
        classes = classes.to(next(self.network.parameters()).device)
        chosen = torch.from_numpy(rng.choice(8, 2, replace=False)).to(classes.device)
        with torch.autocast(classes.device.type, torch.bfloat16):
            mean, deviation = self.network.encode(classes)
            latent = noisy(mean + deviation * torch.randn_like(deviation), float(NOISE * rng.uniform() ** 2))
            middle = self.network.decode_middle(latent)
            features = self.network.finer_features(middle)
            logits = self.network.logits(features[:, :, chosen]).float().flatten(2)
            shares = (self.network.latent_shares(latent), self.network.middle_shares(middle))
        loss, figures = segmentation_loss(logits, folded_classes(classes, 2)[:, chosen].flatten(1))
        for predicted in shares:
            target = tissue_fractions(classes, predicted.shape[1], classes.shape[1] // predicted.shape[2])
            loss = loss + F.cross_entropy(LOGIT_GAIN * predicted.float(), target)
        kl = divergence(mean.float(), deviation.float())
        yield "mask_autoencoder", loss + KL_WEIGHT * kl, figures | {"kl": float(kl.detach())}
