import json
from typing import Any

import pytest
import torch

from engine.errors import TrainingError
from engine.models.device import cpu_device
from engine.models.loading import load_network
from engine.models.networks import build
from engine.pack import file_sha256, load_pack
from engine.recipe import INTRACRANIAL, VOLUME
from engine.training.packing import NETWORKS, make_pack
from engine.training.weights import export_weights
from tests.engine.tiny_networks import CONFIGS


def export(out, kind, seed=0):
    torch.manual_seed(seed)
    (out / kind).mkdir(parents=True, exist_ok=True)
    figures: dict[str, Any] = {"steps": 12, "seconds": 3.5}
    if kind.endswith("denoiser"):
        figures |= {"latent_mean": [0.1, -0.2], "latent_scale": [1.5, 0.8], "time_shift": 4.0}
    export_weights(out / kind / f"{kind}.safetensors", kind, CONFIGS[kind], build(kind, CONFIGS[kind]), figures)


@pytest.fixture
def out(tmp_path):
    """A training folder with all five networks."""
    for kind in NETWORKS:
        export(tmp_path, kind)
    return tmp_path


def test_five_trained_networks_become_a_pack_that_loads(out):
    pack = load_pack(make_pack(out, out / "pack"))
    assert set(pack.networks) == set(NETWORKS)
    for name in NETWORKS:
        assert not load_network(pack, name, cpu_device()).training
        assert file_sha256(pack.path(name)) == file_sha256(out / name / f"{name}.safetensors")
    assert {path.name for path in pack.folder.iterdir()} == {"pack.json", *(f"{n}.safetensors" for n in NETWORKS)}


def test_the_pack_is_sampled_as_its_networks_were_trained(out):
    pack = load_pack(make_pack(out, out / "pack"))
    assert pack.shape == (160, 192, 160)
    for model, condition_keys in [(pack.mask_generator, [VOLUME, INTRACRANIAL]), (pack.image_generator, [])]:
        assert (model.schedule, model.prediction) == ("rectified_flow", "velocity")
        assert model.latent_shape == (2, 20, 24, 20)
        assert model.latent_mean == (0.1, -0.2)
        assert model.schedule_options["time_shift"] == 4.0
        assert model.latent_scale == (1.5, 0.8)
        assert [condition.key for condition in model.conditions] == condition_keys
    pack.check(pack.default_recipe())


def test_every_control_that_is_a_condition_stays_within_what_was_trained(out):
    pack = load_pack(make_pack(out, out / "pack"))
    for condition in pack.mask_generator.conditions:
        control = pack.control(condition.key)
        assert condition.low <= control.low < control.high <= condition.high


def test_the_pack_says_what_it_was_trained_on_and_how_long(out):
    manifest = json.loads((make_pack(out, out / "pack") / "pack.json").read_text(encoding="utf-8"))
    training = manifest["training"]
    assert training["networks"]["segmenter"] == {"steps": 12, "seconds": 3.5}
    assert training["classes"] == 33
    assert training["held_out"]
    assert all(source["terms"] and source["citation"] for source in training["data"])


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_network_that_is_not_trained_yet_is_named_with_its_command(out, kind):
    (out / kind / f"{kind}.safetensors").unlink()
    with pytest.raises(TrainingError, match=f"train {kind.replace('_', '-')}"):
        make_pack(out, out / "pack")
    assert not (out / "pack" / "pack.json").exists()


def test_packing_again_takes_the_newer_weights(out):
    before = load_pack(make_pack(out, out / "pack"))
    export(out, "segmenter", seed=1)
    after = load_pack(make_pack(out, out / "pack"))
    assert before.networks["segmenter"].sha256 != after.networks["segmenter"].sha256
    assert before.networks["mask_denoiser"] == after.networks["mask_denoiser"]
    after.verify("segmenter")
