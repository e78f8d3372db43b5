from typing import Any

import numpy as np
import pytest
import torch

from engine.models.folding import fold, tissue_fractions, unfold
from engine.models.networks import KINDS, build, fill, stored_tensors
from tests.engine.tiny_networks import CONFIGS

CLASSES = torch.randint(0, 33, (1, 32, 32, 32), generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_unfolding_undoes_folding(factor):
    x = torch.randn(2, 3, 8, 12, 16)
    folded = fold(x, factor)
    assert folded.shape == (2, 3 * factor**3, 8 // factor, 12 // factor, 16 // factor)
    assert torch.equal(unfold(folded, factor), x)


def test_every_voxel_of_a_block_has_its_place_among_the_channels():
    x = torch.arange(2 * 4 * 6 * 8).reshape(1, 2, 4, 6, 8)
    folded = fold(x, 2)
    for c, (i, j, k), (a, b, d) in [(0, (0, 0, 0), (0, 0, 1)), (1, (1, 2, 3), (1, 0, 0)), (1, (0, 1, 2), (0, 1, 1))]:
        channel = c * 8 + a * 4 + b * 2 + d
        assert folded[0, channel, i, j, k] == x[0, c, 2 * i + a, 2 * j + b, 2 * k + d]


def test_the_segmenter_gives_every_voxel_a_logit_per_class(network):
    segmenter = network("segmenter")
    image = torch.rand(1, 1, 32, 16, 16)
    logits = segmenter(image)
    assert logits.shape == (1, 33, 32, 16, 16)
    assert logits.std() > 0


def test_the_segmenters_logits_of_some_voxels_are_those_of_the_whole(network):
    segmenter = network("segmenter")
    image = torch.rand(1, 1, 16, 16, 16)
    chosen = torch.tensor([1, 6])
    some = segmenter.logits(segmenter.features(image)[:, :, chosen])
    whole = fold(segmenter(image), 2).unflatten(1, (33, 8))
    assert torch.allclose(some, whole[:, :, chosen], atol=1e-5)


def test_a_label_map_goes_through_a_latent_and_back(network):
    autoencoder = network("mask_autoencoder")
    mean, deviation = autoencoder.encode(CLASSES)
    assert mean.shape == deviation.shape == (1, 2, 4, 4, 4)
    assert deviation.min() > 0
    logits = autoencoder.logits(autoencoder.decode_features(mean))
    # Each of the eight voxels of every block of 2 x 2 x 2.
    assert logits.shape == (1, 33, 8, 16, 16, 16)
    assert unfold(logits.flatten(1, 2), 2).shape == (1, 33, 32, 32, 32)
    assert logits.std(dim=2).min() > 0


def test_logits_of_some_voxels_are_those_of_the_whole(network):
    autoencoder = network("mask_autoencoder")
    features = autoencoder.decode_features(torch.randn(1, 2, 4, 4, 4))
    whole, chosen = autoencoder.logits(features), torch.tensor([1, 6])
    assert torch.allclose(autoencoder.logits(features[:, :, chosen]), whole[:, :, chosen], atol=1e-5)
    assert torch.allclose(autoencoder.logits(features[..., :3]), whole[..., :3], atol=1e-5)


def test_an_image_goes_through_a_latent_and_back_under_its_labels(network):
    autoencoder = network("image_autoencoder")
    mean, deviation = autoencoder.encode(torch.rand(1, 1, 32, 32, 32))
    assert mean.shape == deviation.shape == (1, 2, 4, 4, 4)
    made = autoencoder.decode(mean, CLASSES)
    assert made.shape == (1, 1, 32, 32, 32)
    assert not torch.allclose(made, autoencoder.decode(mean, CLASSES.flip(1)), atol=1e-3)


@pytest.fixture
def condition():
    """Two conditions, both given."""
    return torch.tensor([[[0.4, 1.0], [-0.7, 1.0]]])


def prediction(denoiser, condition):
    x = torch.randn(1, 2, 4, 4, 4, generator=torch.Generator().manual_seed(1))
    return denoiser(x, torch.tensor([500.0]), condition)


def test_a_given_condition_changes_the_prediction(network, condition):
    denoiser = network("mask_denoiser")
    other = condition.clone()
    other[0, 0, 0] = 0.5
    assert prediction(denoiser, condition).shape == (1, 2, 4, 4, 4)
    assert not torch.allclose(prediction(denoiser, condition), prediction(denoiser, other), atol=1e-4)


def test_the_value_of_a_free_condition_does_not_matter_but_that_it_is_free_does(network, condition):
    denoiser = network("mask_denoiser")
    free, other = condition.clone(), condition.clone()
    free[0, 1, 1] = other[0, 1, 1] = 0.0
    other[0, 1, 0] = 0.9
    assert torch.equal(prediction(denoiser, free), prediction(denoiser, other))
    assert not torch.allclose(prediction(denoiser, condition), prediction(denoiser, free), atol=1e-4)


def test_conditions_keep_their_places(network, condition):
    denoiser = network("mask_denoiser")
    swapped = condition.flip(1)
    assert not torch.allclose(prediction(denoiser, condition), prediction(denoiser, swapped), atol=1e-4)


def test_the_time_changes_the_prediction_even_within_one_thousandth(network, condition):
    denoiser = network("mask_denoiser")
    x = torch.randn(1, 2, 4, 4, 4)
    early, late = (denoiser(x, torch.tensor([t]), condition) for t in (500.0, 500.5))
    assert not torch.equal(early, late)


def test_tissue_fractions_change_what_the_image_denoiser_predicts(network):
    denoiser = network("image_denoiser")
    x, time = torch.randn(1, 2, 4, 4, 4), torch.tensor([300.0])
    fractions = tissue_fractions(CLASSES, 33, 8)
    here, there = denoiser(x, time, fractions), denoiser(x, time, fractions.flip(2))
    assert here.shape == x.shape
    assert not torch.allclose(here, there, atol=1e-4)


def test_tissue_fractions_are_shares_of_each_block():
    fractions = tissue_fractions(CLASSES, 33, 8)
    assert fractions.shape == (1, 33, 4, 4, 4)
    assert torch.allclose(fractions.sum(dim=1), torch.ones(1, 4, 4, 4))
    block = CLASSES[0, 8:16, 0:8, 24:32].numpy()
    assert np.allclose(fractions[0, :, 1, 0, 3], np.bincount(block.ravel(), minlength=33) / 512)


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_configuration_alone_rebuilds_a_network(network, kind, pack):
    entry = pack.networks[kind]
    rebuilt = build(entry.kind, dict(entry.config))
    assert {name: value.shape for name, value in rebuilt.state_dict().items()} == {
        name: value.shape for name, value in network(kind).state_dict().items()
    }


def test_what_is_stored_fills_another_network_and_names_nothing_twice(network, pack):
    entry, told = pack.networks["segmenter"], stored_tensors(network("segmenter"))
    assert not any("skip_layers" in name for name in told)
    other = build(entry.kind, dict(entry.config)).eval()
    fill(other, {name: value.clone() for name, value in told.items()})
    image = torch.rand(1, 1, 16, 16, 16)
    assert torch.equal(other(image), network("segmenter")(image))


def test_a_missing_or_unknown_tensor_is_refused(network):
    told = stored_tensors(network("segmenter"))
    name = next(iter(told))
    with pytest.raises(RuntimeError, match=f"missing: {name}"):
        fill(network("segmenter"), {key: value for key, value in told.items() if key != name})
    with pytest.raises(RuntimeError, match="unknown: extra"):
        fill(network("segmenter"), told | {"extra": torch.zeros(1)})


def test_detail_convolutions_see_the_label_of_every_voxel(network):
    autoencoder = network("image_autoencoder")
    latent, changed = torch.randn(1, 2, 4, 4, 4), CLASSES.clone()
    changed[0, 9, 9, 9] = (changed[0, 9, 9, 9] + 1) % 33
    plain: Any = build("image_autoencoder", {**CONFIGS["image_autoencoder"], "detail": 0})
    assert plain.decode(latent, CLASSES).shape == (1, 1, 32, 32, 32)
    moved = (autoencoder.decode(latent, CLASSES) - autoencoder.decode(latent, changed)).abs()[0, 0]
    assert moved[9, 9, 9] > 0
    assert autoencoder.detail is not None
