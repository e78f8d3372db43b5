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


def _calibration(request: Request) -> Path:
    from engine.training.calibrate import calibrate

    return calibrate(request.out, request.device)


#: Network -> how to make its trainer, and the steps of its learning-rate schedule.
NETWORKS: dict[str, tuple[Callable[[Request], Trainer], int]] = {
    "segmenter": (_segmenter, 3000),
    "mask-autoencoder": (_mask_autoencoder, 2400),
    "mask-denoiser": (_mask_denoiser, 2400),
    "image-autoencoder": (_image_autoencoder, 1300),
    "image-denoiser": (_image_denoiser, 1500),
}
#: What prepares data for a network, or gathers the results.
STAGES: dict[str, Callable[[Request], Path]] = {
    "shapes": _shapes,
    "label-scans": _label_scans,
    "pack": _pack,
    "calibration": _calibration,
}
#: Stages that look at what was trained, not at training data.
WITHOUT_DATA = ("pack", "calibration")
#: The whole chain in its order, and the share of a time budget that each network gets.
CHAIN = {
    "segmenter": 0.4,
    "shapes": 0.0,
    "label-scans": 0.0,
    "mask-autoencoder": 0.12,
    "mask-denoiser": 0.2,
    "image-autoencoder": 0.18,
    "image-denoiser": 0.1,
    "pack": 0.0,
    "calibration": 0.0,
}
ALL = "all"


def train_all(data: Path, out: Path, *, minutes: float | None = None, device: str = "auto", seed: int = 0) -> Path:
    """Run the whole chain, ``minutes`` of training in all; run again, it goes on where it was stopped."""
    folder = out
    for name, share in CHAIN.items():
        budget = minutes * share if minutes is not None and share else None
        folder = train(name, data, out, resume=True, minutes=budget, device=device, seed=seed)
    return folder


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
    if network == ALL:
        return train_all(data, out, minutes=minutes, device=device, seed=seed)
    request = Request(data, out, device, minutes)
    if network not in WITHOUT_DATA and not data.is_dir():
        raise TrainingError(f"There is no folder {data}; give the training data with --data.")
    if network in STAGES:
        return STAGES[network](request)
    make, usual_steps = NETWORKS[network]
    plan = Plan(out, steps or usual_steps, minutes, resume, device, seed, start_from=start_from)
    torch.manual_seed(plan.seed)
    return fit(make(request), plan)
