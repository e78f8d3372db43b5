"""One intensity scale for every scan a network sees."""

from __future__ import annotations

import torch
from torch import Tensor

#: Voxels looked at for the percentiles; more do not change them noticeably.
_ENOUGH = 200_000


def normalised(image: Tensor) -> Tensor:
    """Any image -> the same shape, float32: its 0.5 and 99.5 percentiles at 0 and 1, clipped to 0-1.5."""
    values = image.reshape(-1)
    values = values[:: max(1, len(values) // _ENOUGH)].float()
    low, high = torch.quantile(values, torch.tensor([0.005, 0.995], device=values.device))
    return ((image.float() - low) / (high - low).clamp(min=1e-6)).clamp(0.0, 1.5)
