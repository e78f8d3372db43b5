"""What a pack's diffusion model needs around its networks: the right sampler, and the latent's scale."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.models.device import Device
from engine.models.samplers import Predict, Steps, noise_schedule, sample_ddim, sample_flow
from engine.pack import Diffusion


def sampler(model: Diffusion, predict: Predict, noise: Tensor, steps: int, seed: int) -> Steps:
    """The sampler that the pack names, ready to be driven."""
    if model.schedule == "rectified_flow":
        return sample_flow(predict, noise, steps, shift=float(model.schedule_options.get("time_shift", 1.0)))
    return sample_ddim(
        predict,
        noise,
        steps,
        alphas=noise_schedule(model.schedule_options),
        prediction=model.prediction,
        eta=1.0 if model.schedule == "ddpm" else 0.0,
        generator=torch.Generator().manual_seed(seed + 1),
    )


def autoencoder_latent(model: Diffusion, latent: Tensor) -> Tensor:
    """From the denoiser's scale back to the autoencoder's."""
    mean = torch.tensor(model.latent_mean, device=latent.device).view(1, -1, 1, 1, 1)
    scale = torch.tensor(model.latent_scale, device=latent.device).view(1, -1, 1, 1, 1)
    return latent * scale + mean


def condition_tensor(model: Diffusion, values: dict[str, float], device: Device) -> Tensor:
    """(1, N, 2) normalised value and flag of each of the model's conditions; absent ones are left free."""
    rows = [
        (condition.normalised(values[condition.key]), 1.0) if condition.key in values else (0.0, 0.0)
        for condition in model.conditions
    ]
    return torch.tensor([rows], dtype=torch.float32, device=device.torch_device).reshape(1, len(rows), 2)
