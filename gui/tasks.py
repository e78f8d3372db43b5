"""What the controller hands to a worker: which job a wish becomes, and what is done with its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import film as engine_film
from engine import jobs as engine_jobs
from engine.case import Case
from engine.errors import EngineError
from engine.film import Film
from engine.jobs import Job
from engine.pack import ModelPack
from engine.recipe import Recipe


@dataclass(frozen=True)
class Jobs:
    """How each wish is turned into a job of the engine."""

    preview: Callable[[ModelPack, Recipe, str], Job] = engine_jobs.PreviewJob
    generate: Callable[[ModelPack, Recipe, str], Job] = engine_jobs.GenerateJob
    segment: Callable[[ModelPack, Case, str], Job] = engine_jobs.SegmentJob
    morph: Callable[[Case, float], Job] = engine_jobs.MorphJob
    series: Callable[[ModelPack, Recipe, tuple[float, ...], Path, str], Job] = engine_jobs.SeriesJob
    open_film: Callable[[Path], Job] = engine_film.OpenFilmJob
    save_film: Callable[[Film, Path, bool], Job] = engine_film.SaveFilmJob
    open: Callable[[Path], Job] = engine_jobs.OpenJob
    save: Callable[[Case, Path], Job] = engine_jobs.SaveJob
    measure: Callable[[Any], Job] = engine_jobs.MeasureJob


@dataclass(frozen=True, eq=False)
class Task:
    """A submitted job, its title for the user, and what to do with its result. ``failed``: takes its error in place of
    the message bar; ``ended``: called whatever happened; ``quiet``: the job bar does not tell of it."""

    job: Job
    title: str
    done: Callable[[Any], None]
    recipe: Recipe | None = None
    failed: Callable[[EngineError], None] | None = None
    ended: Callable[[], None] | None = None
    quiet: bool = False
