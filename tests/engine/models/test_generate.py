from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.calibration import Calibration, Curve
from engine.case import Case
from engine.errors import BadLabelsError, BadRecipeError, OutOfMemoryError
from engine.events import Noticed, Progressed
from engine.labels import VENTRICLES
from engine.measures import measure_volumes
from engine.models import generate
from engine.models.device import Device, cpu_device
from engine.models.folding import unfold
from engine.models.generate import decoded_classes, generate_image, generate_mask, largest_piece, on_device
from engine.models.loading import load_network, noise
from engine.models.samplers import guided
from engine.pack import load_pack
from engine.progress import Progress
from engine.recipe import GUIDANCE, INTRACRANIAL, STEPS, VOLUME
from engine.volume import LabelMap
from resources import version
from tests.engine.conftest import drained


def progress():
    return Progress(7, {"Label map": 0.5, "Image": 0.5})


def mask_events(pack, recipe, draft=False):
    return generate_mask(pack, recipe, "cpu", progress(), "Label map", draft=draft)


def mask_of(pack, recipe):
    return drained(mask_events(pack, recipe))[1]


def case_of(pack, recipe):
    return drained(generate_image(pack, recipe, mask_of(pack, recipe), "cpu", progress(), "Image"))[1]


@pytest.fixture
def recipe(pack):
    return pack.default_recipe(1, 2).with_value(STEPS, 3)


@pytest.fixture
def case(pack, recipe):
    return case_of(pack, recipe)


def test_the_label_map_lies_on_the_packs_grid_and_has_ventricles(pack, recipe):
    case = mask_of(pack, recipe)
    assert case.image is None
    assert case.labels.grid == pack.grid
    assert case.labels.table is pack.table
    # Or nothing below would be worth anything.
    assert np.isin(case.labels.data, VENTRICLES).any()
    assert len(np.unique(case.labels.data)) > 10


def test_the_same_recipe_gives_the_same_voxels(pack, recipe, case):
    again = case_of(pack, recipe)
    assert np.array_equal(case.labels.data, again.labels.data)
    assert np.array_equal(case.image.data, again.image.data)


def test_the_same_recipe_gives_the_same_voxels_from_freshly_loaded_networks(pack_folder, recipe, case):
    again = case_of(load_pack(pack_folder), recipe)
    assert np.array_equal(case.labels.data, again.labels.data)
    assert np.array_equal(case.image.data, again.image.data)


def test_the_anatomy_seed_decides_the_label_map(pack, recipe, case):
    other = mask_of(pack, replace(recipe, anatomy_seed=5))
    assert (other.labels.data != case.labels.data).mean() > 0.05


def test_the_appearance_seed_decides_the_image_alone(pack, recipe, case):
    other = case_of(pack, replace(recipe, appearance_seed=5))
    assert np.array_equal(other.labels.data, case.labels.data)
    assert np.abs(other.image.data - case.image.data).mean() > 1


@pytest.mark.parametrize(("key", "value"), [(VOLUME, 120), (INTRACRANIAL, 1300), (GUIDANCE, 6), (STEPS, 5)])
def test_every_slider_reaches_the_label_map(pack, recipe, case, key, value):
    assert not np.array_equal(mask_of(pack, recipe.with_value(key, value)).labels.data, case.labels.data)


def stages(events):
    return [(event.stage, event.step, event.steps) for event in events if isinstance(event, Progressed)]


def test_every_step_and_the_decoding_are_told(pack, recipe):
    events, mask = drained(mask_events(pack, recipe))
    assert stages(events) == [("Label map", n, 4) for n in range(5)]
    events, _ = drained(generate_image(pack, recipe, mask, "cpu", progress(), "Image"))
    assert stages(events) == [("Image", n, 4) for n in range(5)]
    assert {event.job_id for event in events} == {7}


def test_a_draft_takes_the_packs_draft_steps_and_says_that_it_is_one(pack, recipe):
    events, draft = drained(mask_events(pack, recipe, draft=True))
    assert stages(events)[-1] == ("Label map", pack.draft_steps + 1, pack.draft_steps + 1)
    assert draft.provenance["draft"] is True
    full = mask_of(pack, recipe)
    assert full.provenance["draft"] is False
    assert not np.array_equal(full.labels.data, draft.labels.data)


def test_generating_can_be_stopped_between_two_steps(pack, recipe, monkeypatch):
    asked = []

    def watched(*arguments):
        predict = guided(*arguments)

        def predict_and_remember(x, t):
            asked.append(float(t[0]))
            return predict(x, t)

        return predict_and_remember

    monkeypatch.setattr(generate, "guided", watched)
    events = mask_events(pack, recipe)
    for _ in range(3):  # loading, first step, second step
        next(events)
    events.close()
    assert len(asked) == 2
    assert not torch.is_inference_mode_enabled()


def test_the_image_is_black_outside_the_labels_and_not_inside(pack, recipe, rng):
    values = rng.choice(pack.table.values, pack.shape)
    values[:, 5:9] = 0
    mask = Case("drawn", None, LabelMap(values, pack.grid))
    case = drained(generate_image(pack, recipe, mask, "cpu", progress(), "Image"))[1]
    outside = values == 0
    assert (case.image.data[outside] == 0).all()
    assert (case.image.data >= 0).all()
    assert (case.image.data[~outside] > 0).mean() > 0.2
    assert np.isfinite(case.image.data).all()


@pytest.fixture
def no_networks(monkeypatch):
    """Fails whatever loads a network."""

    def refuse(*arguments):
        raise AssertionError("a network was loaded")

    monkeypatch.setattr(generate, "load_network", refuse)


@pytest.mark.parametrize("volume_ml", [7.9, 181, float("nan")])
def test_a_volume_outside_the_trained_range_is_refused_before_anything_is_loaded(pack, recipe, no_networks, volume_ml):
    with pytest.raises(BadRecipeError, match="choose 8 to 180 mL"):
        next(mask_events(pack, recipe.with_value(VOLUME, volume_ml)))


def test_a_label_map_of_another_grid_is_refused_before_anything_is_loaded(pack, recipe, labels, no_networks):
    with pytest.raises(BadLabelsError, match="its own grid and labels"):
        next(generate_image(pack, recipe, Case("opened", None, labels), "cpu", progress(), "Image"))


def test_a_case_without_a_label_map_is_refused(pack, recipe, volume, no_networks):
    with pytest.raises(BadLabelsError):
        next(generate_image(pack, recipe, Case("scan", volume), "cpu", progress(), "Image"))


def test_a_label_map_without_ventricles_is_refused(pack, recipe, no_networks):
    brain = LabelMap(np.full(pack.shape, 2), pack.grid)
    with pytest.raises(BadLabelsError, match="no ventricles"):
        next(generate_image(pack, recipe, Case("brain", None, brain), "cpu", progress(), "Image"))


def test_the_record_says_what_was_asked_and_what_came(pack, recipe, case):
    record, volumes = case.provenance, measure_volumes(case.labels)
    assert volumes.ventricular_ml is not None
    assert volumes.icv_ml is not None
    assert case.synthetic
    assert record["recipe"] == recipe.to_json()
    assert record["pack"] == {"name": "tiny", "version": pack.version, "sha256": pack.sha256}
    assert record["target_ml"] == 40
    assert record["achieved_ml"] == volumes.ventricular_ml > 0
    assert record["icv_ml"] == volumes.icv_ml > record["achieved_ml"]
    assert record["ratio"] == pytest.approx(volumes.ventricular_ml / volumes.icv_ml)
    assert record["device"] == cpu_device().name
    assert record["versions"]["ventrisynth"] == version()
    assert record["versions"]["torch"] == torch.__version__
    assert set(record["versions"]) == {"ventrisynth", "torch", "python"}
    assert "40 mL" in case.name


FAR = Device(torch.device("cuda"), "Small GPU", None)


@pytest.fixture
def small_gpu(monkeypatch):
    """A CUDA device that has memory for the networks and their noise, and for nothing else."""

    def noise_there(shape, seed, device):
        if device is FAR:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return noise(shape, seed, device)

    monkeypatch.setattr(generate, "choose_device", lambda name: FAR)
    monkeypatch.setattr(generate, "load_network", lambda pack, name, device: load_network(pack, name, cpu_device()))
    monkeypatch.setattr(generate, "condition_tensor", lambda *arguments: torch.zeros(1, 2, 2))
    monkeypatch.setattr(generate, "noise", noise_there)


def test_out_of_memory_on_the_gpu_the_cpu_does_it_and_the_user_is_told(pack, recipe, small_gpu):
    events, mask = drained(mask_events(pack, recipe))
    (notice,) = [event for event in events if isinstance(event, Noticed)]
    assert notice.job_id == 7
    assert "Small GPU" in notice.sentence
    assert "the CPU does it instead" in notice.sentence
    assert stages(events)[-1] == ("Label map", 4, 4)
    assert mask.provenance["device"] == cpu_device().name


def test_work_that_fits_stays_on_its_device():
    def work(device):
        yield Noticed(1, "working")
        return device.name

    events, result = drained(on_device(1, FAR, work))
    assert len(events) == 1
    assert result == ("Small GPU", FAR)


def test_out_of_memory_on_the_cpu_is_said_in_one_sentence():
    def work(device):
        yield Noticed(1, "working")
        raise torch.OutOfMemoryError("too much")

    with pytest.raises(OutOfMemoryError, match="close other programs"):
        drained(on_device(1, cpu_device(), work))


def test_another_fault_is_not_taken_for_a_lack_of_memory():
    def work(device):
        yield Noticed(1, "working")
        raise RuntimeError("a fault")

    with pytest.raises(RuntimeError, match="a fault"):
        drained(on_device(1, FAR, work))


def test_only_the_largest_piece_is_kept():
    classes = np.zeros((12, 12, 12), np.uint8)
    classes[1:6, 1:6, 1:6] = 3
    classes[3, 3, 3] = 7
    classes[6, 6, 6] = 5  # touches by a corner only
    classes[9:11, 9:11, 9:11] = 9
    kept = largest_piece(classes)
    assert set(np.unique(kept)) == {0, 3, 7}
    assert np.array_equal(kept[:6, :6, :6], classes[:6, :6, :6])
    assert kept.dtype == np.uint8


@pytest.mark.parametrize("classes", [np.zeros((4, 4, 4), np.uint8), np.full((4, 4, 4), 2, np.uint8)])
def test_nothing_and_one_piece_stay_as_they_are(classes):
    assert np.array_equal(largest_piece(classes), classes)


def test_decoding_slab_by_slab_finds_the_same_classes(network):
    autoencoder = network("mask_autoencoder")
    latent = torch.randn(1, 2, 8, 4, 4, generator=torch.Generator().manual_seed(4))
    logits = autoencoder.logits(autoencoder.decode_features(latent))
    whole = unfold(logits.argmax(dim=1), 2)[0, 0].numpy().astype(np.uint8)
    assert whole.shape == (64, 32, 32)
    assert np.array_equal(decoded_classes(autoencoder, latent), largest_piece(whole))


class SureOfBackground(torch.nn.Module):
    """Is sure that there is nothing in any block of 4 but one."""

    def forward(self, middle):
        shares = torch.zeros(1, 33, *middle.shape[2:])
        shares[:, 0] = 100
        shares[:, :, 3, 3, 3] = 0
        return shares


def test_only_blocks_near_something_are_decoded(network):
    autoencoder = network("mask_autoencoder")
    latent = torch.randn(1, 2, 8, 8, 8, generator=torch.Generator().manual_seed(4))
    whole = autoencoder.decode_classes(latent)
    assert (whole[:8] > 0).any()
    autoencoder.middle_shares = SureOfBackground()
    part = autoencoder.decode_classes(latent)
    # The block and its neighbours: voxels 8-19.
    near = (slice(8, 20),) * 3
    assert torch.equal(part[near], whole[near])
    part[near] = 0
    assert not part.any()


def locked_mask(pack, recipe):
    events, mask = drained(mask_events(pack, replace(recipe, lock=True)))
    return events, mask, mask.provenance["lock"]


def test_a_locked_volume_is_met_and_the_record_says_how(pack, recipe):
    free = mask_of(pack, recipe)
    target = round(free.provenance["achieved_ml"] * 1.03, 3)
    events, mask, lock = locked_mask(pack, recipe.with_value(VOLUME, max(8.0, target)))
    assert mask.provenance["achieved_ml"] == pytest.approx(lock["achieved_ml"])
    assert lock["reached"] == (abs(lock["achieved_ml"] - mask.provenance["target_ml"]) <= 1)
    assert lock["samplings"] >= 1
    assert mask.provenance["condition_ml"] == lock["condition_ml"]
    steps = [event for event in events if isinstance(event, Progressed)]
    assert [event.step for event in steps] == sorted(event.step for event in steps)
    assert steps[-1].step == steps[-1].steps


def test_a_volume_that_cannot_be_met_is_said(pack, recipe):
    # Random weights do not follow the volume.
    events, mask, lock = locked_mask(pack, recipe.with_value(VOLUME, 180))
    assert not lock["reached"]
    (notice,) = [event for event in events if isinstance(event, Noticed)]
    assert "could not be met" in notice.sentence
    assert f"{mask.provenance['achieved_ml']:.1f} mL" in notice.sentence


def test_a_draft_is_not_locked(pack, recipe):
    draft = drained(mask_events(pack, replace(recipe, lock=True), draft=True))[1]
    assert "lock" not in draft.provenance


def test_a_calibrated_pack_is_asked_for_what_gives_the_target(pack, recipe):
    curve = Curve(2.0, (10.0, 100.0), (5.0, 50.0), (1.0, 4.0))
    half = replace(pack, calibration=Calibration((curve,)))
    mask = mask_of(half, recipe.with_value(VOLUME, 20))
    assert mask.provenance["condition_ml"] == pytest.approx(40)
    assert mask.provenance["expected_error_ml"] == pytest.approx(2)
    assert np.array_equal(mask.labels.data, mask_of(pack, recipe.with_value(VOLUME, 40)).labels.data)


def test_a_value_beyond_the_trained_range_is_marked(pack, recipe):
    control = replace(pack.control(VOLUME), least=5.0, most=250.0)
    wide = replace(pack, controls=tuple(control if c.key == VOLUME else c for c in pack.controls))
    beyond = replace(recipe.with_value(VOLUME, 220), beyond_range=True)
    assert mask_of(wide, beyond).provenance["beyond_trained_range"] == [control.label]
    assert mask_of(wide, recipe).provenance["beyond_trained_range"] == []
    with pytest.raises(BadRecipeError, match="choose 8 to 180 mL"):
        mask_of(wide, replace(beyond, beyond_range=False))
