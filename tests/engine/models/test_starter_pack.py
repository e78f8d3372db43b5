"""The weights that ship: their files, and what comes out of them."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from engine.labels import VENTRICLES
from engine.measures import label_position
from engine.models.device import cpu_device
from engine.models.generate import generate_image, generate_mask
from engine.models.loading import load_network
from engine.pack import MANIFEST, load_pack, starter_pack_folder
from engine.progress import Progress, result_of
from engine.recipe import STEPS, VOLUME

pytestmark = pytest.mark.skipif(
    not (starter_pack_folder() / MANIFEST).is_file(), reason="resources/packs/starter holds no model pack"
)
LARGEST_MB = 100
TARGETS_ML = (15, 40, 80, 120)


@pytest.fixture(scope="module")
def pack():
    return load_pack(starter_pack_folder())


@pytest.fixture(autouse=True)
def one_thread():
    """Here the networks are as large as they are for the user, and get all cores."""


def label_map(pack, recipe):
    """A draft of a label map: few steps, as when a slider is moved."""
    events = generate_mask(pack, recipe, "cpu", Progress(0, {"Label map": 1.0}), "Label map", draft=True)
    return result_of(events)


@pytest.fixture(scope="module")
def cases(pack):
    """One anatomy with four volumes."""
    recipe = pack.default_recipe(1, 1)
    return [label_map(pack, recipe.with_value(VOLUME, ml)) for ml in TARGETS_ML]


def test_every_file_is_the_one_the_pack_was_made_with(pack):
    for name in pack.networks:
        pack.verify(name)


def test_the_pack_is_small_enough_to_be_given_away_with_the_source(pack):
    assert sum(path.stat().st_size for path in pack.folder.iterdir()) <= LARGEST_MB * 1e6
    kept = {path.name for path in pack.folder.iterdir() if not path.name.startswith(".")}
    assert {MANIFEST, *(network.file for network in pack.networks.values())} <= kept
    assert not [name for name in kept if name.endswith((".pt", ".npz", ".npy", ".nii.gz"))]


def test_every_network_loads_with_finite_weights(pack):
    for name in pack.networks:
        state = load_network(pack, name, cpu_device()).state_dict()
        assert all(value.isfinite().all() for value in state.values() if value.is_floating_point())


def test_the_pack_says_what_it_was_trained_on_and_under_which_terms(pack):
    assert pack.licence == "Apache-2.0"
    assert all(source["terms"] and source["citation"] for source in pack.training["data"])


@pytest.mark.slow
def test_the_label_maps_lie_on_the_packs_grid_and_hold_all_six_ventricles(pack, cases):
    for case in cases:
        assert case.labels.grid == pack.grid
        assert set(VENTRICLES) <= set(np.unique(case.labels.data))


@pytest.mark.slow
def test_the_more_volume_is_asked_for_the_more_comes(cases):
    achieved = [case.provenance["achieved_ml"] for case in cases]
    assert achieved == sorted(achieved)
    assert min(b / a for a, b in pairwise(achieved)) > 1.1


@pytest.mark.slow
def test_the_brains_size_is_a_persons(cases):
    for case in cases:
        assert 900 < case.provenance["icv_ml"] < 2200


@pytest.mark.slow
def test_left_is_left(cases):
    for case in cases:
        for label in case.labels.table.labels:
            left, right = (label_position(case.labels, value) for value in (label.value, label.mirror))
            if label.value < label.mirror and left is not None and right is not None:
                assert left[0] < right[0], label.name


@pytest.mark.slow
def test_the_same_recipe_gives_the_same_voxels(pack, cases):
    again = label_map(pack, pack.default_recipe(1, 1).with_value(VOLUME, TARGETS_ML[1]))
    assert np.array_equal(again.labels.data, cases[1].labels.data)


@pytest.mark.slow
def test_the_image_of_a_label_map_is_a_t1_inside_it_and_comes_again(pack, cases):
    recipe = pack.default_recipe(1, 1).with_value(STEPS, 2)
    first, again = (
        result_of(generate_image(pack, recipe, cases[1], "cpu", Progress(0, {"Image": 1.0}), "Image")).image
        for _ in range(2)
    )
    assert first is not None
    assert again is not None
    assert np.array_equal(first.data, again.data)
    labels = cases[1].labels.data
    assert (first.data[labels == 0] == 0).all()
    white, cortex, ventricle = (float(first.data[np.isin(labels, pair)].mean()) for pair in ((2, 41), (3, 42), (4, 43)))
    assert white > 1.2 * cortex > 1.2 * 1.2 * ventricle
    assert replace(cases[1], image=first).synthetic
    assert not torch.is_inference_mode_enabled()
