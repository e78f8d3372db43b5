import math

import numpy as np
import pytest

from engine.models.volume_lock import CLOSE_ENOUGH_ML, MOST_SAMPLINGS, locked
from engine.progress import result_of

RANGE_ML = (4.0, 300.0)


def lock(volume_of, target_ml, first_ml=None):
    """The sample, the lock, and the conditions that were tried."""
    asked = []

    def sample(condition_ml):
        asked.append(condition_ml)
        yield "step"
        return f"sample {len(asked)}", volume_of(condition_ml)

    sampled, found = result_of(locked(sample, target_ml, first_ml=first_ml or target_ml, range_ml=RANGE_ML))
    return sampled, found, asked


#: What models do: too little of large volumes, a bend, a slope far from one.
RELATIONS = {
    "as asked": lambda c: c,
    "biased low": lambda c: 0.7 * c,
    "flat": lambda c: 3 * c**0.8,
    "steep": lambda c: c**1.6 / 10,
    "bent": lambda c: c if c < 50 else 50 + 0.35 * (c - 50),
    "wavy": lambda c: c * (1 + 0.06 * math.sin(c / 4)),
}


@pytest.mark.parametrize("target_ml", [10.0, 40.0, 85.0])
@pytest.mark.parametrize("relation", list(RELATIONS))
def test_the_target_is_met_in_few_samplings(relation, target_ml):
    sampled, found, asked = lock(RELATIONS[relation], target_ml)
    assert found.reached
    assert abs(RELATIONS[relation](found.condition_ml) - target_ml) <= CLOSE_ENOUGH_ML
    assert found.achieved_ml == pytest.approx(RELATIONS[relation](found.condition_ml))
    assert found.samplings == len(asked) <= 6
    assert sampled == f"sample {len(asked)}"


def test_a_first_condition_that_is_right_needs_one_sampling():
    _, found, asked = lock(lambda c: 0.5 * c, 40.0, first_ml=80.0)
    assert asked == [pytest.approx(80.0)]
    assert found.samplings == 1


def test_noise_in_the_relation_is_lived_with():
    rng = np.random.default_rng(3)
    for _ in range(20):
        shift = rng.normal(0, 0.02, 400)
        _, found, _ = lock(lambda c, shift=shift: c**0.8 * (1 + shift[int(c) % 400]), 30.0)
        assert abs(found.achieved_ml - 30) < 2


def test_the_nearest_sample_is_kept_where_the_target_cannot_be_met():
    sampled, found, asked = lock(lambda c: 60.0 if c > 50 else 20.0, 45.0)
    assert not found.reached
    assert found.achieved_ml == 60.0
    assert len(asked) <= MOST_SAMPLINGS
    assert sampled == f"sample {asked.index(pytest.approx(found.condition_ml)) + 1}"


def test_conditions_stay_in_their_range_and_the_search_ends_at_its_end():
    _, found, asked = lock(lambda c: 0.2 * c, 100.0)
    assert not found.reached
    assert max(asked) == pytest.approx(RANGE_ML[1])
    assert found.achieved_ml == pytest.approx(60.0)
    assert len(asked) <= MOST_SAMPLINGS


def test_a_sample_without_ventricles_is_followed_by_a_larger_condition():
    _, found, asked = lock(lambda c: None if c < 9 else c, 10.0, first_ml=5.0)
    assert asked[1] > asked[0]
    assert found.reached
