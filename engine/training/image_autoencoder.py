"""Training the image autoencoder: T1 scans through an appearance latent and back, decoded under their label maps.

L1 and gradient difference, and from `ADVERSARIAL_FROM` on a patch discriminator that keeps the texture of real scans
(MONAI's `PatchDiscriminator`, least-squares loss as in Mao et al. 2017, arXiv 1611.04076).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from monai.networks.nets import PatchDiscriminator
from torch import Tensor, nn

from engine.models.networks import ImageAutoencoder
from engine.training.images import ImageLibrary
from engine.training.mask_autoencoder import divergence
from engine.training.shapes import GRID

CROP = (96, 96, 96)
WHOLE_SHARE = 0.1
KL_WEIGHT = 2e-4
ADVERSARIAL_FROM = 400
ADVERSARIAL_WEIGHT = 0.02
CONFIG: dict[str, Any] = {
    "classes": 33,
    "embedding": 4,
    "label_width": 16,
    "factor": 2,
    "channels": [32, 64, 96],
    "latent_channels": 4,
    "hidden": 16,
    "detail": 8,
}


def gradient_difference(a: Tensor, b: Tensor) -> Tensor:
    """Mean absolute difference of the first differences of two images (B, 1, I, J, K) along all axes."""
    losses = [(torch.diff(a, dim=axis) - torch.diff(b, dim=axis)).abs().mean() for axis in (2, 3, 4)]
    return torch.stack(losses).mean()


class ImageAutoencoderTrainer:
    """One random part of a labelled scan a step; the discriminator joins once images look like something."""

    kind = "image_autoencoder"
    config = CONFIG

    def __init__(self, out: Path) -> None:
        self.library = ImageLibrary(out)
        self.network = ImageAutoencoder(**self.config)
        self.critic = PatchDiscriminator(spatial_dims=3, channels=16, in_channels=1, num_layers_d=2, norm="INSTANCE")
        self.networks: dict[str, nn.Module] = {"image_autoencoder": self.network, "discriminator": self.critic}
        self.extra: dict[str, Any] = {}
        self.learning_rates = {"image_autoencoder": 2e-3, "discriminator": 5e-4}

    def losses(self, step: int, rng: np.random.Generator) -> Iterator[tuple[str, Tensor, dict[str, float]]]:
        """The autoencoder's loss, then the discriminator's."""
        size = GRID if rng.uniform() < WHOLE_SHARE else CROP
        image, classes = self.library.sample(size, rng)
        device = next(self.network.parameters()).device
        image, classes = image[None, None].to(device), classes[None].to(device)
        inside = (classes > 0).unsqueeze(1)
        with torch.autocast(device.type, torch.bfloat16):
            mean, deviation = self.network.encode(image)
            made = self.network.decode(mean + deviation * torch.randn_like(deviation), classes)
        made = made.float() * inside
        level = (made - image).abs().sum() / inside.sum().clamp(min=1)
        edges = gradient_difference(made, image)
        kl = divergence(mean.float(), deviation.float())
        loss = level + edges + KL_WEIGHT * kl
        figures = {"l1": float(level.detach()), "gradient": float(edges.detach()), "kl": float(kl.detach())}
        adversarial = step >= ADVERSARIAL_FROM and size == CROP
        if adversarial:
            verdict = self.critic(made)[-1]
            loss = loss + ADVERSARIAL_WEIGHT * F.mse_loss(verdict, torch.ones_like(verdict))
        yield "image_autoencoder", loss, figures
        if adversarial:
            real, fake = self.critic(image)[-1], self.critic(made.detach())[-1]
            loss = (F.mse_loss(real, torch.ones_like(real)) + F.mse_loss(fake, torch.zeros_like(fake))) / 2
            yield "discriminator", loss, {"discriminator": float(loss.detach())}
