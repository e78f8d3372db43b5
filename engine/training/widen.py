"""A wider network takes over what a narrower one of the same topology has learnt.

As in Net2Net (Chen et al. 2016, arXiv 1511.05641) the wider network begins with the narrower one's answers: old weights
fill the leading channels, new channels start at random and are not listened to by old ones yet.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

#: These convolutions see the upsampled features and the skip connection's, one behind the other.
JOINED = ".conv_block.conv1."


def take_over(wider: nn.Module, narrower: nn.Module) -> None:
    """Fill ``wider`` with the weights of ``narrower``. Raises `RuntimeError` if they are not of one topology."""
    old = dict(narrower.named_parameters())
    new = dict(wider.named_parameters())
    if old.keys() != new.keys():
        raise RuntimeError("the networks have other layers")
    with torch.no_grad():
        for name, weight in new.items():
            if any(n < o for n, o in zip(weight.shape, old[name].shape, strict=True)):
                raise RuntimeError(f"{name} is narrower")
            _fill(weight, old[name], name)


def _fill(weight: Tensor, old: Tensor, name: str) -> None:
    transposed = ".transp_conv." in name
    if weight.ndim < 2:
        weight[: len(old)] = old
        return
    rows, columns = (old.shape[1], old.shape[0]) if transposed else (old.shape[0], old.shape[1])
    at = torch.arange(columns)
    if JOINED in name:
        # Each half of the old input lies at the beginning of a half of the new.
        at[columns // 2 :] += (weight.shape[1] - columns) // 2
    target = weight.transpose(0, 1) if transposed else weight
    target[:rows] = 0
    target[:rows, at] = old.transpose(0, 1) if transposed else old
