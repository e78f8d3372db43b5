"""What the controller hands to a worker: which job a wish becomes, and what is done with its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine import film as engine_film
from engine import jobs as engine_jobs
from engine.case import Case
from engine.edit.steps import edits_of
from engine.errors import BadRecipeError, EngineError
from engine.film import Film
from engine.jobs import Job
from engine.pack import ModelPack
from engine.recipe import Recipe, recipe_from_json


@dataclass(frozen=True)
class Jobs:
    """How each wish is turned into a job of the engine."""

    preview: Callable[[ModelPack, Recipe, str], Job] = engine_jobs.PreviewJob
    generate: Callable[[ModelPack, Recipe, str], Job] = engine_jobs.GenerateJob
    remake: Callable[[ModelPack, Case, int | None, str], Job] = engine_jobs.RemakeJob
    segment: Callable[[ModelPack, Case, str], Job] = engine_jobs.SegmentJob
    morph: Callable[[Case, float], Job] = engine_jobs.MorphJob
    series: Callable[[ModelPack, Recipe, tuple[float, ...], Path, str], Job] = engine_jobs.SeriesJob
    open_film: Callable[[Path], Job] = engine_film.OpenFilmJob
    save_film: Callable[[Film, Path, bool], Job] = engine_film.SaveFilmJob
    open: Callable[..., Job] = engine_jobs.OpenJob
    save: Callable[[Case, Path], Job] = engine_jobs.SaveJob
    measure: Callable[[Any], Job] = engine_jobs.MeasureJob

    def whole_case(self, shown: Case | None, pack: ModelPack, recipe: Recipe, device: str) -> Job:
        """The job that makes the case of a recipe; of the case that is there the image alone, if its labels fit."""
        if shown is not None and differs_in_appearance(shown, recipe, pack):
            return self.remake(pack, shown, recipe.appearance_seed, device)
        return self.generate(pack, recipe, device)


@dataclass(frozen=True, eq=False)
class Task:
    """A submitted job, its title for the user, and what to do with its result. ``failed``: takes its error in place of
    the message bar; ``ended``: called whatever happened; ``quiet``: the job bar does not tell of it;
    ``firm``: only Cancel stops it, no other wish; ``reads``: nothing is lost if the window closes before it is done."""

    job: Job
    title: str
    done: Callable[[Any], None]
    recipe: Recipe | None = None
    failed: Callable[[EngineError], None] | None = None
    ended: Callable[[], None] | None = None
    quiet: bool = False
    firm: bool = False
    reads: bool = False


def differs_in_appearance(case: Case | None, recipe: Recipe, pack: ModelPack) -> bool:
    """Whether a case has the labels this recipe makes, and only its image is another."""
    if case is None or case.image is None or case.labels is None or case.grid != pack.grid or edits_of(case):
        return False
    if case.provenance.get("pack", {}).get("sha256") != pack.sha256 or case.morphed:
        return False
    try:
        made = recipe_from_json(case.provenance["recipe"])
    except (KeyError, TypeError, BadRecipeError):
        return False
    return made != recipe and replace(made, appearance_seed=recipe.appearance_seed) == recipe
