"""What an evaluation is given, what it may say meanwhile, and the synthetic cases it asks for."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO, TypeVar

import numpy as np

from engine.case import Case
from engine.console import Console
from engine.errors import EngineError, EvaluationError
from engine.evaluation.arguments import Options
from engine.events import Noticed, Progressed
from engine.models.generate import generate_image, generate_mask
from engine.pack import ModelPack
from engine.progress import Progress
from engine.recipe import VOLUME, Recipe

Result = TypeVar("Result")
MASK, IMAGE = "Label map", "Image"


@dataclass(frozen=True)
class Setting:
    """The pack to be judged, the folder of real data (None: not given), the device's name and the options."""

    pack: ModelPack
    data: Path | None = None
    device: str = "auto"
    options: Options = field(default_factory=Options)

    def real_data(self) -> Path:
        """The data folder. Raises `EvaluationError` if there is none."""
        if self.data is None:
            raise EvaluationError("This evaluation compares with real subjects; give their folder with --data.")
        if not self.data.is_dir():
            raise EvaluationError(f"There is no folder {self.data}; give the folder of real subjects with --data.")
        return self.data


class Watch:
    """Progress of ``count`` pieces of work of about the same length, on stderr."""

    def __init__(self, what: str, count: int, stream: TextIO | None = None) -> None:
        self._what = what
        self._console = Console(stream or sys.stderr, max(1, count))
        self._progress = Progress(0, {what: 1.0})

    def over(self, items: Sequence[Result]) -> Iterator[tuple[int, Result]]:
        """The items with their numbers, each announced before it is handed out."""
        for n, item in enumerate(items):
            self._console.begin(n)
            self._console.progress(self._progress.at(self._what, 0, 1))
            yield n, item
        self._console.clear()

    def say(self, sentence: str) -> None:
        """A sentence that stays."""
        self._console.say(sentence)

    def drive(self, events: Generator[object, None, Result]) -> Result:
        """Run a slow function to its end, its progress shown; its result."""
        try:
            while True:
                event = next(events)
                if isinstance(event, Progressed):
                    self._console.progress(event)
                elif isinstance(event, Noticed):
                    self._console.say(event.sentence)
        except StopIteration as done:
            return done.value
        finally:
            events.close()


def spread_volumes(pack: ModelPack, count: int) -> list[float]:
    """``count`` volumes in mL, log-uniform over the range the pack was trained for; one alone is the default."""
    control = pack.control(VOLUME)
    if count == 1:
        return [control.default]
    # Rounding could put the ends a hair outside the range.
    return np.clip(np.geomspace(control.low, control.high, count), control.low, control.high).tolist()


def recipes(pack: ModelPack, volumes_ml: Sequence[float]) -> list[Recipe]:
    """One recipe per volume, each another subject in another scan. Raises `BadRecipeError` before anything is made."""
    chosen = [pack.default_recipe(n, n).with_value(VOLUME, ml) for n, ml in enumerate(volumes_ml)]
    for recipe in chosen:
        pack.check(recipe)
    return chosen


def generated_masks(setting: Setting, chosen: Sequence[Recipe]) -> Iterator[Case]:
    """A label map for each recipe."""
    watch = Watch(MASK, len(chosen))
    for _, recipe in watch.over(chosen):
        yield watch.drive(generate_mask(setting.pack, recipe, setting.device, Progress(0, {MASK: 1.0}), MASK))


def generated_cases(setting: Setting, chosen: Sequence[Recipe]) -> Iterator[Case]:
    """A label map and an image for each recipe; one that cannot have an image is left out, and that is said."""
    watch = Watch(MASK, len(chosen))
    for _, recipe in watch.over(chosen):
        progress = Progress(0, {MASK: 1.0, IMAGE: 1.0})
        try:
            mask = watch.drive(generate_mask(setting.pack, recipe, setting.device, progress, MASK))
            yield watch.drive(generate_image(setting.pack, recipe, mask, setting.device, progress, IMAGE))
        except EngineError as error:
            watch.say(f"anatomy seed {recipe.anatomy_seed}: {error}")
