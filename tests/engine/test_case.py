import dataclasses

import numpy as np
import pytest

from engine.case import Case
from engine.errors import BadFileError
from engine.grid import Grid
from engine.volume import Volume


def test_a_case_needs_something(volume, labels):
    with pytest.raises(BadFileError):
        Case("nothing")
    assert Case("image", volume).grid is volume.grid
    assert Case("labels", labels=labels).grid is labels.grid


def test_image_and_labels_must_share_the_voxels(labels):
    elsewhere = Volume(np.zeros((7, 6, 5)), Grid((7, 6, 5), np.eye(4)))
    with pytest.raises(BadFileError, match="same voxels"):
        Case("mixed", elsewhere, labels)


def test_a_case_is_synthetic_only_if_it_says_so(volume):
    assert not Case("real", volume).synthetic
    assert Case("made", volume, provenance={"synthetic": True}).synthetic


def test_a_case_cannot_be_changed(volume):
    provenance = {"synthetic": True}
    case = Case("made", volume, provenance=provenance)
    provenance["synthetic"] = False
    assert case.synthetic
    with pytest.raises(TypeError):
        case.provenance["synthetic"] = False  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        case.name = "other"  # type: ignore[misc]


def test_a_case_is_morphed_only_if_it_says_so(volume):
    assert not Case("real", volume).morphed
    assert Case("morphed", volume, provenance={"morphed": True}).morphed
