"""Model packs: a folder with ``pack.json`` and one ``.safetensors`` file per network.

The manifest says everything about the models that is not weights, so that a new pack needs no new code: classes, grid,
controls, samplers, latent statistics, training data with its terms, and a SHA-256 per file. This room knows nothing of
torch; a pack is checked here before any weight is read.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from engine.calibration import Calibration, calibration_from_json
from engine.errors import BadPackError, BadRecipeError
from engine.grid import Grid, centred_grid
from engine.labels import LabelTable, load_label_table
from engine.recipe import GUIDANCE, STEPS, VOLUME, Control, Recipe
from resources import resource

FORMAT = 1
MANIFEST = "pack.json"
#: What this version can run; a pack that asks for anything else is refused with a sentence.
PREDICTIONS = ("velocity", "epsilon", "v_prediction", "sample")
SCHEDULES = ("rectified_flow", "ddim", "ddpm")
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


@dataclass(frozen=True, eq=False)
class ModelPack:
    """A checked manifest and the folder it lies in."""

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


def _diffusion(data: Mapping[str, Any]) -> Diffusion:
    latent_shape = _sizes(data["latent_shape"], 4)
    model = Diffusion(
        autoencoder=data["autoencoder"],
        denoiser=data["denoiser"],
        prediction=data["prediction"],
        schedule=data["schedule"],
        schedule_options=MappingProxyType(dict(data.get("schedule_options", {}))),
        latent_shape=(latent_shape[0], latent_shape[1], latent_shape[2], latent_shape[3]),
        latent_mean=tuple(data["latent_mean"]),
        latent_scale=tuple(data["latent_scale"]),
        conditions=tuple(Condition(**c) for c in data.get("conditions", ())),
        conditioning=data["conditioning"],
    )
    if not len(model.latent_mean) == len(model.latent_scale) == latent_shape[0]:
        raise ValueError("the latent statistics do not fit the latent's shape")
    if not (np.isfinite(model.latent_mean).all() and np.isfinite(model.latent_scale).all()):
        raise ValueError("the latent statistics are not all numbers")
    if min(model.latent_scale) <= 0:
        raise ValueError("a latent scale of zero or less makes no sense")
    if model.prediction not in PREDICTIONS or model.schedule not in SCHEDULES:
        raise ValueError(f"{model.schedule} sampling with {model.prediction} prediction is unknown")
    if (model.schedule == "rectified_flow") != (model.prediction == "velocity"):
        raise ValueError(f"{model.schedule} sampling does not go with {model.prediction} prediction")
    return model


def _sizes(data: Sequence[Any], count: int) -> list[int]:
    sizes = [int(n) for n in data]
    if len(sizes) != count or min(sizes) < 1 or sizes != list(data):
        raise ValueError(f"{data} is not a list of {count} sizes")
    return sizes


def _label_table(name: str, folder: Path) -> LabelTable:
    """A table that ships with the application, or ``<name>.json`` in the pack."""
    if Path(name).name != name:
        raise ValueError("the label table must lie in the pack's own folder")
    own = folder / f"{name}.json"
    return load_label_table(own if own.is_file() else resource("labels", f"{name}.json"))


def _build(data: Mapping[str, Any], folder: Path, sha256: str) -> ModelPack:
    spacing = data["grid"]["spacing_mm"]
    shape = _sizes(data["grid"]["shape"], 3)
    if data["grid"]["orientation"] != "RAS" or len(set(spacing)) != 1:
        raise ValueError("only isotropic RAS grids are supported")
    pack = ModelPack(
        folder=folder,
        name=data["name"],
        version=data["version"],
        licence=data["licence"],
        description=data["description"],
        table=_label_table(data["label_table"], folder),
        shape=(shape[0], shape[1], shape[2]),
        spacing_mm=float(spacing[0]),
        controls=tuple(Control(**c) for c in data["controls"]),
        draft_steps=int(data["draft_steps"]),
        mask_generator=_diffusion(data["mask_generator"]),
        calibration=calibration_from_json(data.get("calibration", ())),
        image_generator=_diffusion(data["image_generator"]),
        segmenter=MappingProxyType(dict(data["segmenter"])),
        networks=MappingProxyType({key: NetworkFile(**value) for key, value in data["networks"].items()}),
        training=MappingProxyType(dict(data["training"])),
        sha256=sha256,
    )
    _check(pack)
    return pack


def _check(pack: ModelPack) -> None:
    """Raises `ValueError` if parts of the manifest do not fit each other."""
    if not 0 < pack.spacing_mm < math.inf:
        raise ValueError(f"a voxel size of {pack.spacing_mm} mm is impossible")
    if pack.draft_steps < 1:
        raise ValueError("a draft needs one step at least")
    for control in pack.controls:
        if not (control.low < control.high and control.low <= control.default <= control.high and control.step > 0):
            raise ValueError(f"the range of {control.key} makes no sense")
        least, most = control.limits(beyond_range=True)
        if not least <= control.low < control.high <= most:
            raise ValueError(f"what {control.key} may be beyond its range makes no sense")
    keys = [control.key for control in pack.controls]
    if len(set(keys)) != len(keys) or not {VOLUME, GUIDANCE, STEPS} <= set(keys):
        raise ValueError(f"the controls {', '.join(keys)} lack one that is needed, or name one twice")
    models = (pack.mask_generator, pack.image_generator)
    needed = {pack.segmenter["network"], *(n for m in models for n in (m.autoencoder, m.denoiser))}
    if not needed <= set(pack.networks):
        raise ValueError(f"networks are missing: {', '.join(sorted(needed - set(pack.networks)))}")
    _check_roles(pack)
    if any(Path(n.file).name != n.file for n in pack.networks.values()):
        raise ValueError("network files must lie in the pack's own folder")


def _check_roles(pack: ModelPack) -> None:
    """Raises `ValueError` if a network stands where one of another kind is needed."""
    roles = {pack.segmenter["network"]: "segmenter"}
    for what, model in (("mask", pack.mask_generator), ("image", pack.image_generator)):
        roles |= {model.autoencoder: f"{what}_autoencoder", model.denoiser: f"{what}_denoiser"}
    for name, kind in roles.items():
        if pack.networks[name].kind != kind:
            raise ValueError(f"{name} is a network of kind {pack.networks[name].kind} where {kind} is needed")


def load_pack(folder: Path) -> ModelPack:
    """Read and check a pack's manifest, and that its files are there. Raises `BadPackError`.

    Hashes are compared when a network is loaded (`ModelPack.verify`), so that starting stays quick.
    """
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise BadPackError(f"There is no model pack in {folder} (no {MANIFEST}); choose another folder.")
    try:
        raw = manifest.read_bytes()
    except OSError as error:
        raise BadPackError(f"{manifest} cannot be read ({error.strerror or error}); check its permissions.") from error
    try:
        data = json.loads(raw)
        version = data["format"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadPackError(f"{manifest} is damaged ({error}); install the pack again.") from error
    if version != FORMAT:
        raise BadPackError(
            f"The pack in {folder} has format {version}, this version of VentriSynth reads format {FORMAT}; "
            "update VentriSynth or the pack."
        )
    try:
        pack = _build(data, folder, hashlib.sha256(raw).hexdigest())
    except KeyError as error:
        raise BadPackError(f"{manifest} cannot be used (it lacks {error}); install the pack again.") from error
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError, OSError) as error:
        raise BadPackError(f"{manifest} cannot be used ({error}); install the pack again.") from error
    for network in pack.networks.values():
        if not (folder / network.file).is_file():
            raise BadPackError(f"The model pack {pack.name} lacks {network.file}; install the pack again.")
    return pack


def starter_pack_folder() -> Path:
    """Where the pack that ships with VentriSynth lies."""
    return resource("packs", "starter")
