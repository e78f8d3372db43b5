import numpy as np
import pytest
import torch

from engine.errors import TrainingError
from engine.models.mask_networks import MaskDenoiser
from engine.models.networks import build
from engine.recipe import INTRACRANIAL, VOLUME
from engine.training import denoisers, images, mask_autoencoder
from engine.training.denoisers import (
    CONDITIONS,
    ImageDenoiserTrainer,
    MaskDenoiserTrainer,
    cached_latents,
    flow_matching_loss,
    statistics,
)
from engine.training.shapes import ShapeLibrary, intracranial_ml, ventricular_ml
from engine.training.weights import export_weights
from tests.engine.tiny_networks import CONFIGS

SMALL = (32, 32, 32)
TRAINERS = [MaskDenoiserTrainer, ImageDenoiserTrainer]


@pytest.fixture(autouse=True)
def small_grid(monkeypatch):
    """Few latents, on 32 x 32 x 32 voxels."""
    for module in (denoisers, images, mask_autoencoder):
        monkeypatch.setattr(module, "GRID", SMALL)
    monkeypatch.setattr(denoisers, "MASK_LATENTS", 5)
    monkeypatch.setattr(denoisers, "IMAGE_LATENTS", 5)
    for trainer in TRAINERS:
        monkeypatch.setattr(trainer, "config", CONFIGS[trainer.kind])


def export(out, kind, steps=3):
    torch.manual_seed(0)
    (out / kind).mkdir(parents=True, exist_ok=True)
    path = out / kind / f"{kind}.safetensors"
    export_weights(path, kind, CONFIGS[kind], build(kind, CONFIGS[kind]), {"steps": steps, "seconds": 1.0})


@pytest.fixture
def out(shapes, brain):
    """A training folder in which both autoencoders are trained and two scans are labelled."""
    export(shapes, "mask_autoencoder")
    export(shapes, "image_autoencoder")
    (shapes / "images").mkdir()
    for n in range(2):
        image = np.random.default_rng(n).uniform(0.2, 1, SMALL) * (brain > 0)
        np.save(shapes / "images" / f"scan{n}_00_image.npy", image.astype(np.float16))
        np.save(shapes / "images" / f"scan{n}_00_classes.npy", brain)
    return shapes


@pytest.mark.parametrize("make", TRAINERS)
def test_one_step_has_a_finite_loss_whose_gradient_is_finite(out, make):
    trainer = make(out)
    torch.manual_seed(0)
    ((name, loss, figures),) = trainer.losses(0, np.random.default_rng(1))
    loss.backward()
    assert name == trainer.kind
    assert loss.isfinite()
    assert 0.5 < float(loss.detach()) < 10
    assert figures == {"loss": float(loss.detach())}
    gradients = [p.grad for p in trainer.network.parameters() if p.grad is not None]
    assert sum(float(g.abs().sum()) for g in gradients) > 0
    assert all(g.isfinite().all() for g in gradients)


@pytest.mark.parametrize("make", TRAINERS)
def test_what_the_denoiser_sees_is_normalised_and_how_is_stored_with_the_weights(out, make):
    trainer = make(out)
    latents = trainer.latents["latent"].astype(np.float32)
    assert latents.shape == (5, 2, 4, 4, 4)
    seen = (latents - trainer.mean[:, None, None, None]) / trainer.scale[:, None, None, None]
    assert np.allclose(seen.mean(axis=(0, 2, 3, 4)), 0, atol=1e-2)
    if isinstance(trainer, MaskDenoiserTrainer):
        network = trainer.network
        assert isinstance(network, MaskDenoiser)
        # It works on the deviation from its atlas, which depends on the ventricular volume.
        values = [CONDITIONS[0].normalised(ml) for ml in trainer.latents["volumes"][:, 0]]
        condition = torch.tensor([[[value, 1.0], [0.0, 0.0]] for value in values])
        seen = seen - network.conditional_atlas(condition).numpy()
        free = network.conditional_atlas(torch.zeros(1, 2, 2)).numpy()[0]
        assert np.allclose(
            (latents - trainer.mean[:, None, None, None]).mean(axis=0) / trainer.scale[:, None, None, None],
            free,
            atol=1e-2,
        )
    assert np.allclose(seen.std(axis=(0, 2, 3, 4)), 1, atol=2e-2)
    assert np.allclose(trainer.extra["latent_mean"], trainer.mean)
    assert np.allclose(trainer.extra["latent_scale"], trainer.scale)


def test_statistics_are_those_of_each_channel(rng):
    latents = rng.normal([[[[[1.0]]], [[[-4.0]]]]], [[[[[2.0]]], [[[0.5]]]]], (50, 2, 6, 6, 6))
    mean, scale = statistics(latents)
    assert np.allclose(mean, [1, -4], atol=0.1)
    assert np.allclose(scale, [2, 0.5], atol=0.05)


def test_the_volumes_kept_beside_a_latent_are_its_own(out):
    trainer = MaskDenoiserTrainer(out)
    shapes = ShapeLibrary(out)
    for n, (ventricular, intracranial) in enumerate(trainer.latents["volumes"]):
        classes = mask_autoencoder.random_shape(shapes, SMALL, np.random.default_rng([1, n])).numpy()
        assert ventricular == pytest.approx(ventricular_ml(classes))
        assert intracranial == pytest.approx(intracranial_ml(classes))


def test_conditions_are_hidden_as_often_as_they_should_be(out):
    trainer, rng = MaskDenoiserTrainer(out), np.random.default_rng(0)
    assert [c.key for c in CONDITIONS] == [VOLUME, INTRACRANIAL]
    rows = torch.cat([trainer.condition(np.arange(5), rng) for _ in range(200)])
    assert rows.shape == (1000, 2, 2)
    hidden = (rows[:, :, 1] == 0).float().mean(dim=0)
    assert hidden.tolist() == pytest.approx([0.15, 0.5], abs=0.05)
    assert (rows[rows[:, :, 1] == 0] == 0).all()
    for n, condition in enumerate(CONDITIONS):
        wanted = {round(condition.normalised(ml), 4) for ml in trainer.latents["volumes"][:, n]}
        assert {round(float(v), 4) for v in rows[rows[:, n, 1] == 1][:, n, 0]} == wanted


def test_the_image_denoiser_sees_the_tissue_fractions_of_its_own_latents(out):
    trainer = ImageDenoiserTrainer(out)
    fractions = trainer.condition(np.array([1, 4]), np.random.default_rng(0))
    assert fractions.shape == (2, 33, 4, 4, 4)
    assert torch.allclose(fractions.sum(dim=1), torch.ones(2, 4, 4, 4), atol=1e-2)
    assert np.array_equal(fractions[1].numpy(), trainer.latents["fractions"][4].astype(np.float32))


@pytest.mark.parametrize("make", TRAINERS)
def test_latents_are_made_once_and_anew_for_another_autoencoder(out, make):
    make(out)
    (path,) = out.glob(f"{make.kind.split('_')[0]}_latents.npz")
    first = path.read_bytes()
    path.touch()
    make(out)
    assert path.read_bytes() == first
    export(out, make.kind.replace("denoiser", "autoencoder"), steps=4)
    make(out)
    assert path.read_bytes() != first


def test_cached_latents_are_the_ones_that_were_made(tmp_path):
    made = []

    def make(n):
        made.append(n)
        return {"latent": np.full((2, 2), n, np.float16), "volumes": np.array([n, 2.0 * n])}

    path = tmp_path / "latents.npz"
    first = cached_latents(path, {"a": 1}, 3, make)
    again = cached_latents(path, {"a": 1}, 3, make)
    assert made == [0, 1, 2]
    assert first.keys() == again.keys() == {"latent", "volumes"}
    assert all(np.array_equal(first[name], again[name]) for name in first)
    cached_latents(path, {"a": 2}, 3, make)
    assert len(made) == 6


def test_the_right_velocity_costs_nothing_and_its_time_runs_to_a_thousand():
    x, free, times = torch.zeros(64, 2, 4, 4, 4), torch.zeros(64, 0, 2), []

    class Knows(torch.nn.Module):
        def forward(self, noisy, t, condition):
            # x_t = t noise where the data is zero, so the velocity x - noise is -x_t / t.
            times.append(t)
            return -noisy / (t / 1000).view(-1, 1, 1, 1, 1)

    class KnowsNothing(torch.nn.Module):
        def forward(self, noisy, t, condition):
            return torch.zeros_like(noisy)

    torch.manual_seed(0)
    assert float(flow_matching_loss(Knows(), x, free)) == pytest.approx(0, abs=1e-9)
    assert 0 < times[0].min() < 300
    assert 700 < times[0].max() < 1000
    assert float(flow_matching_loss(KnowsNothing(), x, free)) == pytest.approx(1, abs=0.1)
    flow_matching_loss(Knows(), x, free, shift=4.0)
    assert times[1].median() > 700 > times[0].median()


@pytest.mark.parametrize("make", TRAINERS)
def test_a_denoiser_cannot_be_trained_before_its_autoencoder(make, shapes):
    with pytest.raises(TrainingError, match=r"train (mask|image)-autoencoder first"):
        make(shapes)
