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
    """A slider: trained range, step and default in ``unit``, and what it means. An ``optional`` one may be left free.

    ``least`` and ``most``: how far a value may lie outside the trained range when that is asked for; None: not at all.
    """

    key: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    default: float
    help: str
    optional: bool = False
    least: float | None = None
    most: float | None = None

    def trained(self, value: float) -> bool:
        """Whether the pack was trained for this value."""
        return self.low <= value <= self.high

    def limits(self, *, beyond_range: bool) -> tuple[float, float]:
        """The lowest and highest value that may be asked for."""
        if not beyond_range:
            return self.low, self.high
        return (self.low if self.least is None else self.least), (self.high if self.most is None else self.most)

    def check(self, value: float, *, beyond_range: bool = False) -> None:
        """Raises `BadRecipeError` if the value lies outside the range this pack was trained for, or outside what is
        possible ``beyond_range``."""
        low, high = self.limits(beyond_range=beyond_range)
        if not low <= value <= high:
            asked = f"{self.label} {value:g} {self.unit}".rstrip()
            choice = f"choose {low:g} to {high:g} {self.unit}".rstrip()
            raise BadRecipeError(f"{asked} is outside what this model pack can do; {choice}.")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a synthetic case: the same recipe, pack and device give the same voxels.

    ``values`` holds (key, value) of each control that is set, sorted by key; an optional control that is left free is
    absent. The anatomy seed decides the label map, the appearance seed the image made from it. ``lock``: the model's
    condition is solved for, so that the volume is met; ``beyond_range``: values the pack was not trained for are meant.
    """

    anatomy_seed: int
    appearance_seed: int
    values: tuple[tuple[str, float], ...]
    lock: bool = False
    beyond_range: bool = False

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
        return Recipe(
            int(data["anatomy_seed"]),
            int(data["appearance_seed"]),
            tuple(dict(data["values"]).items()),
            bool(data.get("lock", False)),
            bool(data.get("beyond_range", False)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadRecipeError(f"The recipe is incomplete ({error}); generate the case again.") from error
