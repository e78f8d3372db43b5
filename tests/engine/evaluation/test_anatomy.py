import numpy as np
import pytest
from matplotlib.figure import Figure

from engine.errors import EvaluationError
from engine.evaluation import anatomy
from engine.evaluation.anatomy import evaluate
from engine.recipe import VOLUME
from engine.volume import LabelMap
from tests.engine.evaluation.conftest import synthetic, without_ventricles


def test_label_maps_of_all_volumes_meet_the_same_checks_as_real_ones(setting, fake_generation, data, pack):
    result = evaluate(setting(data, masks=3))
    assert [recipe.get(VOLUME) for recipe in fake_generation][::2] == [
        pack.control(VOLUME).low,
        pack.control(VOLUME).high,
    ]
    assert len({recipe.anatomy_seed for recipe in fake_generation}) == 3
    figures = result.figures
    assert (figures["synthetic"]["n"], figures["real"]["n"]) == (3, 4)
    assert figures["synthetic"]["sound"] == 1
    assert result.targets[0].verdict == "aim"
    thalamus = figures["volumes_ml"]["Left thalamus"]
    # The same small brains on both sides.
    assert thalamus["synthetic"]["mean"] == pytest.approx(thalamus["real"]["mean"], rel=0.01)
    assert thalamus["overlap"] == pytest.approx(1)
    assert set(figures["distributions"]) == set(anatomy.FIGURES)
    assert [row["kind"] for row in result.rows] == ["synthetic"] * 3 + ["real"] * 4


def test_what_is_wrong_with_a_label_map_shows_in_the_figures(setting, fake_generation, data, monkeypatch):
    def generate_mask(pack, recipe, device, progress, stage):
        yield progress.at(stage, 1, 1)
        case = synthetic(pack, recipe, with_image=False)
        if recipe.anatomy_seed == 0:
            assert case.labels is not None
            values = without_ventricles(np.asarray(case.labels.data))
            return case.__class__(case.name, None, LabelMap(values, pack.grid), case.provenance)
        return case

    monkeypatch.setattr("engine.evaluation.setting.generate_mask", generate_mask)
    result = evaluate(setting(data, masks=2))
    of = result.figures["synthetic"]
    assert (of["sound"], of["ventricles_present"], of["sides_right"]) == (0.5, 0.5, 1)
    assert of["missing"]["Third ventricle"] == 1
    assert of["largest_piece"]["Third ventricle"]["n"] == 1
    assert result.targets[0].verdict == "missed"
    # Nothing was measured where nothing is: no 0 mL.
    assert result.rows[0]["Third ventricle"] is None
    assert result.rows[0]["ventricular_ml"] is None
    figure = Figure()
    result.draw(figure)
    assert "(mL)" in figure.axes[0].get_xlabel()
    assert "n = 2" in figure.axes[0].get_legend_handles_labels()[1][0]


def test_real_subjects_are_asked_for_before_anything_is_made(setting, fake_generation):
    with pytest.raises(EvaluationError, match="--data"):
        evaluate(setting(masks=2))
    assert fake_generation == []
