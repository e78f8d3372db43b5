"""Training the two denoisers by flow matching in the latent spaces of the trained autoencoders.

Rectified flow (Liu et al. 2022, arXiv 2209.03003) with logit-normal times (Esser et al. 2024, arXiv 2403.03206):
x_t = (1 - t) x + t noise, and the network predicts the velocity x - noise, the convention of MONAI's `RFlowScheduler`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.io.files import written_beside
from engine.models.folding import tissue_fractions
from engine.models.mask_networks import MaskAutoencoder, MaskDenoiser
from engine.models.networks import ImageAutoencoder, build
from engine.models.samplers import shifted
from engine.pack import Condition
from engine.recipe import INTRACRANIAL, VOLUME
from engine.training.images import ImageLibrary
from engine.training.mask_autoencoder import random_shape
from engine.training.shapes import GRID, ShapeLibrary, intracranial_ml, ventricular_ml
from engine.training.weights import load_weights

BATCH = 4
MASK_LATENTS, IMAGE_LATENTS = 800, 200
#: How often each condition is hidden in training, so that it can be left free and guided.
DROPOUT = {VOLUME: 0.15, INTRACRANIAL: 0.5}
CONDITIONS = (Condition(VOLUME, "log", 6.0, 200.0), Condition(INTRACRANIAL, "linear", 1000.0, 2000.0))
MASK_CONFIG = {
    "latent_channels": 8,
    "latent_size": [n // 4 for n in GRID],
    "channels": [64, 128, 192],
    "attention": [False, True, True],
    "conditions": len(CONDITIONS),
    "factor": 2,
}
IMAGE_CONFIG = {"classes": 33, "latent_channels": 4, "channels": [32, 64, 96], "hidden": 32}

Latents = dict[str, np.ndarray]


def cached_latents(path: Path, identity: dict[str, Any], count: int, make: Callable[[int], Latents]) -> Latents:
    """``count`` encoded samples, computed once and kept in ``path`` with the identity they were made under."""
    wanted = json.dumps(identity, sort_keys=True)
    if path.exists():
        kept = np.load(path)
        if str(kept["identity"]) == wanted:
            return {name: kept[name] for name in kept.files if name != "identity"}
    rows = []
    for n in range(count):
        rows.append(make(n))
        if n % 50 == 49:
            print(f"{path.stem}: {n + 1}/{count} encoded", file=sys.stderr, flush=True)
    latents = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    with written_beside(path) as temporary:
        np.savez(temporary, **(latents | {"identity": np.array(wanted)}))  # type: ignore[arg-type]
    return latents


def statistics(latents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation (L,) of each channel of (N, L, i, j, k) latents."""
    values = latents.astype(np.float64)
    return values.mean(axis=(0, 2, 3, 4)), values.std(axis=(0, 2, 3, 4))


def flow_matching_loss(network: nn.Module, x: Tensor, condition: Tensor, *, shift: float = 1.0) -> Tensor:
    """Mean squared error of the predicted velocity at logit-normal times, shifted as the sampler's will be; ``x``
    (B, L, i, j, k) normalised latents."""
    noise = torch.randn_like(x)
    t = shifted(torch.sigmoid(torch.randn(len(x), device=x.device)), shift)
    part = t.view(-1, 1, 1, 1, 1)
    predicted = network((1 - part) * x + part * noise, t * 1000, condition)
    return F.mse_loss(predicted.float(), x - noise)


class _DenoiserTrainer:
    """What both denoisers share: cached latents, their statistics, the loss."""

    kind: str
    config: dict[str, Any]
    #: How far training and sampling times are moved towards the noise.
    time_shift = 1.0

    def __init__(self, latents: Latents) -> None:
        self.latents = latents
        self.mean, self.scale = self.statistics()
        self.network = build(self.kind, self.config)
        self.networks: dict[str, nn.Module] = {self.kind: self.network}
        self.learning_rates = {self.kind: 1e-3}
        self.extra: dict[str, Any] = {"latent_mean": self.mean.tolist(), "latent_scale": self.scale.tolist()}
        self.extra["time_shift"] = self.time_shift

    def statistics(self) -> tuple[np.ndarray, np.ndarray]:
        """What latents are normalised by: mean and scale (L,)."""
        return statistics(self.latents["latent"])

    def condition(self, chosen: np.ndarray, rng: np.random.Generator) -> Tensor:
        """The network's condition for the chosen samples."""
        raise NotImplementedError

    def losses(self, step: int, rng: np.random.Generator) -> Iterator[tuple[str, Tensor, dict[str, float]]]:
        """Flow matching on a batch of cached latents."""
        device = next(self.network.parameters()).device
        chosen = rng.integers(len(self.latents["latent"]), size=BATCH)
        part = (slice(None), None, None, None)
        x = (self.latents["latent"][chosen].astype(np.float32) - self.mean[part]) / self.scale[part]
        x = torch.as_tensor(x, dtype=torch.float32, device=device)
        condition = self.condition(chosen, rng).to(device)
        # Not for tiny grids: oneDNN's bfloat16 gradients over 2 x 2 x 2 voxels are sometimes not a number.
        with torch.autocast(device.type, torch.bfloat16, enabled=min(x.shape[2:]) >= 16):
            loss = flow_matching_loss(self.network, x, condition, shift=self.time_shift)
        yield self.kind, loss, {"loss": float(loss.detach())}


class MaskDenoiserTrainer(_DenoiserTrainer):
    """Conditioned on ventricular and intracranial volume, each hidden at times."""

    kind = "mask_denoiser"
    config = MASK_CONFIG
    # From 60 % noise on, a latent had its anatomy back (Dice 0.82 of 0.85); what a subject looks like is decided above.
    time_shift = 4.0

    def __init__(self, out: Path) -> None:
        autoencoder, figures = load_weights(out / "mask_autoencoder" / "mask_autoencoder.safetensors")
        assert isinstance(autoencoder, MaskAutoencoder)
        shapes = ShapeLibrary(out)

        @torch.inference_mode()
        def make(n: int) -> Latents:
            classes = random_shape(shapes, GRID, np.random.default_rng([1, n]))
            mean, _ = autoencoder.encode(classes[None])
            volumes = [ventricular_ml(classes.numpy()), intracranial_ml(classes.numpy())]
            return {"latent": mean[0].half().numpy(), "volumes": np.array(volumes)}

        identity = {"autoencoder": autoencoder_identity(figures), "shapes": len(shapes)}
        super().__init__(cached_latents(out / "mask_latents.npz", identity, MASK_LATENTS, make))
        network = self.networks[self.kind]
        assert isinstance(network, MaskDenoiser)
        powers, atlas = self.atlas
        part = (slice(None), None, None, None)
        shifted = np.concatenate([atlas[:1] - self.mean[part], atlas[1:]])
        network.atlas.copy_(torch.from_numpy(shifted / self.scale[part]).float())
        network.mean_powers.copy_(torch.from_numpy(powers.mean(axis=0)))

    def statistics(self) -> tuple[np.ndarray, np.ndarray]:
        """The scale is that of the deviation from the mean anatomy, which is what the network works on."""
        latents = self.latents["latent"]
        mean, _ = statistics(latents)
        powers, atlas = self.atlas
        weights = np.concatenate([np.ones((len(powers), 1)), powers - powers.mean(axis=0)], axis=1)
        squares = [
            ((row - np.tensordot(w, atlas, 1)) ** 2).mean(axis=(1, 2, 3))
            for row, w in zip(latents, weights, strict=True)
        ]
        return mean, np.sqrt(np.mean(squares, axis=0))

    @cached_property
    def atlas(self) -> tuple[np.ndarray, np.ndarray]:
        """Least-squares fit of all latents by powers of the normalised ventricular volume: the powers (N, D) of each
        sample, and the coefficients (D + 1, L, i, j, k) of 1 and of the powers less their means."""
        latents = self.latents["latent"].astype(np.float32)
        value = np.array([CONDITIONS[0].normalised(ml) for ml in self.latents["volumes"][:, 0]])
        powers = np.stack([value**n for n in range(1, MaskDenoiser.DEGREE + 1)], axis=1)
        design = np.concatenate([np.ones((len(value), 1)), powers - powers.mean(axis=0)], axis=1)
        # A little ridge keeps the fit of few samples from swinging.
        ridge = 1e-2 * np.diag([0.0] + [1.0] * powers.shape[1])
        solve = np.linalg.inv(design.T @ design + ridge) @ design.T
        return powers, np.tensordot(solve.astype(np.float32), latents, 1)

    def condition(self, chosen: np.ndarray, rng: np.random.Generator) -> Tensor:
        """(B, N, 2) normalised value and flag of each condition."""
        out = np.zeros((len(chosen), len(CONDITIONS), 2), dtype=np.float32)
        for row, volumes in zip(out, self.latents["volumes"][chosen], strict=True):
            for n, condition in enumerate(CONDITIONS):
                if rng.uniform() >= DROPOUT[condition.key]:
                    row[n] = condition.normalised(volumes[n]), 1.0
        return torch.from_numpy(out)


class ImageDenoiserTrainer(_DenoiserTrainer):
    """Conditioned on the tissue fractions of the label map."""

    kind = "image_denoiser"
    config = IMAGE_CONFIG

    def __init__(self, out: Path) -> None:
        autoencoder, figures = load_weights(out / "image_autoencoder" / "image_autoencoder.safetensors")
        assert isinstance(autoencoder, ImageAutoencoder)
        library = ImageLibrary(out)

        @torch.inference_mode()
        def make(n: int) -> Latents:
            image, classes = library.sample(GRID, np.random.default_rng([2, n]))
            mean, _ = autoencoder.encode(image[None, None])
            fractions = tissue_fractions(classes[None], 33, 8)
            return {"latent": mean[0].half().numpy(), "fractions": fractions[0].half().numpy()}

        identity = {"autoencoder": autoencoder_identity(figures), "images": len(library)}
        super().__init__(cached_latents(out / "image_latents.npz", identity, IMAGE_LATENTS, make))

    def condition(self, chosen: np.ndarray, rng: np.random.Generator) -> Tensor:
        """(B, 33, i, j, k) tissue fractions."""
        return torch.from_numpy(self.latents["fractions"][chosen].astype(np.float32))


def autoencoder_identity(figures: dict[str, Any]) -> str:
    """What tells one trained autoencoder from another."""
    return f"{figures['steps']} steps, {figures['seconds']:.3f} s"
