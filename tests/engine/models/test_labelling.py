import numpy as np
import pytest
import torch

from engine.labels import synthseg33
from engine.models.device import cpu_device
from engine.models.intensity import normalised
from engine.models.labelling import label_box
from engine.progress import result_of

DEVICE = cpu_device()


@pytest.fixture
def image():
    return np.random.default_rng(5).random((24, 80, 16)).astype(np.float32) * 300


def shares_of(network, image):
    """(C, I, J, K) probabilities by one plain call of the network."""
    scan = normalised(torch.from_numpy(image))[None, None]
    with torch.inference_mode(), DEVICE.autocast():
        return network(scan)[0].float().softmax(dim=0)


def test_a_box_is_labelled_as_one_call_of_the_network_labels_it(network, image):
    segmenter = network("segmenter")
    classes, share = result_of(label_box(segmenter, image, DEVICE))
    wanted, winner = shares_of(segmenter, image).max(dim=0)
    assert classes.dtype == np.uint8
    assert np.array_equal(classes, winner.numpy())
    assert np.allclose(share, wanted.numpy(), atol=1e-5)
    assert len(np.unique(classes)) > 2


def test_with_a_mirror_both_answers_are_averaged_and_sides_keep_their_names(network, image):
    segmenter, mirror = network("segmenter"), synthseg33().mirror_classes
    classes, share = result_of(label_box(segmenter, image, DEVICE, mirror=mirror))
    mean = (shares_of(segmenter, image) + shares_of(segmenter, image[::-1].copy()).flip(1)[mirror.astype(int)]) / 2
    assert np.allclose(share, mean.max(dim=0).values.numpy(), atol=1e-5)
    agreed = classes == mean.argmax(dim=0).numpy()
    assert agreed.mean() > 0.999
    # The answer for the mirrored image is the mirrored answer, whatever the network is.
    other, _ = result_of(label_box(segmenter, image[::-1].copy(), DEVICE, mirror=mirror))
    assert (mirror[other[::-1]] == classes).mean() > 0.999


def test_a_box_of_any_size_is_labelled(network):
    odd = np.random.default_rng(6).random((13, 18, 21)).astype(np.float32)
    classes, share = result_of(label_box(network("segmenter"), odd, DEVICE))
    assert classes.shape == share.shape == odd.shape
    assert 0 < share.min() <= share.max() <= 1


def test_its_steps_count_up_to_their_number(network, image):
    seen = list(label_box(network("segmenter"), image, DEVICE))
    assert [step for step, _ in seen] == list(range(len(seen)))
    assert {steps for _, steps in seen} == {len(seen) - 1}
