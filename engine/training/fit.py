"""The training loop all networks share: budget, checkpoints, exact resume, moving average, loss curves.

Randomness of step n comes from (seed, n, rank) alone, so a resumed run does what an uninterrupted one would have done.
"""

from __future__ import annotations

import copy
import csv
import math
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from engine.errors import TrainingError
from engine.io.files import written_beside
from engine.training.weights import export_weights, load_weights
from engine.training.widen import take_over

#: Weights that are good already are trained on with smaller steps.
START_FROM_FACTOR = 0.4


class Trainer(Protocol):
    """What is particular to one network. ``networks`` maps names to modules; the first is the one that ships, together
    with the figures in ``extra``."""

    kind: str
    config: dict[str, Any]
    extra: dict[str, Any]
    networks: dict[str, nn.Module]
    learning_rates: dict[str, float]

    def losses(self, step: int, rng: np.random.Generator) -> Iterator[tuple[str, Tensor, dict[str, float]]]:
        """For each network to be updated in this step: its name, its loss, and figures to log."""


@dataclass(frozen=True)
class Plan:
    """How long and where to train. ``steps`` is the length of the learning-rate schedule and the most steps made;
    ``start_from`` is an exported file whose weights a new run begins with."""

    out: Path
    steps: int
    minutes: float | None = None
    resume: bool = False
    device: str = "auto"
    seed: int = 0
    warm_up: int = 50
    start_from: Path | None = None
    checkpoint_minutes: float = 3.0


@contextmanager
def _stop_on_interrupt() -> Iterator[list[bool]]:
    """Ctrl-C and termination ask for a stop after the current step instead of tearing it."""
    asked = [False]

    def ask(_signal: int, _frame: object) -> None:
        asked[0] = True

    before = {s: signal.signal(s, ask) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def learning_rate_factor(step: int, plan: Plan) -> float:
    """Linear warm-up, then half a cosine down to 2 % at ``plan.steps``."""
    rise = min(1.0, (step + 1) / plan.warm_up)
    if plan.start_from is not None:
        rise *= START_FROM_FACTOR
    return rise * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, step / plan.steps))))


def _average(average: nn.Module, network: nn.Module, step: int) -> None:
    decay = min(0.998, (1 + step) / (20 + step))
    with torch.no_grad():
        for mean, value in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
            if mean.dtype.is_floating_point:
                mean.lerp_(value.to(mean), 1 - decay)
            else:
                mean.copy_(value)


def _save(fabric: Fabric, path: Path, state: dict[str, Any]) -> None:
    # Under Fabric every process takes part in saving; only the first renames.
    temporary = path.with_suffix(".part")
    fabric.save(temporary, state)
    fabric.barrier()
    if fabric.is_global_zero:
        os.replace(temporary, path)


def _write_curves(out: Path, rows: list[dict[str, float]]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = list(dict.fromkeys(name for row in rows for name in row))
    with written_beside(out / "loss.csv") as path, path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    curves = [name for name in names if name not in ("step", "seconds")]
    figure, axes = pyplot.subplots(len(curves), 1, figsize=(8, 2.2 * len(curves)), sharex=True, squeeze=False)
    for axis, name in zip(axes[:, 0], curves, strict=True):
        points = [(row["step"], row[name]) for row in rows if name in row]
        steps, values = np.array(points).T
        axis.plot(steps, values, linewidth=0.5, alpha=0.4)
        width = max(1, len(values) // 50)
        axis.plot(steps[width - 1 :], np.convolve(values, np.ones(width) / width, "valid"))
        axis.set_ylabel(name)
        axis.grid(alpha=0.3)
    axes[-1, 0].set_xlabel("step")
    figure.tight_layout()
    with written_beside(out / "loss.png") as path:
        figure.savefig(path)
    pyplot.close(figure)


def _start_from(path: Path, trainer: Trainer) -> None:
    """Take over the weights of an earlier training, perhaps of a narrower network. Raises `TrainingError` if they are
    another network's."""
    earlier, figures = load_weights(path)
    try:
        # Weights only: what a trainer measured on its data (an atlas, say) stays.
        take_over(next(iter(trainer.networks.values())), earlier)
    except RuntimeError as error:
        raise TrainingError(
            f"{path} holds another network than {trainer.kind}; choose another --start-from."
        ) from error
    trainer.extra["started_from"] = figures


def _load(fabric: Fabric, path: Path, state: dict[str, Any], identity: dict[str, Any]) -> None:
    try:
        saved = fabric.load(path)
    except Exception as error:
        raise TrainingError(f"The checkpoint {path} cannot be read ({error}); train without --resume.") from error
    if saved["identity"] != identity:
        raise TrainingError(
            f"The checkpoint {path} was made with another configuration; use the same options or another --out."
        )
    for name, value in state.items():
        if isinstance(value, (nn.Module, torch.optim.Optimizer)):
            value.load_state_dict(saved[name])
    state["progress"].update(saved["progress"])


class _Run:
    """One training under way: the networks, their optimisers and moving average, and how far it has come."""

    def __init__(self, trainer: Trainer, plan: Plan, fabric: Fabric) -> None:
        self.trainer, self.plan, self.fabric = trainer, plan, fabric
        self.out = plan.out / trainer.kind
        self.checkpoint = self.out / "checkpoint.pt"
        for network in trainer.networks.values():
            fabric.to_device(network)
            network.load_state_dict(fabric.broadcast(network.state_dict()))
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.AdamW(network.parameters(), trainer.learning_rates[name])
            for name, network in trainer.networks.items()
        }
        self.main = next(iter(trainer.networks.values()))
        self.average = copy.deepcopy(self.main).eval().requires_grad_(False)
        self.progress: dict[str, Any] = {"step": 0, "rows": []}

    def _state(self) -> dict[str, Any]:
        plan, trainer = self.plan, self.trainer
        identity = {"kind": trainer.kind, "config": trainer.config, "seed": plan.seed, "steps": plan.steps}
        state: dict[str, Any] = {f"network {name}": network for name, network in trainer.networks.items()}
        state |= {f"optimizer {name}": optimizer for name, optimizer in self.optimizers.items()}
        return state | {"average": self.average, "progress": self.progress, "identity": identity}

    def restore(self) -> None:
        """Go on where the checkpoint was written. Raises `TrainingError` if it was made otherwise."""
        state = self._state()
        _load(self.fabric, self.checkpoint, state, state["identity"])

    def keep(self) -> None:
        """Write the checkpoint, the weights and the loss curves."""
        _save(self.fabric, self.checkpoint, {name: _plain(value) for name, value in self._state().items()})
        if self.fabric.is_global_zero:
            rows, kind = self.progress["rows"], self.trainer.kind
            figures = {"steps": self.progress["step"], "seconds": sum(row["seconds"] for row in rows)}
            weights = self.out / f"{kind}.safetensors"
            export_weights(weights, kind, self.trainer.config, self.average, self.trainer.extra | figures)
            _write_curves(self.out, rows)

    def step(self) -> None:
        """One step of every network, logged."""
        begun, step = time.monotonic(), self.progress["step"]
        row = _step(self.fabric, self.trainer, self.optimizers, step, self.plan)
        _average(self.average, self.main, step)
        row["seconds"] = time.monotonic() - begun
        self.progress["rows"].append(row)
        self.progress["step"] = step + 1
        if self.fabric.is_global_zero and (step % 20 == 0 or step + 1 == self.plan.steps):
            figures = "  ".join(f"{name} {value:.4g}" for name, value in row.items() if name != "step")
            print(f"{self.trainer.kind} {step + 1}/{self.plan.steps}  {figures}", file=sys.stderr, flush=True)


def fit(trainer: Trainer, plan: Plan) -> Path:
    """Train until the steps or the minutes are used up or a stop is asked for; the folder of the results is returned.

    Writes ``checkpoint.pt``, ``loss.csv``, ``loss.png`` and ``<kind>.safetensors`` (the moving average, half
    precision) into ``plan.out / kind``. Raises `TrainingError` when the loss is not a number any more (the last good
    checkpoint stays) and when a checkpoint does not fit.
    """
    accelerator = {"auto": "auto", "cpu": "cpu"}.get(plan.device, "cuda")
    fabric = Fabric(accelerator=accelerator, devices="auto" if accelerator == "cuda" else 1)
    fabric.launch()
    torch.manual_seed(plan.seed)
    if plan.start_from is not None:
        _start_from(plan.start_from, trainer)
    run = _Run(trainer, plan, fabric)
    run.out.mkdir(parents=True, exist_ok=True)
    if run.checkpoint.exists():
        if not plan.resume:
            raise TrainingError(
                f"{run.out} holds a training run already; add --resume to go on with it, or choose another --out."
            )
        run.restore()
    started = kept = time.monotonic()
    deadline = math.inf if plan.minutes is None else started + 60 * plan.minutes
    with _stop_on_interrupt() as asked:
        while run.progress["step"] < plan.steps and time.monotonic() < deadline and not asked[0]:
            run.step()
            if time.monotonic() - kept > 60 * plan.checkpoint_minutes:
                run.keep()
                kept = time.monotonic()
    if run.progress["rows"]:
        run.keep()
    return run.out


def _plain(value: object) -> object:
    return value.state_dict() if isinstance(value, (nn.Module, torch.optim.Optimizer)) else value


def _share_gradients(fabric: Fabric, network: nn.Module) -> None:
    """The mean gradient over all processes. Trainers call several methods of a network in one step, which the usual
    wrapper for distributed modules does not allow."""
    if fabric.world_size > 1:
        for parameter in network.parameters():
            if parameter.grad is not None:
                parameter.grad = fabric.all_reduce(parameter.grad, reduce_op="mean")


def _refuse_if_not_finite(value: float, what: str, kind: str, step: int) -> None:
    # Before the weights change: one such gradient would spoil them, and the next checkpoint with them.
    if not math.isfinite(value):
        raise TrainingError(
            f"The {what} of {kind} is not a number at step {step}; the last checkpoint is kept: "
            "resume it with a lower learning rate."
        )


def _step(
    fabric: Fabric,
    trainer: Trainer,
    optimizers: dict[str, torch.optim.Optimizer],
    step: int,
    plan: Plan,
) -> dict[str, float]:
    rng = np.random.default_rng([plan.seed, step, fabric.global_rank])
    torch.manual_seed(int(rng.integers(2**62)))
    factor = learning_rate_factor(step, plan)
    row: dict[str, float] = {"step": float(step)}
    for name, loss, figures in trainer.losses(step, rng):
        _refuse_if_not_finite(float(loss.detach()), "loss", trainer.kind, step)
        optimizer = optimizers[name]
        for group in optimizer.param_groups:
            group["lr"] = trainer.learning_rates[name] * factor
        optimizer.zero_grad(set_to_none=True)
        fabric.backward(loss)
        _share_gradients(fabric, trainer.networks[name])
        norm = torch.nn.utils.clip_grad_norm_(trainer.networks[name].parameters(), 1.0)
        _refuse_if_not_finite(float(norm), "gradient", trainer.kind, step)
        optimizer.step()
        row |= figures
    return row
