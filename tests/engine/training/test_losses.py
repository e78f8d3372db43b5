import pytest
import torch
import torch.nn.functional as F

from engine.labels import VENTRICLES, synthseg33
from engine.training.losses import segmentation_loss

TARGET = torch.randint(0, 33, (2, 400), generator=torch.Generator().manual_seed(0))


def logits_of(classes, size=30.0):
    return size * F.one_hot(classes, 33).movedim(-1, 1).float()


def test_a_perfect_answer_costs_next_to_nothing():
    loss, figures = segmentation_loss(logits_of(TARGET), TARGET)
    assert float(loss) == pytest.approx(0, abs=1e-3)
    assert figures["dice"] == pytest.approx(1, abs=1e-3)
    assert figures["ventricle dice"] == pytest.approx(1, abs=1e-3)
    assert figures["cross-entropy"] == pytest.approx(0, abs=1e-3)


def test_the_worse_the_answer_the_more_it_costs():
    costs = []
    for wrong in (0, 40, 160, 400):
        answer = TARGET.clone()
        answer[:, :wrong] = (answer[:, :wrong] + 1) % 33
        costs.append(float(segmentation_loss(logits_of(answer, 5.0), TARGET)[0]))
    assert costs == sorted(costs)
    assert costs[-1] > costs[0] + 3


def test_losing_a_ventricle_costs_more_than_losing_as_much_of_anything_else():
    lateral, putamen, white = (int(synthseg33().class_of_value[v]) for v in (4, 12, 2))
    lost = logits_of(torch.full((1, 400), white))
    cost = {}
    for structure in (lateral, putamen):
        target = torch.full((1, 400), white)
        target[:, :100] = structure
        cost[structure], figures = segmentation_loss(lost, target)
        assert figures["ventricle dice"] == pytest.approx(1 / 101 if structure == lateral else 1, abs=1e-3)
    assert cost[lateral] > cost[putamen] + 0.4


def test_structures_that_are_not_there_do_not_count():
    target = torch.zeros((1, 50), dtype=torch.long)
    loss, figures = segmentation_loss(logits_of(target), target)
    assert float(loss) == pytest.approx(0, abs=1e-2)
    assert figures["dice"] == pytest.approx(1, abs=1e-3)


def test_the_loss_can_be_followed_downhill():
    logits = torch.zeros(2, 33, 400, requires_grad=True)
    before, _ = segmentation_loss(logits, TARGET)
    before.backward()
    assert logits.grad is not None
    after, _ = segmentation_loss(logits - 200 * logits.grad, TARGET)
    assert after < before


def test_all_six_ventricles_are_watched():
    from engine.training.losses import _VENTRICLE_CLASSES

    assert synthseg33().values[_VENTRICLE_CLASSES.numpy()].tolist() == list(VENTRICLES)
