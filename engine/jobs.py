"""The jobs the engine can do. A job is a frozen request that holds everything it needs; `run` is a generator that
yields events and returns the result. Torch and scipy are imported inside `run`, on the engine's thread."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from engine.case import Case
from engine.errors import BadFileError
from engine.events import Event, Noticed, Previewed, Progressed
from engine.io import case_folder
from engine.measures import Volumes, measure_volumes
from engine.opening import opening
from engine.pack import ModelPack
from engine.progress import Progress, retold
from engine.recipe import VOLUME, Recipe
from engine.volume import LabelMap

if TYPE_CHECKING:
    from engine.io.dicom.series import Listing
    from engine.io.dicom.series import Series as DicomSeries
    from engine.series import Series

Result = TypeVar("Result")

_ids = itertools.count(1)


def new_id() -> int:
    """A number no other job of this process has."""
    return next(_ids)


def _import_networks() -> None:
    """Torch and MONAI on the thread that needs them, in such a way that the window goes on answering."""
    from engine.models.quiet_import import import_networks

    import_networks()


class Job(Protocol):
    """What a worker can run."""

    @property
    def id(self) -> int:
        """Number that the job's events carry."""

    def run(self) -> Generator[Event, None, Any]:
        """Do it: yield after each step, return the result."""


@dataclass(frozen=True)
class PreviewJob:
    """A quick draft of the label map alone, for a slider that is still moving. Result: a `Case` without image."""

    pack: ModelPack
    recipe: Recipe
    device: str = "auto"
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Case]:
        """Yields Progressed; returns the draft."""
        _import_networks()
        from engine.models.generate import generate_mask

        progress = Progress(self.id, {"Preview": 1.0})
        draft = yield from generate_mask(self.pack, self.recipe, self.device, progress, "Preview", draft=True)
        return draft


@dataclass(frozen=True)
class GenerateJob:
    """A whole synthetic case: label map, the image made from it, and whether the image shows it. Result: a `Case`."""

    pack: ModelPack
    recipe: Recipe
    device: str = "auto"
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Case]:
        """Yields Progressed, and Previewed once the label map is there; returns the case."""
        _import_networks()
        from engine.models.generate import generate_image, generate_mask
        from engine.models.quality import check_quality

        shares = {"Label map": 0.8 if self.recipe.lock else 0.5, "Image": 0.35, "Quality check": 0.15}
        progress = Progress(self.id, shares)
        mask = yield from generate_mask(self.pack, self.recipe, self.device, progress, "Label map")
        yield Previewed(self.id, mask)
        case = yield from generate_image(self.pack, self.recipe, mask, self.device, progress, "Image")
        quality = yield from check_quality(self.pack, case, self.device, progress, "Quality check")
        return replace(case, provenance={**case.provenance, "quality": quality.to_json()})


@dataclass(frozen=True)
class RemakeJob:
    """A new image of a synthetic case's labels, corrected or not. Result: a `Case`. ``appearance_seed``: None for the
    one the case was made with."""

    pack: ModelPack
    case: Case
    appearance_seed: int | None = None
    device: str = "auto"
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Case]:
        """Yields Progressed; raises `BadLabelsError` where no image can be made of the labels."""
        _import_networks()
        from engine.models.remake import STAGES, remake_image

        progress = Progress(self.id, STAGES)
        case = yield from remake_image(self.pack, self.case, self.appearance_seed, self.device, progress)
        return case


@dataclass(frozen=True)
class ReadBackJob:
    """What the segmenter reads in a synthetic case's image. Result: the `Case` with those labels for its own."""

    pack: ModelPack
    case: Case
    device: str = "auto"
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Case]:
        """Yields Progressed; raises `BadLabelsError` where the case is not of this pack."""
        _import_networks()
        from engine.models.quality import read_back

        stage = "Reading the image"
        return (yield from read_back(self.pack, self.case, self.device, Progress(self.id, {stage: 1.0}), stage))


@dataclass(frozen=True)
class SegmentJob:
    """Label a scan. Result: the `Case` with the label map on the scan's own grid. ``flip``: label the mirrored scan too
    and take the mean, in twice the time."""

    pack: ModelPack
    case: Case
    device: str = "auto"
    flip: bool = False
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Case]:
        """Yields Progressed; raises `NoBrainError` where there is no brain to be found."""
        _import_networks()
        from engine.models.segment import segment_scan

        if self.case.image is None:
            raise BadFileError("There is no image to segment; open a scan first.")
        progress = Progress(self.id, {"Finding the brain": 0.25, "Labelling": 0.55, "Back to the scan's voxels": 0.2})
        labels, record = yield from segment_scan(self.pack, self.case.image, self.device, progress, flip=self.flip)
        return replace(self.case, labels=labels, provenance={**self.case.provenance, "segmentation": record})


@dataclass(frozen=True)
class MorphJob:
    """Grow or shrink a subject's ventricles to a volume, labels and image together. Result: a `Case`."""

    case: Case
    volume_ml: float
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Case]:
        """Yields Progressed, and Noticed where the volume is missed; raises `BadLabelsError` where there is nothing to
        start from, and `BadRecipeError` for a volume out of reach."""
        from engine.morph import STAGES, morph

        case = yield from morph(self.case, self.volume_ml, Progress(self.id, STAGES))
        return case


@dataclass(frozen=True)
class SeriesJob:
    """One synthetic subject with ventricles of several volumes, each case written to ``folder`` as it is made. Result:
    a `Series`. What a stopped job has made stays, with the table of it."""

    pack: ModelPack
    recipe: Recipe
    targets_ml: tuple[float, ...]
    folder: Path
    device: str = "auto"
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Series]:
        """Yields one progress over all cases; raises `OutputError` if the folder holds something."""
        from engine.series import Series, member, write_series

        case_folder.check_new_folder(self.folder)
        recipes = [self.recipe.with_value(VOLUME, target) for target in self.targets_ml]
        for recipe in recipes:
            self.pack.check(recipe)
        stages = [f"case-{n:04d}" for n in range(1, len(recipes) + 1)]
        progress = Progress(self.id, dict.fromkeys(stages, 1.0))
        series, before = Series(self.folder), None
        for name, recipe, target in zip(stages, recipes, self.targets_ml, strict=True):
            made = yield from _as_stage(GenerateJob(self.pack, recipe, self.device).run(), progress, name)
            case = replace(made, name=name)
            series = replace(series, members=(*series.members, member(case, target, before)))
            case_folder.save_case(case, self.folder / name)
            write_series(series, self._about())
            before = case.labels
        return series

    def _about(self) -> dict[str, Any]:
        pack = {"name": self.pack.name, "version": self.pack.version, "sha256": self.pack.sha256}
        recipe = self.recipe.with_value(VOLUME, None).to_json()
        return {"synthetic": True, "recipe": recipe, "pack": pack, "targets_ml": list(self.targets_ml)}


def _as_stage(events: Generator[Event, None, Result], progress: Progress, stage: str) -> Generator[Event, None, Result]:
    """A job's events as one stage of a longer job's."""

    def tell(event: Event) -> Event:
        if isinstance(event, Progressed):
            whole = progress.at(stage, round(1000 * event.fraction), 1000)
            event = replace(event, fraction=whole.fraction, seconds_left=whole.seconds_left)
            event = replace(event, stage=f"{stage}, {event.stage}")
        return replace(event, job_id=progress.job_id)

    return retold(events, tell)


@dataclass(frozen=True)
class OpenJob:
    """Read a scan, a label map, or a saved case. Result: a `Case`, or the `Listing` of a DICOM folder where one of
    several series has to be chosen; ``series``: the one that was."""

    path: Path
    series: DicomSeries | None = None
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Case | Listing]:
        """Yields Progressed, and Noticed once with all that the user should see; raises what `engine.io` raises."""
        found = yield from opening(self.id, self.path, self.series)
        if not isinstance(found, tuple):
            return found
        case, notes = found
        if notes:
            yield Noticed(self.id, " ".join(notes))
        return case


@dataclass(frozen=True)
class SaveJob:
    """Write a case as a folder. Result: the folder's path."""

    case: Case
    folder: Path
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Path]:
        """Yields Progressed once; raises `OutputError`, nothing half-written."""
        progress = Progress(self.id, {"Saving": 1.0})
        yield progress.at("Saving", 0, 1)
        return case_folder.save_case(self.case, self.folder)


@dataclass(frozen=True)
class MeasureJob:
    """Volumes of a label map. Result: `Volumes`."""

    labels: LabelMap
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Volumes]:
        """Yields Progressed once."""
        yield Progress(self.id, {"Measuring": 1.0}).at("Measuring", 0, 1)
        return measure_volumes(self.labels)
