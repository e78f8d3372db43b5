from typing import Any

import numpy as np
import pytest
import torch

from engine.errors import TrainingError
from engine.labels import synthseg33
from engine.training import mask_autoencoder
from engine.training.deform import Deformation
from engine.training.mask_autoencoder import MaskAutoencoderTrainer, divergence, noisy, random_shape
from tests.engine.tiny_networks import CONFIGS

SMALL = (32, 32, 32)


@pytest.fixture(autouse=True)
def small_grid(monkeypatch):
    """Everything on 32 x 32 x 32 voxels."""
    monkeypatch.setattr(mask_autoencoder, "GRID", SMALL)
    monkeypatch.setattr(mask_autoencoder, "CROP", (32, 32, 64))
    monkeypatch.setattr(MaskAutoencoderTrainer, "config", CONFIGS["mask_autoencoder"])


class Only:
    """A library of one shape."""

    def __init__(self, shape):
        self.shape = shape

    def pick(self, rng):
        return self.shape


@pytest.fixture
def trainer(shapes):
    torch.manual_seed(0)
    return MaskAutoencoderTrainer(shapes)


def test_one_step_has_a_finite_loss_whose_gradient_reaches_every_weight(trainer):
    ((name, loss, figures),) = trainer.losses(0, np.random.default_rng(1))
    loss.backward()
    assert name == "mask_autoencoder"
    assert loss.isfinite()
    assert {"cross-entropy", "dice", "ventricle dice", "kl"} == set(figures)
    assert all(p.grad is not None and p.grad.isfinite().all() for p in trainer.network.parameters())


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_crops_and_whole_brains_can_both_be_trained_on(trainer, monkeypatch, share):
    monkeypatch.setattr(mask_autoencoder, "WHOLE_SHARE", share)
    seen = []
    encode = trainer.network.encode

    def watched(classes):
        seen.append(classes.shape)
        return encode(classes)

    monkeypatch.setattr(trainer.network, "encode", watched)
    list(trainer.losses(0, np.random.default_rng(1)))
    assert seen == [(1, *(SMALL if share else (32, 32, 64)))]


def test_a_random_shape_holds_classes_only_and_its_seed_decides_it(trainer):
    first, again, other = (random_shape(trainer.shapes, SMALL, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.shape == SMALL
    assert first.dtype == torch.uint8
    assert first.max() < 33
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_mirrored_shape_has_its_sides_renamed(brain, monkeypatch):
    monkeypatch.setattr(mask_autoencoder, "DEFORMATION", Deformation(0, 0, 0, ()))
    table = synthseg33()
    left = torch.as_tensor([n for n, label in enumerate(table.labels) if label.value < label.mirror])
    right = torch.as_tensor(table.mirror_classes.astype(int))[left]
    found, places = [], torch.arange(32.0)[:, None, None]
    brain[6:8, 5:9, 5:9] = table.class_of_value[24]  # so that it is not its own mirror image
    only: Any = Only(brain)
    for seed in range(12):
        shape = random_shape(only, SMALL, np.random.default_rng(seed), jitter=0)
        on_left, on_right = torch.isin(shape, left.to(torch.uint8)), torch.isin(shape, right.to(torch.uint8))
        assert (places * on_left).sum() / on_left.sum() < (places * on_right).sum() / on_right.sum()
        found.append(shape)
    # Without a deformation there are just two: the brain and its mirror image.
    assert {int(torch.equal(shape, torch.from_numpy(brain))) for shape in found} == {0, 1}


def test_the_divergence_of_a_standard_normal_is_zero_and_grows_from_there():
    zero, one = torch.zeros(1, 2, 3, 3, 3), torch.ones(1, 2, 3, 3, 3)
    assert float(divergence(zero, one)) == 0
    assert float(divergence(zero + 2, one)) == pytest.approx(2)
    oracle = torch.distributions.kl_divergence(torch.distributions.Normal(0.5, 0.3), torch.distributions.Normal(0, 1))
    assert float(divergence(zero + 0.5, one * 0.3)) == pytest.approx(float(oracle))


def test_without_shapes_there_is_nothing_to_train_on(tmp_path):
    with pytest.raises(TrainingError, match="train shapes"):
        MaskAutoencoderTrainer(tmp_path)


def test_noise_on_a_latent_is_measured_in_each_channels_own_deviations():
    latent = torch.randn(1, 2, 24, 24, 24) * torch.tensor([1.0, 5.0]).view(1, 2, 1, 1, 1)
    assert torch.equal(noisy(latent, 0.0), latent)
    added = (noisy(latent, 0.5) - latent).std(dim=(0, 2, 3, 4))
    assert added.tolist() == pytest.approx([0.5, 2.5], rel=0.05)
