import torch

from engine.models.intensity import normalised


def test_percentiles_come_to_lie_at_zero_and_one():
    image = torch.arange(10001.0).reshape(1, -1) * 3 - 700
    result = normalised(image)
    assert torch.allclose(torch.quantile(result, torch.tensor([0.005, 0.995])), torch.tensor([0.0, 1.0]), atol=1e-3)
    assert result.min() == 0
    assert 1 < result.max() <= 1.5


def test_the_scanners_own_scale_does_not_matter():
    image = torch.rand(20, 21, 22, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(normalised(image * 4000 - 90), normalised(image), atol=1e-4)
    assert torch.allclose(normalised((image * 1000).to(torch.int16)), normalised(image), atol=1e-2)


def test_one_bright_spot_changes_little_and_is_clipped():
    image = torch.rand(30, 30, 30, generator=torch.Generator().manual_seed(0))
    bright = image.clone()
    bright[4, 5, 6] = 1e6
    assert normalised(bright)[4, 5, 6] == 1.5
    bright[4, 5, 6] = image[4, 5, 6]
    assert torch.allclose(normalised(bright), normalised(image), atol=1e-2)


def test_a_constant_image_stays_finite():
    assert normalised(torch.full((5, 5, 5), 7.0)).isfinite().all()
