"""Blocks of voxels as channels and back, and what all networks that decide voxels of blocks share."""

from __future__ import annotations

import torch
from torch import Tensor

#: Adam moves every weight by about the learning rate whatever its gradient; this lets logits grow as fast as features.
LOGIT_GAIN = 4.0


def fold(x: Tensor, factor: int) -> Tensor:
    """(B, C, I, J, K) -> (B, C f^3, I/f, J/f, K/f): each block of voxels becomes channels."""
    b, c, i, j, k = x.shape
    f = factor
    x = x.reshape(b, c, i // f, f, j // f, f, k // f, f)
    return x.permute(0, 1, 3, 5, 7, 2, 4, 6).reshape(b, c * f**3, i // f, j // f, k // f)


def unfold(x: Tensor, factor: int) -> Tensor:
    """(B, C f^3, I, J, K) -> (B, C, I f, J f, K f), the inverse of `fold`."""
    b, c, i, j, k = x.shape
    f = factor
    x = x.reshape(b, c // f**3, f, f, f, i, j, k)
    return x.permute(0, 1, 5, 2, 6, 3, 7, 4).reshape(b, c // f**3, i * f, j * f, k * f)


def tissue_fractions(classes: Tensor, count: int, factor: int) -> Tensor:
    """(B, I, J, K) class indices -> (B, count, I/f, J/f, K/f) share of each class in each block of f^3 voxels."""
    blocks = fold(classes.unsqueeze(1), factor)
    return torch.stack([(blocks == c).sum(dim=1, dtype=torch.float32) for c in range(count)], dim=1) / factor**3
