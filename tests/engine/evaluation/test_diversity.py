import numpy as np
import pytest
from matplotlib.figure import Figure

from engine.errors import EvaluationError
from engine.evaluation import alignment
from engine.evaluation.diversity import Anatomy, centred, evaluate, nearest_rows, pairwise
from engine.labels import synthseg33
from engine.recipe import VOLUME
from tests.engine.training.conftest import small_brain

TABLE = synthseg33()


@pytest.fixture(autouse=True)
def few_points(monkeypatch):
    monkeypatch.setattr(alignment, "POINTS", 400)


def test_subjects_of_one_volume_are_compared_with_real_ones(setting, fake_generation, data):
    result = evaluate(setting(data, cases=3, volume_ml=30.0))
    assert {recipe.get(VOLUME) for recipe in fake_generation} == {30.0}
    assert len({recipe.anatomy_seed for recipe in fake_generation}) == 3
    kinds = [row["kind"] for row in result.rows]
    assert [kinds.count(kind) for kind in dict.fromkeys(kinds)] == [3, 6, 3, 1]
    figures = result.figures
    assert 0 < figures["pairs"]["synthetic"]["mean_dice"]["mean"] < 1
    # The fake subjects 0 to 2 are the training maps 0 to 2: whoever repeats them is found out.
    memory = figures["memorisation"]
    assert memory["synthetic"]["agreement"]["min"] > 0.99
    assert memory["held out"]["agreement"]["max"] < 0.9
    assert memory["nearer_than_any_held_out"] == 1
    assert [row["other"] for row in result.rows if row["kind"] == "nearest, synthetic"] == ["a", "b", "c"]
    figure = Figure()
    result.draw(figure)
    assert [axis.get_xlabel() != "" or axis.get_ylabel() != "" for axis in figure.axes] == [True] * 3


def test_without_a_held_out_map_memorisation_cannot_be_judged(setting, fake_generation, data):
    (data / "labelmaps" / "synthseg_05.nii.gz").unlink()
    with pytest.raises(EvaluationError, match="there are 3, 3 and 0"):
        evaluate(setting(data, cases=3))
    assert fake_generation == []


def test_a_mirrored_training_map_is_recognised():
    training = [Anatomy(f"t{n}", small_brain(n)) for n in range(2)]
    # The small brains are symmetrical, and their own mirror images.
    lopsided = [Anatomy(t.name, np.where(t.classes == 7, 4, t.classes)) for t in training]
    copy = TABLE.mirror_classes.astype(np.uint8)[lopsided[1].classes[::-1]]
    (row,) = nearest_rows("synthetic", [Anatomy("copy", copy)], lopsided, TABLE)
    assert row["other"] == "t1 (mirrored)"
    assert row["agreement"] == 1
    assert row["mean_dice"] == pytest.approx(1)


def test_the_same_subject_twice_has_a_dice_of_one():
    twice = [Anatomy("a", small_brain(0)), Anatomy("b", small_brain(0)), Anatomy("c", small_brain(1))]
    rows = pairwise("synthetic", twice, TABLE)
    assert [(row["name"], row["other"]) for row in rows] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert rows[0]["mean_dice"] == rows[0]["ventricle_dice"] == 1
    assert rows[1]["mean_dice"] == rows[2]["mean_dice"] < 1


def test_where_the_brain_lies_on_the_grid_does_not_count():
    brain = small_brain(0)
    assert np.array_equal(centred(np.roll(brain, (2, -1, 3), (0, 1, 2))), centred(brain))
