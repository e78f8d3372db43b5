"""Losses shared by the trainers."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.labels import VENTRICLES, synthseg33

_VENTRICLE_CLASSES = torch.as_tensor(synthseg33().class_of_value[list(VENTRICLES)]).long()


def segmentation_loss(logits: Tensor, target: Tensor) -> tuple[Tensor, dict[str, float]]:
    """Cross-entropy plus Dice (all present classes, and the ventricles pooled) of (B, C, N) logits and (B, N) classes,
    with the figures to log."""
    entropy = F.cross_entropy(logits, target)
    share = logits.softmax(dim=1)
    one_hot = F.one_hot(target, logits.shape[1]).movedim(-1, 1).to(share.dtype)
    overlap = (share * one_hot).sum(dim=(0, 2))
    size = share.sum(dim=(0, 2)) + one_hot.sum(dim=(0, 2))
    present = one_hot.sum(dim=(0, 2)) > 0
    dice = ((2 * overlap + 1) / (size + 1))[present].mean()
    ours = _VENTRICLE_CLASSES.to(logits.device)
    ventricles = (2 * overlap[ours].sum() + 1) / (size[ours].sum() + 1)
    loss = entropy + (1 - dice) + 0.5 * (1 - ventricles)
    return loss, {
        "cross-entropy": float(entropy.detach()),
        "dice": float(dice.detach()),
        "ventricle dice": float(ventricles.detach()),
    }
