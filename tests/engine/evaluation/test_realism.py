import numpy as np
import pytest
from matplotlib.figure import Figure

from engine.errors import EvaluationError
from engine.evaluation import realism
from engine.evaluation.features import PLANES
from engine.evaluation.real import RealImage
from engine.evaluation.realism import TISSUES, compared_features, compared_tissue, evaluate, look_at, pair_similarity
from engine.labels import synthseg33
from engine.recipe import VOLUME
from engine.training.images import standardised
from tests.engine.evaluation.conftest import save
from tests.engine.training.conftest import small_brain

TABLE = synthseg33()


class Corners:
    """Three numbers of each slice, no network needed."""

    name = "corners"

    def of(self, image):
        return {plane: np.moveaxis(image, axis, 0)[4:28, 10, 10:13].astype(float) for plane, axis in PLANES.items()}


def real_image(seed, shift=0.0):
    classes = small_brain(seed)
    noise = np.random.default_rng(seed).normal(0, 10, classes.shape)
    image = standardised(400 + 5.0 * TABLE.values[classes] + noise, classes) + shift * (classes > 0)
    return RealImage(f"real {seed}", np.clip(image, 0, 1.5).astype(np.float32), classes)


def look(seed, shift=0.0):
    image = real_image(seed, shift)
    return look_at("real", image.name, image.image, image.classes, Corners(), 0.001)


@pytest.fixture
def scans(tmp_path, monkeypatch):
    for n in range(4):
        save(tmp_path / "t1_brain" / f"{n}.nii.gz", np.zeros((2, 2, 2), np.uint8))
    monkeypatch.setattr(realism, "images", lambda setting, paths: (real_image(n) for n in range(len(paths))))
    return tmp_path


def test_synthetic_images_are_set_beside_real_ones(setting, fake_generation, scans, pack):
    result = evaluate(setting(scans, cases=3))
    figures = result.figures
    assert figures["n"] == {"synthetic": 3, "real": 4}
    assert figures["features"].startswith("encoder of tiny's segmenter")
    assert figures["images_per_set"] == 2
    assert set(figures["tissues"]) == set(TISSUES)
    for name in ("frechet", "kernel"):
        assert set(figures[name]) == {*PLANES, "mean"}
        planes = [figures[name][plane]["synthetic to real"] for plane in PLANES]
        assert figures[name]["mean"]["synthetic to real"] == pytest.approx(np.mean(planes))
    assert (figures["ms_ssim"]["synthetic"]["n"], figures["ms_ssim"]["real"]["n"]) == (3, 6)
    assert len(result.rows) == 7
    figure = Figure()
    result.draw(figure)
    assert figure.axes[0].get_xlabel() == "signal (white matter 0.75)"


def test_the_volumes_asked_for_are_those_of_the_real_scans_as_far_as_the_pack_goes(
    setting, fake_generation, scans, pack
):
    evaluate(setting(scans, cases=5))
    # The small brains have less than 1 mL of ventricle.
    assert [recipe.get(VOLUME) for recipe in fake_generation] == [pack.control(VOLUME).low] * 5


def test_too_few_images_are_refused(setting, fake_generation, scans, monkeypatch):
    monkeypatch.setattr(realism, "images", lambda setting, paths: iter([real_image(0)]))
    with pytest.raises(EvaluationError, match="Fewer than two real images"):
        evaluate(setting(scans, cases=3))


def test_equal_tissues_overlap_and_a_shifted_signal_is_so_far_away():
    here, there = [look(0), look(1)], [look(0, shift=0.1), look(1, shift=0.1)]
    tissue = TISSUES.index("white matter")
    same, shifted = compared_tissue(here, here, tissue), compared_tissue(there, here, tissue)
    assert (same["overlap"], same["distance"]) == (pytest.approx(1), 0)
    assert shifted["distance"] == pytest.approx(0.1, abs=0.01)
    assert shifted["synthetic"]["mean"] - shifted["real"]["mean"] == pytest.approx(0.1, abs=0.01)
    assert shifted["real"]["mean"] == pytest.approx(0.75, abs=0.1)


def test_other_images_are_farther_from_real_ones_than_these_from_each_other():
    real = [look(n) for n in range(6)]
    result = compared_features([look(n, shift=0.4) for n in range(10, 13)], real)
    assert result["images_per_set"] == 3
    assert result["slices_per_set"]["axial"] == 3 * 24
    assert result["frechet"]["mean"]["synthetic to real"] > 2 * result["frechet"]["mean"]["real to real"]


def test_the_same_image_again_and_again_is_not_diverse():
    assert min(pair_similarity([look(0)] * 3)) == pytest.approx(1, abs=1e-3)
    assert max(pair_similarity([look(0), look(1), look(2)])) < 0.98


def test_not_every_pair_of_many_images_is_looked_at(monkeypatch):
    monkeypatch.setattr(realism, "PAIRS", 4)
    assert len(pair_similarity([look(n % 3) for n in range(6)])) == 4
