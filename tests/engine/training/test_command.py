import pytest

from engine.arguments import NETWORKS as ARGUMENTS
from engine.errors import TrainingError
from engine.models.networks import KINDS
from engine.training import command
from engine.training.command import CHAIN, NETWORKS, STAGES, train


@pytest.fixture
def fitted(monkeypatch):
    """What would have been trained: the trainer and the plan."""
    seen = []

    def fit(trainer, plan):
        seen.append((trainer, plan))
        return plan.out

    monkeypatch.setattr(command, "fit", fit)
    monkeypatch.setitem(command.NETWORKS, "segmenter", (lambda request: request, 1000))
    return seen


def test_every_network_has_a_trainer():
    assert {name.replace("-", "_") for name in NETWORKS} == set(KINDS)


def test_options_become_a_plan(fitted, tmp_path):
    train("segmenter", tmp_path, tmp_path / "out", resume=True, minutes=2.5, steps=7, device="cpu")
    ((request, plan),) = fitted
    assert (request.data, request.out) == (tmp_path, tmp_path / "out")
    assert (plan.out, plan.steps, plan.minutes, plan.resume, plan.device) == (tmp_path / "out", 7, 2.5, True, "cpu")


def test_without_steps_a_network_takes_its_usual_ones(fitted, tmp_path):
    train("segmenter", tmp_path, tmp_path / "out")
    assert fitted[0][1].steps == 1000
    assert fitted[0][1].resume is False


def test_training_data_that_is_not_there_is_refused(fitted, tmp_path):
    with pytest.raises(TrainingError, match="give the training data with --data"):
        train("segmenter", tmp_path / "nowhere", tmp_path)
    assert fitted == []


@pytest.mark.parametrize("stage", list(STAGES))
def test_stages_between_networks_are_run_instead(fitted, tmp_path, monkeypatch, stage):
    ran = []

    def run(request):
        ran.append(request)
        return request.out

    monkeypatch.setitem(command.STAGES, stage, run)
    assert train(stage, tmp_path, tmp_path / "out") == tmp_path / "out"
    assert [request.data for request in ran] == [tmp_path]
    assert fitted == []


def test_packing_needs_no_training_data(tmp_path):
    with pytest.raises(TrainingError, match="train segmenter"):
        train("pack", tmp_path / "nowhere", tmp_path / "out")


def test_the_whole_chain_is_everything_in_order_within_its_budget(monkeypatch, tmp_path):
    ran, plain = [], command.train

    def watched(name, data, out, **options):
        if name == "all":
            return plain(name, data, out, **options)
        ran.append((name, options["minutes"], options["resume"]))
        return out / name

    monkeypatch.setattr(command, "train", watched)
    assert command.train("all", tmp_path, tmp_path, minutes=100.0) == tmp_path / "calibration"
    assert [name for name, *_ in ran] == list(CHAIN)
    assert set(CHAIN) == set(NETWORKS) | set(STAGES)
    assert {name for name, minutes, _ in ran if minutes is not None} == set(NETWORKS)
    assert sum(minutes for _, minutes, _ in ran if minutes) == pytest.approx(100)
    assert all(resume for *_, resume in ran)


def test_the_command_line_knows_every_stage():
    assert set(ARGUMENTS) == set(CHAIN) | {"all"}
