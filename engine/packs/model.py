"""What a model pack is, once its manifest has been checked; see `engine.pack` for how it is read."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from engine.calibration import Calibration
from engine.errors import BadPackError, BadRecipeError
from engine.grid import Grid, centred_grid
from engine.labels import LabelTable
from engine.recipe import Control, Recipe

TRANSFORMS = ("log", "linear")


@dataclass(frozen=True)
class NetworkFile:
    """One network: its kind and configuration (see `engine.models.networks`), its file and the file's SHA-256."""

    kind: str
    config: Mapping[str, Any]
    file: str
    sha256: str


@dataclass(frozen=True)
class Condition:
    """How a control's value becomes a network's input: ``log`` or ``linear`` between ``low`` and ``high`` -> -1..1."""

    key: str
    transform: str
    low: float
    high: float

    def __post_init__(self) -> None:
        if self.transform not in TRANSFORMS:
            raise ValueError(f"the transform {self.transform} of {self.key} is unknown")
        if not self.low < self.high or (self.transform == "log" and self.low <= 0):
            raise ValueError(f"the range of the condition {self.key} makes no sense")

    def normalised(self, value: float) -> float:
        """A value in the control's unit -> about -1..1."""
        low, high, x = self.low, self.high, value
        if self.transform == "log":
            low, high, x = np.log([low, high, x])
        return float(2 * (x - low) / (high - low) - 1)


@dataclass(frozen=True)
class Diffusion:
    """A latent diffusion model: which networks, what is predicted, how it is sampled.

    ``latent_shape`` (L, i, j, k); ``latent_mean`` and ``latent_scale`` (L,): the denoiser sees
    (latent - mean) / scale. ``schedule`` is ``rectified_flow``, or ``ddim`` / ``ddpm`` with ``schedule_options``.
    """

    autoencoder: str
    denoiser: str
    prediction: str
    schedule: str
    schedule_options: Mapping[str, Any]
    latent_shape: tuple[int, int, int, int]
    latent_mean: tuple[float, ...]
    latent_scale: tuple[float, ...]
    conditions: tuple[Condition, ...]
    conditioning: str


@dataclass(frozen=True)
class Needs:
    """What a pack takes to run, as far as its maker says: the memory in MiB at the peak of making a whole case, on
    which device that was measured, and whether it cannot do without CUDA."""

    memory_mib: float | None = None
    measured_on: str = ""
    cuda: bool = False

    def __post_init__(self) -> None:
        if self.memory_mib is not None and not 0 < self.memory_mib < math.inf:
            raise ValueError(f"a need of {self.memory_mib} MiB of memory makes no sense")


@dataclass(frozen=True, eq=False)
class ModelPack:
    """A checked manifest and the folder it lies in. ``files``: names of all the files it consists of."""

    folder: Path
    name: str
    version: str
    licence: str
    description: str
    table: LabelTable
    shape: tuple[int, int, int]
    spacing_mm: float
    controls: tuple[Control, ...]
    draft_steps: int
    mask_generator: Diffusion
    calibration: Calibration
    image_generator: Diffusion
    segmenter: Mapping[str, Any]
    networks: Mapping[str, NetworkFile]
    training: Mapping[str, Any]
    sha256: str
    files: tuple[str, ...]
    citation: str = ""
    needs: Needs = Needs()

    @cached_property
    def grid(self) -> Grid:
        """The grid of every generated case: RAS, its middle at the world's origin."""
        return centred_grid(self.shape, self.spacing_mm, np.zeros(3))

    def control(self, key: str) -> Control:
        """The control of that key. Raises `BadRecipeError`."""
        for control in self.controls:
            if control.key == key:
                return control
        raise BadRecipeError(f"The model pack {self.name} has no control called {key}.")

    def default_recipe(self, anatomy_seed: int = 0, appearance_seed: int = 0) -> Recipe:
        """Every control at its default, optional ones left free."""
        values = tuple((c.key, c.default) for c in self.controls if not c.optional)
        return Recipe(anatomy_seed, appearance_seed, values)

    def nearest_recipe(self, recipe: Recipe | None) -> Recipe:
        """A recipe, perhaps made for another pack, as near as this pack was trained for: the same seeds, values moved
        into its range, and its own defaults for what the recipe does not say."""
        if recipe is None:
            return self.default_recipe(1, 1)
        found = replace(self.default_recipe(recipe.anatomy_seed, recipe.appearance_seed), lock=recipe.lock)
        for control in self.controls:
            value = recipe.get(control.key)
            if value is not None:
                found = found.with_value(control.key, min(max(value, control.low), control.high))
        return found

    def check(self, recipe: Recipe) -> None:
        """Raises `BadRecipeError` if the recipe asks for something this pack was not trained for."""
        values = dict(recipe.values)
        for key, value in values.items():
            self.control(key).check(value, beyond_range=recipe.beyond_range)
        for control in self.controls:
            if not control.optional and control.key not in values:
                raise BadRecipeError(f"{control.label} is missing from the recipe; set it and try again.")

    def untrained(self, recipe: Recipe) -> tuple[str, ...]:
        """Labels of the controls whose values lie outside the range this pack was trained for."""
        return tuple(c.label for c in self.controls for v in [recipe.get(c.key)] if v is not None and not c.trained(v))

    def path(self, network: str) -> Path:
        """The file of one network."""
        return self.folder / self.networks[network].file

    def verify(self, network: str) -> None:
        """Compare one network's file with its SHA-256. Raises `BadPackError`."""
        path = self.path(network)
        if not path.is_file():
            raise BadPackError(f"The model pack {self.name} lacks {path.name}; install the pack again.")
        if file_sha256(path) != self.networks[network].sha256:
            raise BadPackError(
                f"{path.name} of the model pack {self.name} is not the file it was made with; install the pack again."
            )


def file_sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
