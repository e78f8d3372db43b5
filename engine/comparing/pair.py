"""Two cases on one grid, so that they can be laid over each other voxel by voxel.

Aligned scans meet half way: both are resampled once, by half of the movement each, so that neither is smoothed more
than the other and no time point is favoured (Reuter & Fischl 2011, doi:10.1016/j.neuroimage.2011.02.076). Volumes are
always counted on the voxels of the case itself, before any resampling.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from engine.case import Case
from engine.comparing.itk import corners, labelled_box, moved_image, moved_labels
from engine.comparing.registration import Registration, register
from engine.comparing.rigid import IDENTITY, Rigid
from engine.errors import BadLabelsError, RegistrationError
from engine.events import Event, Progressed
from engine.grid import Grid, centred_grid, crop_grid
from engine.labels import BACKGROUND
from engine.progress import Progress, retold
from engine.volume import LabelMap, count_values

ALIGNING, RESAMPLING = "Aligning", "Onto one grid"
#: Usual shares of the time.
STAGES: Mapping[str, float] = {ALIGNING: 0.6, RESAMPLING: 0.4}
#: Voxel size in mm of the half-way space: that of the finer case, within these.
FINEST_MM, COARSEST_MM = 0.8, 2.0
#: A common grid of more voxels than this takes more memory than it is worth.
MOST_VOXELS = 40_000_000


@dataclass(frozen=True, eq=False)
class Pair:
    """``first`` and ``second`` on one grid; ``volumes_ml``: of each, (label value, mL) on its own voxels, every
    structure it has. ``registration``: how they were aligned, None where they are compared as they lie. ``notes``: what
    was done to them, in sentences. ``resampled``: whether either of them is not on its own voxels any more."""

    first: Case
    second: Case
    volumes_ml: tuple[Mapping[int, float], Mapping[int, float]]
    registration: Registration | None = None
    notes: tuple[str, ...] = ()
    resampled: bool = False

    @property
    def grid(self) -> Grid:
        """Where both lie."""
        return self.first.grid

    @property
    def labelled(self) -> bool:
        """Whether both have a label map, so that there is something to measure."""
        return self.first.labels is not None and self.second.labels is not None


def paired(first: Case, second: Case, progress: Progress, *, align: bool = False) -> Generator[Event, None, Pair]:
    """Bring two cases onto one grid; ``align``: register them rigidly first. ``progress`` has the stages `STAGES`, or
    without ``align`` only the second of them.

    Raises `RegistrationError` where they cannot be aligned, or lie so far from each other that they should be, and
    `BadLabelsError` where their label maps have different tables.
    """
    _check_tables(first, second)
    volumes = _volumes(first.labels), _volumes(second.labels)
    if align:
        registration = yield from register(first, second, progress, ALIGNING)
        half = registration.half
        grid = _half_way_grid(first, second, half)
        moved = yield from _moved(first, second, grid, (half.inverse, half), progress)
        return Pair(*moved, volumes, registration, (_aligned_note(registration, grid), *_doubts(registration)), True)
    if first.grid == second.grid:
        yield progress.at(RESAMPLING, 1, 1)
        return Pair(first, second, volumes)
    grid = _common_grid(first, second)
    moved = yield from _moved(first, second, grid, (IDENTITY, IDENTITY), progress)
    return Pair(*moved, volumes, None, (_resampled_note(first, second, grid), *_far_apart(first, second)), True)


def _check_tables(first: Case, second: Case) -> None:
    one, other = first.labels, second.labels
    if one is not None and other is not None and one.table.name != other.table.name:
        raise BadLabelsError(
            f"The label maps have different tables ({one.table.name} and {other.table.name}); convert one of them "
            "first."
        )


def _volumes(labels: LabelMap | None) -> Mapping[int, float]:
    if labels is None:
        return {}
    counts = count_values(labels.data, len(labels.table.class_of_value))
    voxel_ml = labels.grid.voxel_ml
    return {int(v): float(counts[v] * voxel_ml) for v in np.flatnonzero(counts) if v != BACKGROUND}


def _moved(
    first: Case, second: Case, grid: Grid, ways: tuple[Rigid, Rigid], progress: Progress
) -> Generator[Event, None, tuple[Case, Case]]:
    """Both cases on ``grid``; ``ways``: where a world point of it lies in each of them."""
    made = []
    for number, (case, way) in enumerate(zip((first, second), ways, strict=True)):
        stays = way is IDENTITY and case.grid == grid
        yield progress.at(RESAMPLING, 50 * number, 100)
        labels, image = case.labels, case.image
        if labels is not None and not stays:
            labels = yield from retold(moved_labels(labels, grid, way), partial(_slab_done, progress, number))
        if image is not None and not stays:
            image = moved_image(image, grid, way)
        made.append(replace(case, image=image, labels=labels))
    yield progress.at(RESAMPLING, 100, 100)
    return made[0], made[1]


def _slab_done(progress: Progress, number: int, slab: tuple[int, int]) -> Progressed:
    """``slab``: step of steps in the labels of the first (0) or second (1) case."""
    step, steps = slab
    return progress.at(RESAMPLING, 50 * number + 40 * step // steps, 100)


def _half_way_grid(first: Case, second: Case, half: Rigid) -> Grid:
    """Voxels of the half-way space around both, as fine as the finer of the two."""
    finer = min(first.grid.voxel_ml, second.grid.voxel_ml)
    spacing = min(max((1000 * finer) ** (1 / 3), FINEST_MM), COARSEST_MM)
    whole = [tuple(slice(0, n) for n in case.grid.shape) for case in (first, second)]
    points = np.concatenate(
        [half(corners(first.grid, whole[0])), half.inverse(corners(second.grid, whole[1]))]  # type: ignore[arg-type]
    )
    low, high = points.min(axis=0), points.max(axis=0)
    spacing = max(spacing, float((np.prod(high - low) / MOST_VOXELS) ** (1 / 3)))
    i, j, k = np.maximum(1, np.round((high - low) / spacing)).astype(int).tolist()
    return centred_grid((i, j, k), spacing, (low + high) / 2)


def _common_grid(first: Case, second: Case) -> Grid:
    """The grid of the finer case, reaching as far as anything is labelled. Which case comes first does not matter."""
    grids = first.grid, second.grid
    finer = min(grids, key=lambda g: (round(g.voxel_ml, 9), -np.prod(g.shape), g.affine.tobytes()))
    boxes = [finer.world_to_voxel(corners(c.grid, _part(c))) for c in (first, second)]
    ends = np.concatenate([*boxes, [[-0.5, -0.5, -0.5], np.array(finer.shape) - 0.5]])
    low, high = np.round(ends.min(axis=0) + 0.5).astype(int), np.round(ends.max(axis=0) + 0.5).astype(int)
    i, j, k = (high - low).tolist()
    if i * j * k > max(MOST_VOXELS, 2 * np.prod(finer.shape)):
        raise RegistrationError(
            "The two lie too far from each other to be compared as they lie; align them first (register)."
        )
    return crop_grid(finer, low, (i, j, k))


def _part(case: Case) -> tuple[slice, slice, slice]:
    if case.labels is not None:
        return labelled_box(case.labels)
    i, j, k = (slice(0, n) for n in case.grid.shape)
    return i, j, k


def _far_apart(first: Case, second: Case) -> tuple[str, ...]:
    boxes = [corners(case.grid, _part(case)) for case in (first, second)]
    low, high = (np.array([getattr(box, end)(axis=0) for box in boxes]) for end in ("min", "max"))
    if (low.max(axis=0) >= high.min(axis=0)).any():
        return ("The two do not overlap where they lie; align them (register).",)
    return ()


def _resampled_note(first: Case, second: Case, grid: Grid) -> str:
    size = " x ".join(f"{s:.3g}" for s in grid.spacing)
    which = "The first was" if _same_voxels(second.grid, grid) else "The second was"
    return (
        f"{which} resampled onto voxels of {size} mm for Dice and distances, since the two grids differ; volumes are "
        "counted on each one's own voxels."
    )


def _same_voxels(one: Grid, other: Grid) -> bool:
    """Whether two grids differ only in how far they reach."""
    steps = one.to_grid(other)
    return np.allclose(steps[:3, :3], np.eye(3), atol=1e-6) and np.allclose(steps[:3, 3], np.round(steps[:3, 3]))


def _aligned_note(found: Registration, grid: Grid) -> str:
    what = "label maps" if found.on_labels else "scans"
    return (
        f"The two {what} were aligned rigidly: turned by {found.movement.degrees:.2f} degrees, the brain moved by up "
        f"to {found.moved_mm:.2f} mm; the two directions agree within {found.apart_mm:.2f} mm. Both were resampled "
        f"half way, to voxels of {grid.spacing[0]:.2g} mm; volumes are counted on each one's own voxels."
    )


#: Brains of one person, labelled twice, overlap more than this once aligned.
_SAME_PERSON = 0.9


def _doubts(found: Registration) -> tuple[str, ...]:
    if found.overlap < _SAME_PERSON:
        return (f"The aligned brains overlap with a Dice of {found.overlap:.2f} only; is this one person?",)
    return ()
