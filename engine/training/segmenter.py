"""Training the segmenter: label maps in, random contrasts made of them, label maps back out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from engine.labels import synthseg33
from engine.models.folding import fold
from engine.models.intensity import normalised
from engine.models.networks import Segmenter
from engine.training.appearance import random_scan
from engine.training.deform import Deformation, random_coordinates, sample_nearest
from engine.training.label_maps import HeadMap, read_head_maps
from engine.training.losses import segmentation_loss
from engine.training.shapes import GRID, grown_heads

CROP = (128, 128, 96)
#: Crops cost a fifth. Whole boxes now and then keep the normalisation layers used to what they see in use.
WHOLE_SHARE = 0.06
#: How far the middle of a crop, and of a whole box, may lie from the brain's, in voxels.
JITTER, WHOLE_JITTER = 20, 8
#: The label maps' ventricles are grown and shrunk in steps of this factor.
GROWTH = 1.7
DEFORMATION = Deformation(rotation=10, scale=0.12, shear=0.04)
CONFIG: dict[str, Any] = {"classes": 33, "filters": [32, 64, 96, 128, 160], "hidden": 24, "factor": 2}


class SegmenterTrainer:
    """One random scan of one deformed label map a step."""

    kind = "segmenter"
    config = CONFIG

    def __init__(self, data: Path) -> None:
        self.heads: list[list[HeadMap]] = [list(grown_heads(head, GROWTH)) for head in read_head_maps(data)]
        self.network = Segmenter(**self.config)
        self.networks: dict[str, nn.Module] = {"segmenter": self.network}
        self.extra: dict[str, Any] = {}
        self.learning_rates = {"segmenter": 5e-3}

    def sample(self, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """A normalised scan (1, 1, I, J, K) and its classes (1, I, J, K)."""
        variants = self.heads[rng.integers(len(self.heads))]
        head = variants[rng.integers(len(variants))]
        size, jitter = (GRID, WHOLE_JITTER) if rng.uniform() < WHOLE_SHARE else (CROP, JITTER)
        centre = head.centre + rng.uniform(-jitter, jitter, 3)
        coordinates = random_coordinates(size, centre, DEFORMATION, rng)
        tissue = sample_nearest(torch.from_numpy(head.tissue), coordinates)
        classes = sample_nearest(torch.from_numpy(head.classes), coordinates)
        image = random_scan(tissue, head.values, classes, rng)
        if rng.uniform() < 0.5:
            mirror = torch.from_numpy(synthseg33().mirror_classes.astype(np.uint8))
            image, classes = image.flip(0), mirror[classes.long().flip(0)]
        return normalised(image)[None, None], classes[None]

    def losses(self, step: int, rng: np.random.Generator) -> Iterator[tuple[str, Tensor, dict[str, float]]]:
        """Cross-entropy and Dice on a random eighth of the voxels: one of the eight of every folded block."""
        image, classes = self.sample(rng)
        device = next(self.network.parameters()).device
        image, classes = image.to(device), classes.to(device)
        chosen = torch.from_numpy(rng.choice(8, 1)).to(device)
        with torch.autocast(device.type, torch.bfloat16):
            features = self.network.features(image)
            logits = self.network.logits(features[:, :, chosen]).float().flatten(2)
        loss, figures = segmentation_loss(logits, folded_classes(classes, 2)[:, chosen].flatten(1))
        yield "segmenter", loss, figures


def folded_classes(classes: Tensor, factor: int) -> Tensor:
    """(B, I, J, K) classes -> (B, f^3, I/f, J/f, K/f) in the order of `engine.models.folding.fold`."""
    return fold(classes.unsqueeze(1), factor).long()
