import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from engine.errors import EvaluationError
from engine.evaluation.features import (
    PLANES,
    SegmenterFeatures,
    TorchScriptFeatures,
    feature_network,
)
from engine.models.device import cpu_device
from engine.models.folding import fold
from engine.models.intensity import normalised
from engine.models.loading import load_network


@pytest.fixture
def image(rng):
    image = np.zeros((32, 32, 32), np.float32)
    image[2:30, 4:28, 8:24] = rng.uniform(0.2, 1.0, (28, 24, 16))
    return image


class Mean(nn.Module):
    """Mean signal, and the sizes of the slice."""

    def forward(self, x):
        sizes = torch.tensor([[float(x.shape[2]), float(x.shape[3]), float(x.shape[1])]])
        return torch.cat([x.mean(dim=(1, 2, 3)).unsqueeze(1), sizes], dim=1)


class Spatial(nn.Module):
    def forward(self, x):
        return x[:, :2] * 2


class Wrong(nn.Module):
    def forward(self, x):
        return x.sum()


class Picky(nn.Module):
    def forward(self, x):
        return x.reshape(1, 7)


def scripted(network, tmp_path):
    path = tmp_path / "network.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.save(torch.jit.script(network), str(path))
    return path


def test_the_segmenters_features_are_those_of_its_encoder(setting, pack, image):
    network: Any = load_network(pack, "segmenter", cpu_device())
    with torch.inference_mode():
        x = network.net.input_block(fold(normalised(torch.from_numpy(image))[None, None], 2))
        x = network.net.downsamples[0](x)[0].numpy()
    features = SegmenterFeatures(setting()).of(image)
    assert set(features) == set(PLANES)
    # Blocks of 4 mm: brain in blocks 0-7, 1-6 and 2-5; whole but for the ends of the first axis.
    brain = (image > 0).reshape(8, 4, 8, 4, 8, 4).mean(axis=(1, 3, 5))
    assert {plane: rows.shape for plane, rows in features.items()} == {
        "axial": (4, x.shape[0]),
        "coronal": (6, x.shape[0]),
        "sagittal": (8, x.shape[0]),
    }
    expected = (x[:, :, :, 3] * brain[:, :, 3]).sum(axis=(1, 2)) / brain[:, :, 3].sum()
    assert features["axial"][1] == pytest.approx(expected, rel=0.02, abs=0.01)


def test_the_segmenters_features_are_named_as_such(setting):
    name = feature_network(setting()).name
    assert name.startswith("encoder of tiny's segmenter, blocks of 4 mm")


def test_another_image_has_other_features(setting, image):
    network = SegmenterFeatures(setting())
    ours, theirs = network.of(image), network.of(np.where(image > 0, image**3, 0))
    assert not np.allclose(ours["axial"], theirs["axial"], atol=1e-3)


def test_a_torchscript_network_sees_slices_of_each_plane(setting, image, tmp_path):
    network = feature_network(setting(features=scripted(Mean(), tmp_path)))
    assert network.name == "TorchScript network.pt"
    features = network.of(image)
    assert {plane: len(rows) for plane, rows in features.items()} == {"axial": 4, "coronal": 6, "sagittal": 7}
    assert features["axial"][0] == pytest.approx([image[:, :, 8].mean(), 32, 32, 3], rel=1e-4)
    assert features["sagittal"][0][0] == pytest.approx(image[2].mean(), rel=1e-4)


def test_maps_of_features_are_averaged(setting, image, tmp_path):
    features = TorchScriptFeatures(scripted(Spatial(), tmp_path), setting()).of(image)
    assert features["axial"].shape == (4, 2)
    assert features["axial"][0, 0] == pytest.approx(2 * image[:, :, 8].mean(), rel=1e-4)


def test_a_file_that_is_no_network_is_refused(setting, tmp_path):
    with pytest.raises(EvaluationError, match="There is no file"):
        feature_network(setting(features=tmp_path / "nothing.pt"))
    (tmp_path / "text.pt").write_text("weights")
    with pytest.raises(EvaluationError, match="is not a TorchScript network"):
        feature_network(setting(features=tmp_path / "text.pt"))


def test_a_network_for_something_else_is_refused(setting, image, tmp_path):
    with pytest.raises(EvaluationError, match="does not give features"):
        feature_network(setting(features=scripted(Wrong(), tmp_path))).of(image)
    with pytest.raises(EvaluationError, match=r"cannot be used on slices of \(32, 32\)"):
        feature_network(setting(features=scripted(Picky(), tmp_path))).of(image)
