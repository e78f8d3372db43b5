"""The ``train`` command: which networks there are, how long each is meant to train, and in what order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.errors import TrainingError
from engine.training.fit import Plan, Trainer, fit


def _segmenter(data: Path, out: Path) -> Trainer:
    from engine.training.segmenter import SegmenterTrainer

    return SegmenterTrainer(data)


#: Network -> how to make its trainer, and the steps of its learning-rate schedule.
TRAINERS: dict[str, tuple[Callable[[Path, Path], Trainer], int]] = {
    "segmenter": (_segmenter, 1600),
}


def train(
    network: str, data: Path, out: Path, *, resume: bool, minutes: float | None, steps: int | None, device: str
) -> Path:
    """Train one network and return the folder of its results. Raises `TrainingError`."""
    if not data.is_dir():
        raise TrainingError(f"There is no folder {data}; give the training data with --data.")
    make, usual_steps = TRAINERS[network]
    plan = Plan(out=out, steps=steps or usual_steps, minutes=minutes, resume=resume, device=device)
    return fit(make(data, out), plan)
