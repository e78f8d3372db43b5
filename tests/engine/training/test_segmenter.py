import numpy as np
import pytest
import torch

from engine.labels import synthseg33
from engine.models.folding import fold
from engine.training import segmenter
from engine.training.label_maps import HeadMap
from engine.training.segmenter import SegmenterTrainer, folded_classes
from tests.engine.tiny_networks import CONFIGS


@pytest.fixture
def trainer(brain, monkeypatch, tmp_path):
    """A trainer of a tiny network on one tiny head."""
    head = HeadMap("small", brain, synthseg33().values, brain, (np.array(brain.shape) - 1) / 2)
    monkeypatch.setattr(segmenter, "read_head_maps", lambda data: [head])
    monkeypatch.setattr(segmenter, "CROP", (16, 24, 16))
    monkeypatch.setattr(segmenter, "GRID", (24, 32, 24))
    monkeypatch.setattr(segmenter, "JITTER", 3)
    monkeypatch.setattr(SegmenterTrainer, "config", CONFIGS["segmenter"])
    torch.manual_seed(0)
    return SegmenterTrainer(tmp_path)


def test_a_sample_is_a_normalised_scan_with_its_classes(trainer):
    image, classes = trainer.sample(np.random.default_rng(1))
    assert image.shape == (1, 1, 16, 24, 16)
    assert classes.shape == (1, 16, 24, 16)
    assert image.isfinite().all()
    assert 0 <= image.min() < image.max() <= 1.5
    assert classes.max() < 33
    assert len(classes.unique()) > 5


def test_samples_differ_and_a_seed_decides_them(trainer):
    first, again, other = (trainer.sample(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[1], other[1])


def test_one_step_has_a_finite_loss_whose_gradient_reaches_every_weight(trainer):
    ((name, loss, figures),) = trainer.losses(0, np.random.default_rng(1))
    loss.backward()
    assert name == "segmenter"
    assert loss.isfinite()
    assert loss > 0
    assert set(figures) == {"cross-entropy", "dice", "ventricle dice"}
    assert all(p.grad is not None and p.grad.isfinite().all() for p in trainer.network.parameters())


def test_a_few_steps_make_the_network_better(trainer):
    optimizer = torch.optim.AdamW(trainer.network.parameters(), 2e-2)
    losses = []
    for _ in range(25):
        torch.manual_seed(0)
        ((_, loss, _),) = trainer.losses(0, np.random.default_rng(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]


def test_folded_classes_are_in_the_order_of_folded_voxels():
    classes = torch.randint(0, 33, (1, 4, 6, 8), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    folded = folded_classes(classes, 2)
    assert folded.shape == (1, 8, 2, 3, 4)
    assert torch.equal(folded, fold(classes[:, None].float(), 2).long())
