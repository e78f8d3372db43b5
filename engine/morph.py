"""A subject's ventricles grown or shrunk to a volume: labels and image moved together, on their own voxels.

The motion is solved on a 1 mm RAS grid around the brain (`engine.ventricular_flow`) and kept as a displacement in world
millimetres, which is read at each voxel of the input, however that grid lies.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Generator
from dataclasses import dataclass, replace
from itertools import product
from operator import itemgetter

import numpy as np

from engine.case import Case
from engine.errors import BadLabelsError, BadRecipeError
from engine.events import Event, Noticed, Progressed
from engine.grid import Grid, bounding_grid, crop_grid
from engine.labels import VENTRICLES
from engine.measures import measure_volumes
from engine.progress import Progress
from engine.resample import resampled_labels
from engine.ventricular_flow import COARSE, STILL, flow
from engine.volume import LabelMap, Volume, count_values
from engine.world_warp import Box, WorldWarp, box_of, widened
from resources import version

FLOW, WARP = "Moving the tissue", "Warping labels and image"
#: The stages of `morph` and their usual share of the time.
STAGES = {FLOW: 0.7, WARP: 0.3}
METHOD = "ventricular flow"
DESCRIPTION = (
    "The ventricles are sources (or sinks) of an incompressible potential flow; extracerebral CSF and, less so, the "
    "cerebral mantle take up what they displace. The flow is integrated on a 2 mm lattice until the ventricles have "
    "the volume asked for. Labels (nearest neighbour) and image (trilinear) are read through the same displacement, "
    "trilinear between the nodes of the lattice. The Jacobian determinant given is a lower bound of it everywhere."
)
#: How near the achieved volume should come, and from where on it is good enough not to be spoken of.
CLOSE_ML, GOOD_ML = 0.05, 0.5
#: The flow's estimate of the volume is at least this good: mL, or share of the volume.
NEAR_ML, NEAR_SHARE = 2.0, 0.05
MOST_TRIES = 12
#: Planes that are warped between two places to stop.
SLAB = 16
#: Voxel middles of head scans often lie half way between those of the 1 mm grid. This shift, in mm, lets them fall to
#: the same side whichever way the scan's axes run.
ASIDE_MM = 0.01


def morph(case: Case, volume_ml: float, progress: Progress) -> Generator[Event, None, Case]:
    """The case with ventricles of ``volume_ml`` mL, its record under ``morph``. The image, if any, moves along.

    Yields Progressed in `STAGES`, and Noticed if the voxels did not allow the volume. Raises `BadLabelsError` where
    there is nothing to start from, and `BadRecipeError` for a volume that makes no sense or cannot be reached without
    folding tissue.
    """
    labels = case.labels
    start_ml = _check(labels, volume_ml)
    assert labels is not None
    warp = yield from warp_to_volume(labels, volume_ml, progress)
    new_labels, new_image = yield from warped(warp, labels, case.image, progress)
    volumes = measure_volumes(new_labels)
    assert volumes.ventricular_ml is not None
    yield from notice_missed(volumes.ventricular_ml, volume_ml, progress.job_id)
    yield from notice_lost(labels, new_labels, progress.job_id)
    reached = {
        "target_ml": volume_ml,
        "achieved_ml": round(volumes.ventricular_ml, 3),
    }
    figures = {
        "start_ml": round(start_ml, 3),
        **reached,
        "smallest_jacobian": round(warp.smallest_jacobian(), 4),
        "largest_displacement_mm": round(warp.largest_mm(), 2),
    }
    provenance = {
        "synthetic": case.synthetic,
        "morphed": True,
        "source": case.provenance.get("source", case.name),
        "morph": {"method": METHOD, "description": DESCRIPTION, **figures},
        **reached,
        "icv_ml": volumes.icv_ml,
        "ratio": volumes.ratio,
        # What was known of the case before, aside: its recipe would not make this one.
        "original": dict(case.provenance),
        "versions": {"ventrisynth": version(), "python": platform.python_version()},
    }
    return Case(f"{case.name}, {volume_ml:g} mL", new_image, new_labels, provenance)


def notice_missed(achieved_ml: float, target_ml: float, job_id: int) -> Generator[Event, None, None]:
    """Say so if the voxels did not allow the volume."""
    if abs(achieved_ml - target_ml) > GOOD_ML:
        yield Noticed(
            job_id,
            f"The voxels of this label map are too coarse for {target_ml:g} mL; {achieved_ml:.3g} mL is the nearest "
            "that was found.",
        )


def notice_lost(before: LabelMap, after: LabelMap, job_id: int) -> Generator[Event, None, None]:
    """Say which structures a warp left without a voxel."""
    size = len(before.table.class_of_value)
    lost = np.flatnonzero((count_values(before.data, size) > 0) & (count_values(after.data, size) == 0)).tolist()
    if lost:
        names = ", ".join(before.table[value].name.lower() for value in lost)
        yield Noticed(job_id, f"On these voxels nothing is left of: {names}.")


def _check(labels: LabelMap | None, volume_ml: float) -> float:
    """The ventricular volume there is, in mL."""
    if not (math.isfinite(volume_ml) and volume_ml > 0):
        raise BadRecipeError(f"A ventricular volume of {volume_ml:g} mL makes no sense; choose one above 0 mL.")
    if labels is None:
        raise BadLabelsError("There is no label map to say where the ventricles are; segment the scan first.")
    volumes = measure_volumes(labels)
    if volumes.ventricular_ml is None or volumes.icv_ml is None:
        raise BadLabelsError("This label map has no ventricles to grow or shrink; segment the scan first.")
    check_fits(volume_ml, volumes.icv_ml, volumes.ventricular_ml)
    return volumes.ventricular_ml


def check_fits(target_ml: float, icv_ml: float, start_ml: float) -> None:
    """Raises `BadRecipeError` if there is no room for so much ventricle in the head."""
    if target_ml >= icv_ml:
        raise BadRecipeError(
            f"{target_ml:g} mL is more than the whole intracranial volume of {icv_ml:.0f} mL; choose a target nearer "
            f"to {start_ml:.3g} mL."
        )


def _flow_grid(labels: LabelMap) -> Grid:
    """The 1 mm RAS grid around the brain on whose faces nothing moves any more."""
    box = box_of(np.asarray(labels.data) > 0)
    i, j, k = (part.stop - part.start for part in box)
    brain = bounding_grid(crop_grid(labels.grid, np.array([part.start for part in box]), (i, j, k)), 1.0)
    margin = STILL + 2 * COARSE
    i, j, k = (-(-(size + 2 * margin) // COARSE) * COARSE for size in brain.shape)
    return crop_grid(brain, np.full(3, ASIDE_MM - margin), (i, j, k))


def _lattice(grid: Grid) -> Grid:
    i, j, k = (-(-size // COARSE) for size in grid.shape)
    return Grid((i, j, k), grid.affine @ np.diag([COARSE, COARSE, COARSE, 1.0]))


@dataclass(frozen=True)
class _Search:
    """For the warp that gives a label map a ventricular volume, counted on its own voxels."""

    grid: Grid
    ventricles: np.ndarray
    inside: Box
    start_ml: float
    target_ml: float
    progress: Progress

    @property
    def near_ml(self) -> float:
        return max(NEAR_ML, NEAR_SHARE * self.target_ml)

    def passed(self, ml: float, margin_ml: float = 0.0) -> bool:
        """Whether a volume lies at the target, up to a margin, or beyond it."""
        if self.target_ml > self.start_ml:
            return ml >= self.target_ml - margin_ml
        return ml <= self.target_ml + margin_ml

    def missed(self, ml: float) -> float:
        """By how many mL a volume misses the target; no ventricles at all are no answer."""
        return abs(ml - self.target_ml) if ml else math.inf

    def counted_ml(self, warp: WorldWarp) -> float:
        box = widened(self.inside, self.grid, warp.largest_mm())
        return float(np.count_nonzero(warp.labels(self.ventricles, self.grid, box))) * self.grid.voxel_ml

    def at(self, ml: float) -> Progressed:
        done = (ml - self.start_ml) / (self.target_ml - self.start_ml)
        return self.progress.at(FLOW, max(0, min(99, round(100 * done))), 100)


def warp_to_volume(
    labels: LabelMap, target_ml: float, progress: Progress, *, structures: tuple[int, ...] = VENTRICLES
) -> Generator[Event, None, WorldWarp]:
    """The warp that gives the ventricles that are ``structures`` of a label map, of which there must be a voxel, that
    volume in mL together. Raises `BadRecipeError` if tissue would fold."""
    yield progress.at(FLOW, 0, 100)
    ventricles = np.isin(labels.data, structures)
    start_ml = float(np.count_nonzero(ventricles)) * labels.grid.voxel_ml
    grid = _flow_grid(labels)
    lattice = _lattice(grid)
    before, before_ml = WorldWarp(np.zeros((3, *lattice.shape), np.float32), lattice), start_ml
    if abs(target_ml - start_ml) <= max(CLOSE_ML, labels.grid.voxel_ml / 2):
        return before
    search = _Search(labels.grid, ventricles, box_of(ventricles), start_ml, target_ml, progress)
    values = np.asarray(resampled_labels(labels, grid).data)
    # On its own grid the flow counts a little differently, where slices are thick or oblique.
    scale = start_ml / max(grid.voxel_ml, np.isin(values, structures).sum() * grid.voxel_ml)
    for step, estimate in flow(values, grid.voxel_ml, target_ml > start_ml, structures=structures):
        after, after_ml = WorldWarp(step.displacement, lattice), estimate * scale
        if after.smallest_jacobian() <= 0:
            break
        yield search.at(after_ml)
        if search.passed(after_ml, search.near_ml):
            # Voxels are counted, which is slow, only where the target may have been passed.
            after_ml = search.counted_ml(after)
            if search.passed(after_ml):
                return (yield from _between(search, before, after, after_ml))
        before, before_ml = after, after_ml
    raise BadRecipeError(
        f"These ventricles of {start_ml:.3g} mL cannot be brought to {target_ml:g} mL without folding tissue, only to "
        f"about {before_ml:.3g} mL; choose a target between these two."
    )


def _between(
    search: _Search, before: WorldWarp, after: WorldWarp, after_ml: float
) -> Generator[Event, None, WorldWarp]:
    """The warp between two steps that reaches the target, or comes nearest: false position, as the volume is nearly
    linear in the share of the step."""
    low, high, before_ml = 0.0, 1.0, search.counted_ml(before)
    best, missed = min(((before, search.missed(before_ml)), (after, search.missed(after_ml))), key=itemgetter(1))
    step = after.displacement - before.displacement
    for _ in range(MOST_TRIES):
        if missed <= CLOSE_ML:
            break
        yield search.progress.at(FLOW, 99, 100)
        linear = (search.target_ml - before_ml) / (after_ml - before_ml) if after_ml != before_ml else 0.5
        share = low + (high - low) * min(0.9, max(0.1, linear))
        tried = replace(before, displacement=before.displacement + np.float32(share) * step)
        tried_ml = search.counted_ml(tried)
        if search.missed(tried_ml) < missed:
            best, missed = tried, search.missed(tried_ml)
        if search.passed(tried_ml):
            high, after_ml = share, tried_ml
        else:
            low, before_ml = share, tried_ml
    if best.smallest_jacobian() <= 0:
        raise BadRecipeError(
            f"Bringing these ventricles of {search.start_ml:.3g} mL to {search.target_ml:g} mL would fold tissue; "
            f"choose a target nearer to {search.start_ml:.3g} mL."
        )
    return best


def warped(
    warp: WorldWarp, labels: LabelMap, image: Volume | None, progress: Progress
) -> Generator[Event, None, tuple[LabelMap, Volume | None]]:
    """Labels and image read through the warp, slab by slab. Nothing moves outside the lattice."""
    grid = labels.grid
    old_labels, old_image = np.asarray(labels.data), None if image is None else np.asarray(image.data)
    new_labels, new_image = old_labels.copy(order="F"), None if old_image is None else old_image.copy(order="F")
    inside = covered(grid, warp.lattice)
    first, last = inside[2].start, inside[2].stop
    for begin in range(first, last, SLAB):
        yield progress.at(WARP, begin - first, last - first)
        slab = inside[0], inside[1], slice(begin, min(last, begin + SLAB))
        new_labels[slab] = warp.labels(old_labels, grid, slab)
        if old_image is not None and new_image is not None:
            new_image[slab] = warp.image(old_image, grid, slab)
    yield progress.at(WARP, 1, 1)
    moved = LabelMap(new_labels, grid, labels.table)
    return moved, None if image is None or new_image is None else Volume(new_image, grid, image.unit)


def covered(grid: Grid, lattice: Grid) -> Box:
    """The part of ``grid`` on which a lattice lies."""
    ends = np.array(list(product(*((0, size - 1) for size in lattice.shape))))
    corners = grid.world_to_voxel(lattice.voxel_to_world(ends))
    low, high = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int)
    i, j, k = (slice(max(0, begin), min(size, end + 1)) for begin, end, size in zip(low, high, grid.shape, strict=True))
    return i, j, k
