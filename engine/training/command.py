"""The ``train`` command: its stages in the order in which they build on each other, and how long each usually takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from engine.errors import TrainingError
from engine.training.fit import Plan, Trainer, fit


@dataclass(frozen=True)
class Request:
    """What the user asked the command to do."""

    data: Path
    out: Path
    device: str = "auto"
    minutes: float | None = None


def _segmenter(request: Request) -> Trainer:
    from engine.training.segmenter import SegmenterTrainer

    return SegmenterTrainer(request.data)


def _mask_autoencoder(request: Request) -> Trainer:
    from engine.training.mask_autoencoder import MaskAutoencoderTrainer

    return MaskAutoencoderTrainer(request.out)


def _mask_denoiser(request: Request) -> Trainer:
    from engine.training.denoisers import MaskDenoiserTrainer

    return MaskDenoiserTrainer(request.out)


def _image_autoencoder(request: Request) -> Trainer:
    from engine.training.image_autoencoder import ImageAutoencoderTrainer

    return ImageAutoencoderTrainer(request.out)


def _image_denoiser(request: Request) -> Trainer:
    from engine.training.denoisers import ImageDenoiserTrainer

    return ImageDenoiserTrainer(request.out)


def _label_scans(request: Request) -> Path:
    from engine.training.images import label_scans

    return label_scans(request.data, request.out, request.device, request.minutes)


def _shapes(request: Request) -> Path:
    from engine.training.shapes import write_shapes

    return write_shapes(request.data, request.out)


def _pack(request: Request) -> Path:
    from engine.training.packing import make_pack

    return make_pack(request.out, request.out / "pack")


#: Network -> how to make its trainer, and the steps of its learning-rate schedule.
NETWORKS: dict[str, tuple[Callable[[Request], Trainer], int]] = {
    "segmenter": (_segmenter, 3000),
    "mask-autoencoder": (_mask_autoencoder, 1200),
    "mask-denoiser": (_mask_denoiser, 1100),
    "image-autoencoder": (_image_autoencoder, 900),
    "image-denoiser": (_image_denoiser, 600),
}
#: What prepares data for a network, or gathers the results.
STAGES: dict[str, Callable[[Request], Path]] = {"shapes": _shapes, "label-scans": _label_scans, "pack": _pack}


def train(
    network: str,
    data: Path,
    out: Path,
    *,
    resume: bool = False,
    minutes: float | None = None,
    steps: int | None = None,
    device: str = "auto",
    seed: int = 0,
    start_from: Path | None = None,
) -> Path:
    """Train one network, or run one of the stages between, and return the folder of the results.

    Raises `TrainingError` where something the stage builds on is missing or does not fit.
    """
    request = Request(data, out, device, minutes)
    if network != "pack" and not data.is_dir():
        raise TrainingError(f"There is no folder {data}; give the training data with --data.")
    if network in STAGES:
        return STAGES[network](request)
    make, usual_steps = NETWORKS[network]
    plan = Plan(out, steps or usual_steps, minutes, resume, device, seed, start_from=start_from)
    torch.manual_seed(plan.seed)
    return fit(make(request), plan)
