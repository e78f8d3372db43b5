"""A new image of the label map a synthetic case has, whether it was corrected by hand since or not."""

from __future__ import annotations

import platform
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import torch

from engine.case import Case
from engine.edit.steps import corrected_voxels, edits_of
from engine.errors import BadLabelsError, BadRecipeError
from engine.events import Event
from engine.measures import measure_volumes
from engine.models.device import choose_device
from engine.models.generate import generate_image
from engine.models.quality import check_quality
from engine.pack import ModelPack
from engine.progress import Progress
from engine.recipe import Recipe, recipe_from_json
from resources import version

IMAGE, CHECK = "Image", "Quality check"
#: The stages of `remake_image` and their usual share of the time.
STAGES = {IMAGE: 0.7, CHECK: 0.3}


def remake_image(
    pack: ModelPack, case: Case, appearance_seed: int | None, device_name: str, progress: Progress
) -> Generator[Event, None, Case]:
    """The same labels with a new image. ``appearance_seed``: None for the one the case was made with, so that contrast
    and texture stay and only what was corrected looks different.

    Yields Progressed in `STAGES`. The record says what the image was made from. Raises `BadLabelsError` for a case that
    is not synthetic or has no labels on the pack's grid.
    """
    if not case.synthetic or case.labels is None:
        raise BadLabelsError("Only a synthetic case gets a new image; a scan's image is as it was scanned.")
    if case.labels.grid != pack.grid:
        raise BadLabelsError(f"These labels do not lie on the grid of the pack {pack.name}; open a case it made.")
    recipe = _recipe(pack, case)
    if appearance_seed is not None:
        recipe = replace(recipe, appearance_seed=appearance_seed)
    made = yield from generate_image(pack, recipe, replace(case, image=None), device_name, progress, IMAGE)
    quality = yield from check_quality(pack, made, device_name, progress, CHECK)
    record = dict(case.provenance) | {"quality": quality.to_json(), "recipe": recipe.to_json()}
    if edits_of(case):
        record |= _corrected(pack, case, recipe, device_name)
    return replace(made, name=_name(case, recipe), provenance=record)


def _recipe(pack: ModelPack, case: Case) -> Recipe:
    try:
        return recipe_from_json(case.provenance["recipe"])
    except (KeyError, TypeError, BadRecipeError):
        # A label map that was opened without its record: it has labels, and any appearance will do.
        return pack.default_recipe()


def _corrected(pack: ModelPack, case: Case, recipe: Recipe, device_name: str) -> dict[str, Any]:
    """What the record says beyond the recipe, which no longer makes these labels."""
    assert case.labels is not None
    volumes = measure_volumes(case.labels)
    by_hand = [record for record in edits_of(case) if record.get("by") == "hand"]
    return {
        "achieved_ml": volumes.ventricular_ml,
        "icv_ml": volumes.icv_ml,
        "ratio": volumes.ratio,
        "image": {
            "made_from": "labels corrected by hand",
            "corrected_voxels": sum(int(record.get("voxels", 0)) for record in by_hand),
            "corrected_since_last_image": corrected_voxels(case),
            "appearance_seed": recipe.appearance_seed,
            "pack": {"name": pack.name, "version": pack.version, "sha256": pack.sha256},
            "device": choose_device(device_name).name,
            "versions": {"ventrisynth": version(), "torch": torch.__version__, "python": platform.python_version()},
        },
    }


def _name(case: Case, recipe: Recipe) -> str:
    """The case's name, with the new appearance seed in it if the old one was."""
    before = case.provenance.get("recipe")
    if not isinstance(before, dict):
        return case.name
    return case.name.replace(f"appearance {before.get('appearance_seed')}", f"appearance {recipe.appearance_seed}")
