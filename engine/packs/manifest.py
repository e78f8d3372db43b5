"""From the data of a ``pack.json`` to a `ModelPack`, everything in it checked against everything else."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from engine.calibration import calibration_from_json
from engine.labels import load_label_table
from engine.packs.model import Condition, Diffusion, ModelPack, Needs, NetworkFile
from engine.recipe import GUIDANCE, STEPS, VOLUME, Control
from resources import resource

MANIFEST = "pack.json"
#: What this version can run; a pack that asks for anything else is refused with a sentence.
PREDICTIONS = ("velocity", "epsilon", "v_prediction", "sample")
SCHEDULES = ("rectified_flow", "ddim", "ddpm")


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


def _words(data: Any) -> str:
    if not isinstance(data, str) or not data.strip():
        raise ValueError(f"{data!r} stands where words are needed")
    return data


def _own_table(name: str, folder: Path) -> Path | None:
    """The label table ``<name>.json`` of the pack itself; None if it uses one that ships with the application."""
    if Path(name).name != name:
        raise ValueError("the label table must lie in the pack's own folder")
    own = folder / f"{name}.json"
    return own if own.is_file() else None


def pack_from_json(data: Mapping[str, Any], folder: Path, sha256: str) -> ModelPack:
    """The pack in ``folder`` whose manifest holds ``data`` and has this SHA-256.

    Whatever is wrong with the data raises what Python raises for it (`LookupError`, `TypeError`, `ValueError`, ...).
    """
    spacing = data["grid"]["spacing_mm"]
    shape = _sizes(data["grid"]["shape"], 3)
    if data["grid"]["orientation"] != "RAS" or len(set(spacing)) != 1:
        raise ValueError("only isotropic RAS grids are supported")
    table = _own_table(data["label_table"], folder)
    networks = {key: NetworkFile(**value) for key, value in data["networks"].items()}
    files = [MANIFEST, *(network.file for network in networks.values()), *([table.name] if table else [])]
    pack = ModelPack(
        folder=folder,
        name=_words(data["name"]),
        version=_words(data["version"]),
        licence=_words(data["licence"]),
        description=data["description"],
        table=load_label_table(table or resource("labels", f"{data['label_table']}.json")),
        shape=(shape[0], shape[1], shape[2]),
        spacing_mm=float(spacing[0]),
        controls=tuple(Control(**c) for c in data["controls"]),
        draft_steps=int(data["draft_steps"]),
        mask_generator=_diffusion(data["mask_generator"]),
        calibration=calibration_from_json(data.get("calibration", ())),
        image_generator=_diffusion(data["image_generator"]),
        segmenter=MappingProxyType(dict(data["segmenter"])),
        networks=MappingProxyType(networks),
        training=MappingProxyType(dict(data["training"])),
        sha256=sha256,
        files=tuple(dict.fromkeys(files)),
        citation=str(data.get("citation", "")),
        needs=Needs(**data.get("needs", {})),
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
