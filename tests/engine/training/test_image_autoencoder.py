import numpy as np
import pytest
import torch

from engine.errors import TrainingError
from engine.training import image_autoencoder, images
from engine.training.image_autoencoder import ImageAutoencoderTrainer, gradient_difference
from tests.engine.tiny_networks import CONFIGS

SMALL = (32, 32, 32)


@pytest.fixture
def trainer(tmp_path, brain, monkeypatch):
    """A trainer of a tiny network on one tiny labelled scan."""
    for module in (image_autoencoder, images):
        monkeypatch.setattr(module, "GRID", SMALL)
    monkeypatch.setattr(image_autoencoder, "CROP", (24, 24, 24))
    monkeypatch.setattr(image_autoencoder, "WHOLE_SHARE", 0.0)
    monkeypatch.setattr(ImageAutoencoderTrainer, "config", CONFIGS["image_autoencoder"])
    (tmp_path / "images").mkdir()
    image = np.random.default_rng(0).uniform(0.2, 1, SMALL) * (brain > 0)
    np.save(tmp_path / "images" / "a_00_image.npy", image.astype(np.float16))
    np.save(tmp_path / "images" / "a_00_classes.npy", brain)
    torch.manual_seed(0)
    return ImageAutoencoderTrainer(tmp_path)


def test_at_first_the_autoencoder_learns_alone(trainer):
    ((name, loss, figures),) = trainer.losses(0, np.random.default_rng(1))
    loss.backward()
    assert name == "image_autoencoder" == next(iter(trainer.networks))
    assert loss.isfinite()
    assert set(figures) == {"l1", "gradient", "kl"}
    assert all(p.grad is not None and p.grad.isfinite().all() for p in trainer.network.parameters())


def test_later_the_discriminator_joins_and_each_has_its_own_loss(trainer):
    steps = trainer.losses(image_autoencoder.ADVERSARIAL_FROM, np.random.default_rng(1))
    name, loss, _ = next(steps)
    assert name == "image_autoencoder"
    loss.backward()
    for parameter in trainer.critic.parameters():
        parameter.grad = None
    before = [p.grad.clone() for p in trainer.network.parameters()]
    name, loss, figures = next(steps)
    loss.backward()
    assert name == "discriminator"
    assert 0 < figures["discriminator"] < 10
    assert all(p.grad is not None for p in trainer.critic.parameters())
    # The discriminator's loss teaches the discriminator alone.
    assert all(torch.equal(p.grad, b) for p, b in zip(trainer.network.parameters(), before, strict=True))
    assert list(steps) == []


def test_the_difference_of_gradients_sees_edges_and_not_levels():
    a = torch.rand(1, 1, 6, 7, 8, generator=torch.Generator().manual_seed(0))
    assert float(gradient_difference(a, a + 3)) == pytest.approx(0, abs=1e-6)
    ramp = torch.arange(6.0).view(1, 1, 6, 1, 1).expand(1, 1, 6, 7, 8)
    assert float(gradient_difference(a, a + ramp)) == pytest.approx(1 / 3, abs=1e-6)


def test_without_labelled_scans_there_is_nothing_to_train_on(tmp_path):
    with pytest.raises(TrainingError, match="train label-scans"):
        ImageAutoencoderTrainer(tmp_path)
