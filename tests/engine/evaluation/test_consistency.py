import pytest
from matplotlib.figure import Figure

from engine.errors import BadLabelsError, EvaluationError
from engine.evaluation import consistency
from engine.evaluation.consistency import evaluate
from engine.models.quality import compared
from engine.recipe import VOLUME
from tests.engine.evaluation.conftest import synthetic


@pytest.fixture
def half_read(monkeypatch):
    """The quality check, with an image that shows all but the first slices of its label map."""

    def check_quality(pack, case, device, progress, stage):
        yield progress.at(stage, 1, 1)
        classes = case.labels.table.classes(case.labels.data)
        classes[:9] = 0
        return compared(classes, case.labels)

    monkeypatch.setattr(consistency, "check_quality", check_quality)


def test_every_case_is_checked_over_the_whole_range(setting, fake_generation, half_read, pack):
    result = evaluate(setting(cases=3))
    control = pack.control(VOLUME)
    volumes = [recipe.get(VOLUME) for recipe in fake_generation]
    assert volumes[0] == control.low
    assert volumes[1] == pytest.approx((control.low * control.high) ** 0.5)
    assert volumes[2] == control.high
    figures = result.figures
    assert figures["n"] == 3
    assert sum(figures["verdicts"].values()) == 3
    assert 0 < figures["ventricle_dice"]["mean"] < 1
    assert figures["volume_error_ml"]["mean"] < 0
    assert figures["dice"]["Left lateral ventricle"]["n"] == 3
    assert figures["dice"]["Right lateral ventricle"]["mean"] == 1
    figure = Figure()
    result.draw(figure)
    assert "(mL)" in figure.axes[2].get_xlabel()


def test_a_case_that_cannot_be_made_is_left_out_and_said(setting, fake_generation, half_read, monkeypatch, capsys):
    calls = []

    def generate_image(pack, recipe, mask, device, progress, stage):
        calls.append(recipe)
        if len(calls) == 1:
            raise BadLabelsError("The label map has no ventricles.")
        yield progress.at(stage, 1, 1)
        return synthetic(pack, recipe)

    monkeypatch.setattr("engine.evaluation.setting.generate_image", generate_image)
    assert evaluate(setting(cases=2)).figures["n"] == 1
    assert "anatomy seed 0: The label map has no ventricles." in capsys.readouterr().err


def test_where_no_case_can_be_made_there_is_nothing_to_check(setting, fake_generation, monkeypatch):
    def generate_image(pack, recipe, mask, device, progress, stage):
        yield progress.at(stage, 1, 2)
        raise BadLabelsError("No.")

    monkeypatch.setattr("engine.evaluation.setting.generate_image", generate_image)
    with pytest.raises(EvaluationError, match="Not one case"):
        evaluate(setting(cases=2))


def test_with_real_networks_it_runs_from_end_to_end(setting):
    result = evaluate(setting(cases=1))
    assert result.figures["n"] == 1
