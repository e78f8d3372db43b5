"""What the user wants: sliders as data, and the recipe they add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from engine.errors import BadRecipeError

VOLUME = "ventricular_volume"
INTRACRANIAL = "intracranial_volume"
GUIDANCE = "guidance"
STEPS = "steps"


@dataclass(frozen=True)
class Control:
    """A slider: range, step and default in ``unit``, and what it means. An ``optional`` one may be left free."""

    key: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    default: float
    help: str
    optional: bool = False

    def check(self, value: float) -> None:
        """Raises `BadRecipeError` if the value lies outside the range this pack was trained for."""
        if not self.low <= value <= self.high:
            raise BadRecipeError(
                f"{self.label} {value:g} {self.unit}".rstrip()
                + f" is outside what this model pack can do; choose {self.low:g} to {self.high:g} {self.unit}".rstrip()
                + "."
            )


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a synthetic case: the same recipe, pack and device give the same voxels.

    ``values`` holds (key, value) of each control that is set, sorted by key; an optional control that is left free is
    absent. The anatomy seed decides the label map, the appearance seed the image made from it.
    """

    anatomy_seed: int
    appearance_seed: int
    values: tuple[tuple[str, float], ...]

    def __post_init__(self) -> None:
        for seed in (self.anatomy_seed, self.appearance_seed):
            if not 0 <= seed < 2**31:
                raise BadRecipeError(f"The seed {seed} cannot be used; choose a whole number from 0 to {2**31 - 1}.")
        object.__setattr__(self, "values", tuple(sorted((k, float(v)) for k, v in self.values)))

    def get(self, key: str) -> float | None:
        """The value of a control, None where it is left free."""
        return dict(self.values).get(key)

    def with_value(self, key: str, value: float | None) -> Recipe:
        """The same recipe with one control set, or left free with None."""
        values = {k: v for k, v in self.values if k != key}
        if value is not None:
            values[key] = value
        return replace(self, values=tuple(values.items()))

    @property
    def steps(self) -> int:
        """Number of sampling steps."""
        return round(dict(self.values)[STEPS])

    @property
    def guidance(self) -> float:
        """Guidance scale g of ``unconditional + g (conditional - unconditional)``."""
        return dict(self.values)[GUIDANCE]

    def to_json(self) -> dict[str, Any]:
        """Plain data for ``case.json``."""
        return asdict(self) | {"values": dict(self.values)}


def recipe_from_json(data: Mapping[str, Any]) -> Recipe:
    """The inverse of `Recipe.to_json`. Raises `BadRecipeError`."""
    try:
        return Recipe(int(data["anatomy_seed"]), int(data["appearance_seed"]), tuple(dict(data["values"]).items()))
    except (KeyError, TypeError, ValueError) as error:
        raise BadRecipeError(f"The recipe is incomplete ({error}); generate the case again.") from error
