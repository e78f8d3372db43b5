import pytest
import torch

from engine.models.networks import Segmenter
from engine.training.widen import take_over
from tests.engine.tiny_networks import CONFIGS

NARROW = CONFIGS["segmenter"]


def segmenter(filters, seed, hidden=2):
    torch.manual_seed(seed)
    return Segmenter(**(NARROW | {"filters": filters, "hidden": hidden})).eval()


def test_a_wider_network_begins_with_the_narrower_ones_answers():
    narrower, wider = segmenter([4, 4, 4], 0), segmenter([8, 6, 4], 1)
    image = torch.rand(1, 1, 16, 24, 16)
    before = wider(image)
    take_over(wider, narrower)
    assert torch.allclose(wider(image), narrower(image), atol=1e-4)
    assert not torch.allclose(before, narrower(image), atol=1e-2)


def test_the_new_channels_can_learn():
    narrower, wider = segmenter([4, 4, 4], 0), segmenter([8, 6, 4], 1)
    take_over(wider, narrower)
    wider(torch.rand(1, 1, 16, 24, 16)).square().mean().backward()
    assert wider.net.output_block.conv.conv.weight.grad[:, 4:].abs().max() > 0
    assert wider.net.input_block.conv1.conv.weight[4:].abs().min() > 0


def test_a_network_of_the_same_width_takes_everything_over():
    narrower, same = segmenter([4, 4, 4], 0), segmenter([4, 4, 4], 1)
    take_over(same, narrower)
    assert all(torch.equal(a, b) for a, b in zip(same.parameters(), narrower.parameters(), strict=True))


@pytest.mark.parametrize(("filters", "hidden"), [([4, 4, 2], 2), ([4, 4, 4, 4], 2)])
def test_another_topology_or_a_narrower_network_is_refused(filters, hidden):
    with pytest.raises(RuntimeError, match=r"layers|narrower"):
        take_over(segmenter(filters, 1, hidden), segmenter([4, 4, 4], 0))
