import json

import pytest

from engine.errors import BadRecipeError
from engine.recipe import GUIDANCE, STEPS, VOLUME, Control, Recipe, recipe_from_json

VALUES = ((VOLUME, 80.0), (STEPS, 12), (GUIDANCE, 2.5))


def test_values_are_sorted_so_that_equal_recipes_are_equal():
    assert Recipe(1, 2, VALUES) == Recipe(1, 2, VALUES[::-1])
    assert hash(Recipe(1, 2, VALUES)) == hash(Recipe(1, 2, VALUES[::-1]))


def test_values_can_be_read_set_and_left_free():
    recipe = Recipe(1, 2, VALUES)
    assert (recipe.steps, recipe.guidance, recipe.get(VOLUME)) == (12, 2.5, 80)
    assert recipe.with_value(VOLUME, 90).get(VOLUME) == 90
    assert recipe.with_value(VOLUME, None).get(VOLUME) is None
    assert recipe.get(VOLUME) == 80


def test_json_and_back():
    recipe = Recipe(1, 2**31 - 1, VALUES, lock=True, beyond_range=True)
    assert recipe_from_json(json.loads(json.dumps(recipe.to_json()))) == recipe


@pytest.mark.parametrize("seed", [-1, 2**31])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(BadRecipeError, match=str(seed)):
        Recipe(seed, 0, VALUES)
    with pytest.raises(BadRecipeError, match=str(seed)):
        Recipe(0, seed, VALUES)


@pytest.mark.parametrize(
    "data",
    [{}, {"anatomy_seed": 1}, {"anatomy_seed": "x", "appearance_seed": 0, "values": {}}, []],
    ids=["empty", "incomplete", "words", "list"],
)
def test_damaged_json_is_refused(data):
    with pytest.raises(BadRecipeError):
        recipe_from_json(data)


@pytest.mark.parametrize("value", [9.9, 150.1, float("nan"), float("inf")])
def test_a_value_outside_its_range_is_refused_with_the_range(value):
    control = Control(VOLUME, "Target ventricular volume", "mL", 10, 150, 1, 40, "")
    control.check(10)
    control.check(150)
    with pytest.raises(BadRecipeError, match="choose 10 to 150 mL"):
        control.check(value)


def test_json_of_an_older_version_is_neither_locked_nor_beyond_its_range():
    data = {"anatomy_seed": 1, "appearance_seed": 2, "values": dict(VALUES)}
    assert recipe_from_json(data) == Recipe(1, 2, VALUES, lock=False, beyond_range=False)


def test_a_value_beyond_the_trained_range_must_be_asked_for_and_has_limits_too():
    control = Control(VOLUME, "Target ventricular volume", "mL", 10, 150, 1, 40, "", least=5, most=200)
    assert control.trained(150)
    assert not control.trained(180)
    control.check(180, beyond_range=True)
    control.check(5, beyond_range=True)
    with pytest.raises(BadRecipeError, match="choose 10 to 150 mL"):
        control.check(180)
    with pytest.raises(BadRecipeError, match="choose 5 to 200 mL"):
        control.check(201, beyond_range=True)


def test_a_control_without_limits_beyond_its_range_stays_within_it():
    control = Control(GUIDANCE, "Guidance", "", 1, 6, 0.1, 2, "")
    with pytest.raises(BadRecipeError, match="choose 1 to 6"):
        control.check(6.5, beyond_range=True)
