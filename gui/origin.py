"""Where a case comes from, as its record says."""

from __future__ import annotations

from dataclasses import replace

from engine.case import Case
from engine.edit.steps import edits_of
from engine.errors import EngineError
from engine.recipe import VOLUME, Recipe, recipe_from_json


def laid_over(scan: Case | None, opened: Case) -> Case:
    """A label map on the voxels of the real scan that is open belongs to it; anything else stands for itself."""
    if scan is None or scan.synthetic or scan.image is None or opened.image is not None or scan.grid != opened.grid:
        return opened
    return replace(scan, labels=opened.labels)


def target_of(case: Case) -> float | None:
    """The ventricular volume in mL that was asked for, None for a case as it was scanned."""
    recipe = recipe_of(case)
    return case.provenance.get("target_ml") if recipe is None else recipe.get(VOLUME)


def recipe_of(case: Case) -> Recipe | None:
    """The recipe a generated case was made by, if its record holds one."""
    try:
        return recipe_from_json(case.provenance["recipe"])
    except (KeyError, TypeError, EngineError):
        return None


def recipe_that_makes(case: Case) -> Recipe | None:
    """The recipe that makes this very case again; None for anything opened, morphed or corrected."""
    if not case.synthetic or case.morphed or edits_of(case):
        return None
    return recipe_of(case)
