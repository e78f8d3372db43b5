import numpy as np
import pytest
import torch

from engine.labels import synthseg33
from engine.training import appearance
from engine.training.appearance import random_scan, tissue_signal
from engine.whole_head import OUTSIDE_BRAIN

VALUES = np.array([0, 2, 3, 4, 10, 14, 24, 25, 30, 41, 42, 43, 49, 57, 62, 85, 510])
BOTH_SIDES = [(2, 41), (3, 42), (4, 43), (10, 49), (25, 57), (30, 62)]


@pytest.fixture
def head(brain):
    """Tissue indices of a small brain inside a scalp, and its classes."""
    values = synthseg33().values[brain]
    values[:2] = OUTSIDE_BRAIN + 10
    kinds, tissue = np.unique(values, return_inverse=True)
    return torch.from_numpy(tissue.reshape(brain.shape).astype(np.uint8)), kinds, torch.from_numpy(brain)


def scan_of(head, seed):
    tissue, values, classes = head
    return random_scan(tissue, values, classes, np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(6))
def test_both_sides_of_a_structure_look_alike(seed):
    mean, deviation = tissue_signal(VALUES, np.random.default_rng(seed))
    place = {int(value): n for n, value in enumerate(VALUES)}
    for left, right in BOTH_SIDES:
        assert mean[place[left]] == mean[place[right]]
        assert deviation[place[left]] == deviation[place[right]]
    assert len(set(mean.tolist())) == len(VALUES) - len(BOTH_SIDES)


def test_every_structure_of_the_table_has_the_signal_of_its_mirror():
    table = synthseg33()
    mean, _ = tissue_signal(table.values, np.random.default_rng(0))
    assert np.array_equal(mean, mean[table.mirror_classes])


def test_like_t1_white_matter_is_bright_and_ventricles_are_dark(monkeypatch):
    monkeypatch.setattr(appearance, "T1_SHARE", 1.0)
    place = {int(value): n for n, value in enumerate(VALUES)}
    for seed in range(20):
        mean, _ = tissue_signal(VALUES, np.random.default_rng(seed))
        assert mean[place[2]] > mean[place[4]] + 0.2


def test_other_contrasts_come_too(monkeypatch):
    monkeypatch.setattr(appearance, "T1_SHARE", 0.0)
    means = [tissue_signal(VALUES, np.random.default_rng(seed))[0] for seed in range(40)]
    brighter = [mean[1] > mean[3] for mean in means]
    assert 5 < sum(brighter) < 35


@pytest.mark.parametrize("seed", range(8))
def test_every_scan_is_finite_not_negative_and_not_empty(head, seed):
    scan = scan_of(head, seed)
    assert scan.shape == head[0].shape
    assert scan.dtype == torch.float32
    assert scan.isfinite().all()
    assert scan.min() >= 0
    assert 0.01 < scan.std() < 2


def test_a_seed_decides_a_scan(head):
    torch.manual_seed(1)
    first = scan_of(head, 3)
    torch.manual_seed(2)
    assert torch.equal(scan_of(head, 3), first)
    assert not torch.allclose(scan_of(head, 4), first, atol=1e-2)


def test_stripping_takes_the_scalp_and_leaves_the_brain(head, monkeypatch):
    tissue, kinds, classes = head
    monkeypatch.setattr(appearance, "T1_SHARE", 1.0)
    scalp, white = tissue == len(kinds) - 1, classes == 1
    share: dict[float, list[float]] = {0.0: [], 1.0: []}
    for stripped, found in share.items():
        monkeypatch.setattr(appearance, "STRIPPED_SHARE", stripped)
        for seed in range(12):
            scan = scan_of(head, seed)
            assert scan[white].mean() > 0.1
            found.append(float(scan[scalp].mean()))
    assert np.mean(share[1.0]) < 0.5 * np.mean(share[0.0])
