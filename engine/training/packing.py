"""The ``pack`` stage: trained networks become a model pack."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from safetensors import safe_open

from engine.errors import TrainingError
from engine.io.case_folder import write_json
from engine.labels import synthseg33
from engine.pack import FORMAT, MANIFEST, file_sha256, load_pack
from engine.training.denoisers import CONDITIONS
from engine.training.label_maps import HELD_OUT
from engine.training.shapes import GRID
from resources import resource, version

NETWORKS = ("segmenter", "mask_autoencoder", "mask_denoiser", "image_autoencoder", "image_denoiser")


def make_pack(out: Path, folder: Path) -> Path:
    """Gather the five networks of a training folder into ``folder``, with their manifest made from the template in
    ``resources/packs/template.json``. Raises `TrainingError` if one of them is missing."""
    manifest = json.loads(resource("packs", "template.json").read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    entries, extras = {}, {}
    for kind in NETWORKS:
        source = out / kind / f"{kind}.safetensors"
        if not source.exists():
            raise TrainingError(f"There is no {source}; run `train {kind.replace('_', '-')}` first.")
        target = folder / source.name
        if not target.exists() or file_sha256(target) != file_sha256(source):
            shutil.copyfile(source, target)
        with safe_open(source, "np") as file:
            metadata = file.metadata()
        extras[kind] = json.loads(metadata["extra"])
        config = json.loads(metadata["config"])
        entries[kind] = {"kind": kind, "config": config, "file": target.name, "sha256": file_sha256(target)}
    manifest |= {
        "format": FORMAT,
        "label_table": "synthseg33",
        "grid": {"shape": list(GRID), "spacing_mm": [1.0, 1.0, 1.0], "orientation": "RAS"},
        "segmenter": {"network": "segmenter"},
        "mask_generator": _diffusion(
            "mask", extras, 4 * 2 ** (len(entries["mask_autoencoder"]["config"]["channels"]) - 1)
        )
        | {"conditions": [vars(c) for c in CONDITIONS]},
        "image_generator": _diffusion("image", extras, 8),
        "networks": entries,
    }
    manifest["mask_generator"]["conditioning"] = "embedding"
    manifest["image_generator"]["conditioning"] = "spade"
    manifest["training"] |= {
        "made_by": {"ventrisynth": version(), "commit": _commit()},
        "classes": len(synthseg33().labels),
        "held_out": list(HELD_OUT),
        "networks": {kind: _figures(extras[kind]) for kind in NETWORKS},
    }
    write_json(folder / MANIFEST, manifest)
    load_pack(folder)
    return folder


def _diffusion(what: str, extras: dict[str, Any], factor: int) -> dict[str, Any]:
    figures = extras[f"{what}_denoiser"]
    return {
        "autoencoder": f"{what}_autoencoder",
        "denoiser": f"{what}_denoiser",
        "prediction": "velocity",
        "schedule": "rectified_flow",
        "schedule_options": {"time_shift": figures.get("time_shift", 1.0)},
        "latent_shape": [len(figures["latent_mean"]), *(n // factor for n in GRID)],
        "latent_mean": figures["latent_mean"],
        "latent_scale": figures["latent_scale"],
    }


def _figures(extra: dict[str, Any]) -> dict[str, Any]:
    """How long a network was trained, and how long the weights it started from."""
    figures = {key: extra[key] for key in ("steps", "seconds")}
    return figures | ({"started_from": _figures(extra["started_from"])} if "started_from" in extra else {})


def _commit() -> str:
    """The commit the training code stood at; empty outside a clone."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=resource(), capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
