import csv
import json
import math
import os
import signal
import time

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch import nn

from engine.errors import TrainingError
from engine.models.networks import build
from engine.training import fit as fit_module
from engine.training.fit import Plan, fit, learning_rate_factor
from engine.training.weights import export_weights, load_weights
from tests.engine.tiny_networks import CONFIGS


class Toy:
    """A trainer of next to nothing, whose losses depend on both sources of randomness. ``event``, if set, is called
    with each step's number."""

    kind = "toy"

    def __init__(self, seed=0):
        torch.manual_seed(seed)
        self.config = {"width": 4}
        self.extra = {"latent_mean": [0.5]}
        first = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
        self.networks = {"toy": first, "critic": nn.Linear(1, 1)}
        self.learning_rates = {"toy": 1e-2, "critic": 1e-3}
        self.steps = []
        self.event = lambda step: None

    def losses(self, step, rng):
        self.steps.append(step)
        self.event(step)
        x = torch.randn(8, 3) + float(rng.normal())
        made = self.networks["toy"](x)
        loss = (made - x.sum(dim=1, keepdim=True)).square().mean()
        yield "toy", loss, {"loss": float(loss.detach())}
        if step % 2:
            verdict = self.networks["critic"](made.detach()).square().mean()
            yield "critic", verdict, {"critic": float(verdict.detach())}


@pytest.fixture
def curves():
    """For tests that look at the curves, which take longer to draw than all of the training."""


@pytest.fixture(autouse=True)
def no_curves(request, monkeypatch):
    """Everyone else goes without."""
    if "curves" not in request.fixturenames:
        monkeypatch.setattr(fit_module, "_write_curves", lambda out, rows: None)


@pytest.fixture
def plan(tmp_path):
    def make(**changes):
        return Plan(**({"out": tmp_path, "steps": 6, "device": "cpu", "warm_up": 2} | changes))

    return make


def checkpoint_of(out):
    return torch.load(out / "checkpoint.pt", weights_only=False)


def stop_at(trainer, step):
    """The trainer is asked to stop, as by Ctrl-C, in the middle of a step."""
    trainer.event = lambda now: os.kill(os.getpid(), signal.SIGINT) if now == step else None
    return trainer


def same(a, b):
    """Whether two nested states hold the same numbers to the last bit."""
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return a == b


def test_training_leaves_a_checkpoint_curves_and_weights(plan, curves):
    trainer = Toy()
    out = fit(trainer, plan())
    assert sorted(path.name for path in out.iterdir()) == ["checkpoint.pt", "loss.csv", "loss.png", "toy.safetensors"]
    assert trainer.steps == [0, 1, 2, 3, 4, 5]
    with (out / "loss.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["step"]) for row in rows] == trainer.steps
    assert [bool(row["critic"]) for row in rows] == [False, True] * 3
    assert (out / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_the_weights_that_ship_are_the_moving_average_in_half_precision(plan):
    out = fit(Toy(), plan())
    average = checkpoint_of(out)["average"]
    with safe_open(out / "toy.safetensors", "pt") as file:
        metadata = file.metadata()
        kept = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    assert {value.dtype for value in kept.values()} == {torch.float16}
    assert kept.keys() == average.keys()
    assert all(torch.equal(kept[name], average[name].half()) for name in kept)
    assert metadata["kind"] == "toy"
    assert json.loads(metadata["config"]) == {"width": 4}
    extra = json.loads(metadata["extra"])
    assert extra["latent_mean"] == [0.5]
    assert extra["steps"] == 6
    assert extra["seconds"] > 0


def test_the_average_follows_the_weights_and_counts_are_copied(plan):
    state = checkpoint_of(fit(Toy(), plan()))
    average, now = state["average"], state["network toy"]
    assert not torch.equal(average["0.weight"], now["0.weight"])
    start = Toy().networks["toy"].state_dict()["0.weight"]
    assert (average["0.weight"] - now["0.weight"]).norm() < (start - now["0.weight"]).norm()
    assert average["1.num_batches_tracked"] == now["1.num_batches_tracked"] == 6


def test_a_resumed_run_does_what_an_uninterrupted_one_would_have_done(plan, tmp_path):
    whole = checkpoint_of(fit(Toy(), plan(out=tmp_path / "whole")))
    broken = plan(out=tmp_path / "broken")
    fit(stop_at(Toy(), 2), broken)
    second = Toy(seed=99)  # what it starts with is replaced
    torch.rand(7)
    resumed = checkpoint_of(fit(second, plan(out=tmp_path / "broken", resume=True)))
    assert second.steps == [3, 4, 5]
    for part in ("network toy", "network critic", "average", "optimizer toy", "optimizer critic"):
        assert same(whole[part], resumed[part]), part
    rows = [
        [{k: v for k, v in row.items() if k != "seconds"} for row in s["progress"]["rows"]] for s in (whole, resumed)
    ]
    assert rows[0] == rows[1]


def test_another_seed_trains_otherwise(plan, tmp_path):
    first, second = (checkpoint_of(fit(Toy(), plan(out=tmp_path / str(s), seed=s))) for s in (0, 1))
    assert not same(first["network toy"], second["network toy"])


def test_resuming_where_there_is_nothing_begins(plan):
    trainer = Toy()
    fit(trainer, plan(resume=True))
    assert trainer.steps[0] == 0


def test_a_finished_run_that_is_resumed_has_nothing_to_do(plan):
    before = checkpoint_of(fit(Toy(), plan()))
    trainer = Toy()
    after = checkpoint_of(fit(trainer, plan(resume=True)))
    assert trainer.steps == []
    assert same(before, after)


def test_a_run_that_is_there_is_not_overwritten(plan):
    out = fit(Toy(), plan())
    before = (out / "checkpoint.pt").read_bytes()
    with pytest.raises(TrainingError, match="add --resume"):
        fit(Toy(), plan())
    assert (out / "checkpoint.pt").read_bytes() == before


@pytest.mark.parametrize("change", ["config", "steps", "seed"])
def test_a_run_of_another_configuration_is_not_resumed(plan, change):
    fit(Toy(), plan())
    trainer = Toy()
    other = plan(resume=True, **({change: 7} if change != "config" else {}))
    if change == "config":
        trainer.config = {"width": 5}
    with pytest.raises(TrainingError, match="another configuration"):
        fit(trainer, other)
    assert trainer.steps == []


@pytest.mark.parametrize("content", [b"", b"no checkpoint"])
def test_a_damaged_checkpoint_is_refused(plan, content):
    out = fit(Toy(), plan())
    (out / "checkpoint.pt").write_bytes(content)
    with pytest.raises(TrainingError, match="cannot be read"):
        fit(Toy(), plan(resume=True))


class Spoilt(Toy):
    """From one step on the loss, or its gradient, is not a number."""

    def __init__(self, step, what):
        super().__init__()
        self.first, self.what = step, what

    def losses(self, step, rng):
        for name, loss, figures in super().losses(step, rng):
            if step < self.first:
                yield name, loss, figures
            elif self.what == "loss":
                yield name, loss * math.nan, figures
            else:  # the root's slope at zero
                yield name, loss + (loss - loss).sqrt(), figures


@pytest.mark.parametrize("what", ["loss", "gradient"])
def test_a_loss_that_is_not_a_number_stops_before_it_spoils_anything(plan, what):
    out = fit(stop_at(Toy(), 2), plan())
    before = (out / "checkpoint.pt").read_bytes()
    trainer = Spoilt(4, what)
    with pytest.raises(TrainingError, match=f"{what} of toy is not a number at step 4"):
        fit(trainer, plan(resume=True))
    assert (out / "checkpoint.pt").read_bytes() == before
    assert all(value.isfinite().all() for value in trainer.networks["toy"].state_dict().values())


def test_no_minutes_make_no_step_and_write_nothing(plan):
    trainer = Toy()
    out = fit(trainer, plan(minutes=0))
    assert trainer.steps == []
    assert list(out.iterdir()) == []


def test_when_the_minutes_are_over_what_was_reached_is_kept(plan, monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr(time, "monotonic", lambda: 20.0 * next(clock))
    out = fit(Toy(), plan(steps=500, minutes=5))
    reached = checkpoint_of(out)["progress"]["step"]
    assert 2 <= reached <= 15
    assert (out / "toy.safetensors").exists()


def test_checkpoints_are_made_on_the_way(plan):
    seen = []
    trainer = Toy()
    trainer.event = lambda step: seen.append((trainer_out / "checkpoint.pt").exists())
    trainer_out = plan().out / "toy"
    fit(trainer, plan(checkpoint_minutes=0))
    assert seen == [False] + [True] * 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_being_asked_to_stop_finishes_the_step_and_keeps_it(plan, number):
    trainer = Toy()
    trainer.event = lambda step: os.kill(os.getpid(), number) if step == 2 else None
    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    out = fit(trainer, plan())
    assert trainer.steps == [0, 1, 2]
    assert checkpoint_of(out)["progress"]["step"] == 3
    assert (out / "toy.safetensors").exists()
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_fault_in_a_step_gives_the_signals_back(plan):
    trainer = Toy()

    def fault(step):
        raise ZeroDivisionError

    trainer.event = fault
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError):
        fit(trainer, plan())
    assert signal.getsignal(signal.SIGINT) is before


def test_being_killed_between_writing_and_renaming_leaves_the_old_checkpoint(plan, monkeypatch):
    out = fit(stop_at(Toy(), 2), plan())
    before = (out / "checkpoint.pt").read_bytes()

    class Killed(BaseException):
        pass

    def killed(source, target):
        assert source.stat().st_size > 0
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with pytest.raises(Killed):
            fit(Toy(), plan(resume=True))
    assert (out / "checkpoint.pt").read_bytes() == before
    trainer = Toy()
    fit(trainer, plan(resume=True))
    assert trainer.steps == [3, 4, 5]
    assert checkpoint_of(out)["progress"]["step"] == 6


def test_the_learning_rate_rises_and_then_falls_to_two_per_cent(plan):
    p = plan(steps=100, warm_up=10)
    factors = [learning_rate_factor(step, p) for step in range(101)]
    assert factors[0] == pytest.approx(0.1)
    assert factors[:10] == sorted(factors[:10])
    assert factors[9:] == sorted(factors[9:], reverse=True)
    assert factors[50] == pytest.approx(0.51)
    assert factors[100] == pytest.approx(0.02)
    assert learning_rate_factor(500, p) == pytest.approx(0.02)


def test_the_optimizer_gets_the_learning_rate_of_the_step(plan):
    p = plan()
    state = checkpoint_of(fit(Toy(), p))
    wanted = 1e-2 * learning_rate_factor(5, p)
    assert state["optimizer toy"]["param_groups"][0]["lr"] == pytest.approx(wanted)


def test_weights_come_back_from_their_file_alone(tmp_path):
    torch.manual_seed(0)
    network = build("mask_denoiser", CONFIGS["mask_denoiser"])
    path = tmp_path / "mask_denoiser.safetensors"
    export_weights(path, "mask_denoiser", CONFIGS["mask_denoiser"], network, {"steps": 3, "latent_mean": [0.25, -1.0]})
    back, extra = load_weights(path)
    assert extra == {"steps": 3, "latent_mean": [0.25, -1.0]}
    assert not back.training
    for name, value in network.state_dict().items():
        assert np.array_equal(back.state_dict()[name], value.half().float())
    assert list(tmp_path.iterdir()) == [path]


def test_weights_that_are_missing_say_which_stage_makes_them(tmp_path):
    with pytest.raises(TrainingError, match="train mask-denoiser first"):
        load_weights(tmp_path / "mask_denoiser.safetensors")


class Real(Toy):
    """A trainer of a network that can be rebuilt from its file."""

    kind = "mask_denoiser"

    def __init__(self, seed=0):
        torch.manual_seed(seed)
        self.config, self.extra, self.steps = CONFIGS[self.kind], {}, []
        self.networks = {self.kind: build(self.kind, self.config)}
        self.learning_rates = {self.kind: 0.0}

    def losses(self, step, rng):
        self.steps.append(step)
        made = self.networks[self.kind](torch.randn(1, 2, 4, 4, 4), torch.tensor([500.0]), torch.zeros(1, 2, 2))
        yield self.kind, made.square().mean(), {}


def test_a_run_can_begin_with_the_weights_of_an_earlier_one(plan, tmp_path):
    earlier = fit(Real(seed=1), plan(out=tmp_path / "earlier", steps=1)) / "mask_denoiser.safetensors"
    trainer = Real(seed=2)
    out = fit(trainer, plan(out=tmp_path / "later", steps=1, start_from=earlier))
    wanted, figures = load_weights(earlier)
    for name, value in trainer.networks["mask_denoiser"].state_dict().items():
        assert torch.equal(value, wanted.state_dict()[name])
    kept, extra = load_weights(out / "mask_denoiser.safetensors")
    assert torch.equal(kept.state_dict()["net.conv_in.conv.weight"], wanted.state_dict()["net.conv_in.conv.weight"])
    assert extra["started_from"] == figures


def test_a_resumed_run_goes_on_with_its_own_weights(plan, tmp_path):
    earlier = fit(Real(seed=1), plan(out=tmp_path / "earlier", steps=1)) / "mask_denoiser.safetensors"
    begun = checkpoint_of(fit(Real(seed=2), plan(out=tmp_path / "later", steps=1)))
    again = checkpoint_of(fit(Real(seed=3), plan(out=tmp_path / "later", steps=1, start_from=earlier, resume=True)))
    assert same(begun["network mask_denoiser"], again["network mask_denoiser"])


def test_the_weights_of_another_network_are_refused(plan, tmp_path):
    earlier = fit(Real(), plan(out=tmp_path / "earlier", steps=1)) / "mask_denoiser.safetensors"
    with pytest.raises(TrainingError, match="choose another --start-from"):
        fit(Toy(), plan(start_from=earlier))
