"""Samplers: from noise to a latent.

Each is a generator that yields after every step, so that whoever drives it can show progress or stop, and returns the
latent. ``predict(x, t)`` is any network with its conditions bound; t runs from 1000
down and is given as (B,) float32.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from engine.errors import BadPackError

Predict = Callable[[Tensor, Tensor], Tensor]
Steps = Generator[None, None, Tensor]
TIMES = 1000


def guided(predict: Callable[[Tensor, Tensor, Tensor], Tensor], condition: Tensor, scale: float) -> Predict:
    """Classifier-free guidance, unconditional + scale (conditional - unconditional) (Ho & Salimans 2022, arXiv
    2207.12598). ``condition`` (1, N, 2) values and flags; the unconditional prediction sees all flags 0."""
    if scale == 1:
        return lambda x, t: predict(x, t, condition)
    both = torch.cat([torch.zeros_like(condition), condition])

    def predict_guided(x: Tensor, t: Tensor) -> Tensor:
        free, bound = predict(x.repeat(2, 1, 1, 1, 1), t.repeat(2), both).chunk(2)
        return free + scale * (bound - free)

    return predict_guided


def shifted(time: Tensor, shift: float) -> Tensor:
    """Times 0-1 moved towards the noise: its ratio to the data is multiplied by ``shift`` (Esser et al. 2024, arXiv
    2403.03206, section 5.3.2). In latents of many numbers that say the same, anatomy is decided at the noisy end."""
    return shift * time / (1 + (shift - 1) * time)


@torch.inference_mode()
def sample_flow(predict: Predict, noise: Tensor, steps: int, *, shift: float = 1.0) -> Steps:
    """Rectified flow by Euler steps (Liu et al. 2022, arXiv 2209.03003); the network predicts data - noise. ``shift``:
    see `shifted`."""
    x = noise
    times = shifted(torch.linspace(1, 0, steps + 1, dtype=torch.float64), shift).tolist()
    for t, following in pairwise(times):
        x = x + (t - following) * predict(x, torch.full((len(x),), t * TIMES, device=x.device))
        yield
    return x


def noise_schedule(options: Mapping[str, Any]) -> Tensor:
    """(1000,) cumulative products of alpha, as MONAI's DDPM and DDIM schedulers define them: ``schedule`` is
    ``linear_beta`` or ``scaled_linear_beta`` between ``beta_start`` and ``beta_end``."""
    start, end = float(options.get("beta_start", 1e-4)), float(options.get("beta_end", 2e-2))
    kind = options.get("schedule", "linear_beta")
    if kind == "linear_beta":
        beta = torch.linspace(start, end, TIMES)
    elif kind == "scaled_linear_beta":
        beta = torch.linspace(start**0.5, end**0.5, TIMES) ** 2
    else:
        raise BadPackError(f"The noise schedule {kind} is unknown; update VentriSynth or the pack.")
    return torch.cumprod(1 - beta, dim=0)


def data_and_noise(prediction: str, output: Tensor, x: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:
    """Estimates of the data and of the noise in ``x`` from what the network predicts; ``alpha``: cumulative product."""
    a, s = alpha.sqrt(), (1 - alpha).sqrt()
    if prediction == "epsilon":
        return (x - s * output) / a, output
    if prediction == "v_prediction":
        return a * x - s * output, a * output + s * x
    return output, (x - a * output) / s


@torch.inference_mode()
def sample_ddim(
    predict: Predict,
    noise: Tensor,
    steps: int,
    *,
    alphas: Tensor,
    prediction: str,
    eta: float = 0.0,
    generator: torch.Generator | None = None,
) -> Steps:
    """DDIM (Song et al. 2021, arXiv 2010.02502, eq. 12); eta 1 is ancestral DDPM sampling. The times end at no noise
    and begin at the noisiest, however few the steps are (Lin et al. 2024, arXiv 2305.08891, section 3.3)."""
    x = noise
    times = [round(TIMES * (1 - n / steps)) - 1 for n in range(steps)] + [-1]
    for t, following in pairwise(times):
        alpha, before = alphas[t], alphas[following] if following >= 0 else torch.tensor(1.0)
        output = predict(x, torch.full((len(x),), float(t), device=x.device))
        data, error = data_and_noise(prediction, output, x, alpha.to(x))
        variance = eta**2 * (1 - before) / (1 - alpha) * (1 - alpha / before)
        x = before.sqrt().to(x) * data + (1 - before - variance).clamp(min=0).sqrt().to(x) * error
        if eta > 0 and following >= 0:
            x = x + variance.sqrt().to(x) * torch.randn(x.shape, generator=generator).to(x)
        yield
    return x
