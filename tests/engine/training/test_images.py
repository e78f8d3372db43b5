import csv

import numpy as np
import pytest
import torch

from engine.errors import NoBrainError, TrainingError
from engine.grid import centred_grid
from engine.io.nifti import write_volume
from engine.labels import synthseg33
from engine.training import images
from engine.training.images import (
    HELD_OUT,
    WHITE_MATTER_SIGNAL,
    ImageLibrary,
    _stood_in,
    implausible,
    label_scans,
    standardised,
)
from engine.volume import LabelMap, Volume

SMALL = (32, 32, 32)
WHITE = (1, int(synthseg33().class_of_value[41]))


def test_white_matter_gets_its_signal_and_the_outside_none(brain, rng):
    scan = rng.uniform(50, 150, SMALL) + 400.0 * np.isin(brain, WHITE)
    image = standardised(scan, brain)
    assert np.median(image[np.isin(brain, WHITE)]) == pytest.approx(WHITE_MATTER_SIGNAL)
    assert (image[brain == 0] == 0).all()
    assert image.min() >= 0
    assert image.max() <= 1.5
    assert np.allclose(standardised(scan * 7, brain), image)


def test_a_scan_brighter_than_everything_is_clipped(brain):
    scan = np.where(np.isin(brain, WHITE), 100.0, 1e6)
    assert standardised(scan, brain).max() == 1.5


def test_black_white_matter_is_refused(brain):
    with pytest.raises(TrainingError):
        standardised(np.zeros(SMALL), brain)


@pytest.fixture
def plausible(brain):
    """A brain of 1400 mL with 30 mL of ventricles and every structure."""
    classes = np.full((112, 125, 100), 2, np.uint8)
    classes[:32, :32, :32] = np.where(brain > 0, brain, 2)
    classes[40:70, 40:70, 40:72] = synthseg33().class_of_value[4]
    return np.pad(classes, 1)


def test_a_plausible_brain_has_nothing_wrong_with_it(plausible):
    assert implausible(plausible) is None


def test_a_brain_that_lacks_a_large_structure_says_which(plausible):
    lost = synthseg33()[16]
    plausible[plausible == synthseg33().class_of_value[16]] = 2
    assert implausible(plausible) == f"lacks {lost.name}"


def test_a_brain_may_lack_a_small_structure(plausible):
    plausible[plausible == synthseg33().class_of_value[26]] = 2
    assert implausible(plausible) is None


def test_structures_are_called_by_the_names_of_those_that_look_alike_at_times(brain):
    of_value = synthseg33().class_of_value
    seen = {int(c) for n in range(30) for c in np.unique(_stood_in(torch.from_numpy(brain), np.random.default_rng(n)))}
    assert seen >= set(np.unique(brain).tolist())
    lateral = torch.full((4, 4, 4), int(of_value[4]), dtype=torch.uint8)
    names = {int(_stood_in(lateral, np.random.default_rng(n))[0, 0, 0]) for n in range(60)}
    assert names == set(of_value[[4, 5, 14, 15]].tolist())


def test_a_brain_too_small_or_with_impossible_ventricles_says_how_much(plausible):
    half = plausible.copy()
    half[75:] = 0
    assert str(implausible(half)).startswith("intracranial volume 9")
    plausible[40:110, 40:110, 40:90] = synthseg33().class_of_value[4]
    assert str(implausible(plausible)).startswith("ventricular volume 2")


@pytest.fixture
def library(tmp_path, brain, monkeypatch):
    monkeypatch.setattr(images, "GRID", SMALL)
    (tmp_path / "images").mkdir()
    for n in range(3):
        np.save(tmp_path / "images" / f"s{n}_00_image.npy", ((brain > 0) * (n + 1) / 4).astype(np.float16))
        np.save(tmp_path / "images" / f"s{n}_00_classes.npy", brain)
    return ImageLibrary(tmp_path)


def test_samples_are_deformed_parts_that_are_black_outside_the_brain(library):
    assert len(library) == 3
    levels = set()
    for seed in range(12):
        image, classes = library.sample((24, 24, 24), np.random.default_rng(seed))
        assert image.shape == classes.shape == (24, 24, 24)
        assert image.dtype == torch.float32
        assert classes.dtype == torch.uint8
        assert (image[classes == 0] == 0).all()
        levels.add(round(float(image.max()), 2))
    assert levels == {0.25, 0.5, 0.75}


def test_image_and_classes_are_deformed_alike(library):
    image, classes = library.sample(SMALL, np.random.default_rng(5))
    assert ((image > 0.12) == (classes > 0)).float().mean() > 0.97


def test_a_seed_decides_a_sample(library):
    first, again, other = (library.sample((16, 16, 16), np.random.default_rng(seed)) for seed in (1, 1, 3))
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[1], other[1])


def test_an_empty_library_names_the_stage_that_fills_it(tmp_path):
    with pytest.raises(TrainingError, match="run `train label-scans` first"):
        ImageLibrary(tmp_path)


class FakeSegmenter:
    """Labels every scan with the same brain; one of them it cannot."""

    def __init__(self, values):
        self.values, self.seen = values, 0

    def run(self, scan):
        self.seen += 1
        yield "Labelling", 1, 1
        if float(scan.data.max()) < 1:
            raise NoBrainError("No brain was found in this scan.")
        return LabelMap(self.values, scan.grid), 1.0


@pytest.fixture
def data(tmp_path, brain, monkeypatch):
    """A data folder with two good scans, an empty and a held-out one, and a segmenter that knows the answer."""
    values = synthseg33().values[brain]
    for folder, name, scale in [
        ("t1_brain", "good", 300.0),
        ("t1_brain", "other", 500.0),
        ("t1_brain", HELD_OUT[1], 300.0),
        ("t1_head", "empty", 0.5),
    ]:
        (tmp_path / folder).mkdir(exist_ok=True)
        scan = Volume(scale * (brain > 0), centred_grid(SMALL, 1.0, np.array([4.0, 5.0, 6.0])))
        write_volume(tmp_path / folder / f"{name}.nii.gz", scan)
    segmenter = FakeSegmenter(values)
    monkeypatch.setattr(images, "load_weights", lambda path: (None, {}))
    monkeypatch.setattr(images, "ScanSegmenter", lambda *arguments: segmenter)
    monkeypatch.setattr(images, "variants", lambda classes, growth: iter([(1.0, None)]))
    monkeypatch.setattr(images, "PLAUSIBLE_ICV_ML", (1.0, 100.0))
    monkeypatch.setattr(images, "PLAUSIBLE_VENTRICLES_ML", (0.1, 10.0))
    monkeypatch.setattr(images, "GRID", SMALL)
    return tmp_path, segmenter


def verdicts(folder):
    with (folder / "list.csv").open(newline="") as file:
        return dict(list(csv.reader(file))[1:])


def test_every_scan_gets_a_verdict_and_the_good_ones_are_written(data, brain):
    folder = label_scans(data[0], data[0] / "run", "cpu")
    found = verdicts(folder)
    assert found["good"] == found["other"] == "used"
    assert found[HELD_OUT[1]] == "held out"
    assert found["empty"].startswith("left out: No brain was found")
    assert sorted(path.name for path in folder.glob("*_image.npy")) == ["good_00_image.npy", "other_00_image.npy"]
    image = np.load(folder / "good_00_image.npy")
    assert image.dtype == np.float16
    assert float(image.max()) == pytest.approx(WHITE_MATTER_SIGNAL, abs=1e-3)
    classes = np.load(folder / "good_00_classes.npy")
    assert set(np.unique(classes)) == set(np.unique(brain))
    assert len(ImageLibrary(data[0] / "run")) == 2


def test_scans_that_were_labelled_before_are_not_labelled_again(data):
    folder = label_scans(data[0], data[0] / "run", "cpu")
    assert data[1].seen == 3
    label_scans(data[0], data[0] / "run", "cpu")
    assert data[1].seen == 4  # the one that failed is tried again
    assert verdicts(folder)["good"] == "used"


def test_an_implausible_brain_is_left_out_with_the_reason(data, monkeypatch):
    monkeypatch.setattr(images, "PLAUSIBLE_ICV_ML", (950.0, 2100.0))
    folder = label_scans(data[0], data[0] / "run", "cpu")
    assert verdicts(folder)["good"] == "left out: intracranial volume 14 mL"
    assert list(folder.glob("*.npy")) == []


def test_some_scans_are_kept_with_other_ventricles_too(data, monkeypatch):
    monkeypatch.setattr(images, "VARIED_EVERY", 2)
    monkeypatch.setattr(images, "variants", lambda classes, growth: iter([(1.0, None), (2.0, None)]))
    folder = label_scans(data[0], data[0] / "run", "cpu")
    names = sorted(path.name for path in folder.glob("*_classes.npy"))
    assert names == ["good_00_classes.npy", "other_00_classes.npy", "other_01_classes.npy"]
