import math

import pytest
from matplotlib.figure import Figure

from engine.errors import BadRecipeError, EvaluationError
from engine.evaluation.volume_control import Sample, evaluate, figures_of, sample_of, usual_guidances
from engine.recipe import GUIDANCE, VOLUME
from tests.engine.evaluation.conftest import synthetic

SMALL = {"targets_ml": (20.0, 40.0), "seeds": 2, "guidance": (1.0, 2.0)}


def test_every_target_is_made_with_every_seed_guidance_and_lock(setting, fake_generation):
    evaluate(setting(**SMALL))
    asked = {(r.get(VOLUME), r.anatomy_seed, r.get(GUIDANCE), r.lock) for r in fake_generation}
    assert asked == {(t, s, g, x) for t in (20, 40) for s in (0, 1) for g in (1, 2) for x in (False, True)}
    assert len(fake_generation) == 16


def test_the_figures_are_those_of_requested_against_achieved(setting, fake_generation):
    groups = evaluate(setting(**SMALL)).figures["groups"]
    free, locked = groups["guidance 1, without lock"]["all"], groups["guidance 1, with lock"]["all"]
    assert free["n"] == 4
    assert (free["bias_ml"], free["mae_ml"], free["r"]) == pytest.approx((3, 3, 1))
    assert groups["guidance 1, without lock"]["per_target_ml"]["40"]["bias_ml"] == pytest.approx(4)
    assert (free["within_1_ml"], locked["within_1_ml"]) == (0, 1)
    assert locked["median_extra_samplings"] == 2


def test_the_default_guidance_is_among_the_usual_ones_and_has_targets(setting, fake_generation, pack):
    default = pack.default_recipe().guidance
    assert default in usual_guidances(pack)
    targets = evaluate(setting(targets_ml=(10.0, 20.0), seeds=1)).targets
    assert len(targets) == 5
    assert {target.verdict for target in targets} == {"aim"}


def test_a_target_the_pack_cannot_do_is_refused_before_anything_is_made(setting, fake_generation):
    with pytest.raises(BadRecipeError):
        evaluate(setting(targets_ml=(20.0, 100_000.0)))
    assert fake_generation == []


def test_a_label_map_without_ventricles_is_counted_and_not_taken_for_0_ml():
    samples = [Sample(1, False, s, 20, ml, 1500, 1) for s, ml in enumerate((20.0, 21.0, None))]
    figures = figures_of(samples)["all"]
    assert (figures["n"], figures["without_ventricles"]) == (2, 1)
    assert figures["bias_ml"] == pytest.approx(0.5)
    assert figures["within_1_ml"] == pytest.approx(2 / 3)
    assert math.isnan(samples[2].error_ml)


def test_a_lock_that_was_not_used_is_not_judged_as_one(pack):
    free = pack.default_recipe()
    locked = free.__class__(0, 0, free.values, lock=True)
    with pytest.raises(EvaluationError, match="not used"):
        sample_of(locked, synthetic(pack, free, with_image=False))


@pytest.mark.parametrize("locks", [(True,), (False, True)])
def test_there_is_a_row_of_axes_for_each_lock(setting, fake_generation, locks):
    figure = Figure()
    evaluate(setting(**SMALL, locks=locks)).draw(figure)
    assert len(figure.axes) == 2 * len(locks)
    assert all("mL" in axis.get_xlabel() and "mL" in axis.get_ylabel() for axis in figure.axes)
    assert "n = 8" in figure.axes[0].get_title()
