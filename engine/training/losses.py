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
    log_share = logits.log_softmax(dim=1)
    surprise = F.nll_loss(log_share, target, reduction="none").flatten()
    entropy = surprise.mean()
    # What a voxel gives its own class is all that overlaps; one-hot copies of 33 classes would cost most of a step.
    overlap = logits.new_zeros(logits.shape[1]).index_add(0, target.flatten(), torch.exp(-surprise))
    voxels = torch.bincount(target.flatten(), minlength=logits.shape[1])
    size = log_share.exp().sum(dim=(0, 2)) + voxels
    dice = ((2 * overlap + 1) / (size + 1))[voxels > 0].mean()
    ours = _VENTRICLE_CLASSES.to(logits.device)
    ventricles = (2 * overlap[ours].sum() + 1) / (size[ours].sum() + 1)
    loss = entropy + (1 - dice) + 0.5 * (1 - ventricles)
    return loss, {
        "cross-entropy": float(entropy.detach()),
        "dice": float(dice.detach()),
        "ventricle dice": float(ventricles.detach()),
    }
