"""What a segmentation network says of a whole box of 1 mm voxels: the class of every voxel, and how sure it is."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.models.device import Device
from engine.models.folding import unfold
from engine.models.intensity import normalised
from engine.models.networks import Segmenter

#: Classes of this many folded slices at a time; logits of all 33 classes of a whole head would need 650 MB.
SLAB = 16


@torch.inference_mode()
def label_box(
    network: Segmenter, image: np.ndarray, device: Device, *, mirror: np.ndarray | None = None
) -> Generator[tuple[int, int], None, tuple[np.ndarray, np.ndarray]]:
    """Class indices (I, J, K) uint8 of an RAS image (I, J, K) of 1 mm voxels in any unit, and the winning class's
    probability, float32.

    ``mirror``: the class of the other side for each class; if given, the mirrored image is labelled too and the two
    answers are averaged. Yields (step, steps).
    """
    scan = normalised(torch.from_numpy(np.ascontiguousarray(image)))
    room = [-n % network.multiple for n in scan.shape]
    scan = F.pad(scan, (0, room[2], 0, room[1], 0, room[0]))[None, None].to(device.torch_device)
    views = [scan] if mirror is None else [scan, scan.flip(2)]
    slabs = -(-(scan.shape[3] // network.factor) // SLAB)
    steps, features = len(views) + slabs, []
    for n, view in enumerate(views):
        yield n, steps
        with device.autocast():
            features.append(network.features(view))
    classes, shares = [], []
    for n in range(slabs):
        yield len(views) + n, steps
        parts = [whole[:, :, :, :, n * SLAB : (n + 1) * SLAB] for whole in features]
        with device.autocast():
            logits = [unfold(network.logits(part).flatten(1, 2), network.factor)[0] for part in parts]
        share, winner = _winner([part.float() for part in logits], mirror)
        classes.append(winner.to(torch.uint8))
        shares.append(share)
    yield steps, steps
    i, j, k = image.shape
    return (
        torch.cat(classes, dim=1)[:i, :j, :k].cpu().numpy(),
        torch.cat(shares, dim=1)[:i, :j, :k].cpu().numpy(),
    )


def _winner(logits: list[Tensor], mirror: np.ndarray | None) -> tuple[Tensor, Tensor]:
    """Probability and index of the likeliest class; ``logits``: (C, I, J, K) of the image and of the mirrored one."""
    if mirror is None:
        likeliest, winner = logits[0].max(dim=0)
        return torch.exp(likeliest - logits[0].logsumexp(dim=0)), winner
    renamed = torch.as_tensor(mirror, device=logits[0].device).long()
    straight, mirrored = (part.softmax(dim=0) for part in logits)
    return ((straight + mirrored.flip(1)[renamed]) / 2).max(dim=0)
