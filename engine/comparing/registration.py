"""Rigid registration of two scans of one person, by SimpleITK.

Mattes mutual information (Mattes et al. 2003, doi:10.1109/TMI.2002.803120) copes with two scanners' contrasts. Each
scan is aligned to the other and the middle of both answers is taken, so that it does not matter which came first
(Reuter et al. 2010, doi:10.1016/j.neuroimage.2010.07.020); how far the two answers differ tells whether they can be
believed.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.case import Case
from engine.comparing.itk import FLIP, corners, itk_image, itk_transform, labelled_box, moved_image, movement_of
from engine.comparing.optimiser import iterations
from engine.comparing.rigid import IDENTITY, Rigid, midway
from engine.errors import BadFileError, RegistrationError
from engine.events import Event
from engine.grid import bounding_grid
from engine.io.itk import simpleitk
from engine.labels import BACKGROUND, CSF, VENTRICLES
from engine.progress import Progress
from engine.volume import LabelMap, Volume

#: The scans are aligned on voxels of this size, first on some four times as coarse; millimetres are found in tenths.
SPACING_MM = 2.0
SHRINK, SMOOTHING_MM = (4, 2, 1), (4.0, 2.0, 0.0)
#: About so many voxels are looked at on each level.
SAMPLES = 60_000
BINS = 32
MOST_ITERATIONS = 120
#: Steps begin at the first length on each level, and shrink by this factor each time the way turns.
FIRST_STEP_MM, LAST_STEP_MM, RELAXATION = 1.0, 0.01, 0.8
SEED = 1
#: What lies further from the brain than this has no say: jaw and neck move against it.
AROUND_BRAIN_MM = 8.0
#: The two directions may differ so much at the rim of the brain.
FARTHEST_APART_MM = 1.5
#: Dice of the two brains (or heads, where nothing is labelled) below which this cannot be one person.
LEAST_OVERLAP = 0.7
#: One thread, since sums over several differ in the last digit from run to run.
THREADS = 1


@dataclass(frozen=True, eq=False)
class Registration:
    """How two scans were aligned. ``movement``: where a world point of the first lies in the second; ``half`` of it
    leads from the half-way space to the second.

    ``similarity``: mutual information in nats before and after. ``apart_mm``: how far the answers of the two directions
    differ, at most, in the brain. ``overlap``: Dice of the aligned brains. ``moved_mm``: the furthest any of the brain
    was moved. ``on_labels``: whether label maps stood in for scans.
    """

    movement: Rigid
    similarity: tuple[float, float]
    apart_mm: float
    overlap: float
    moved_mm: float
    iterations: int
    on_labels: bool = False

    @property
    def half(self) -> Rigid:
        """Where a world point of the half-way space lies in the second; its inverse leads to the first."""
        return self.movement.share(0.5)


@dataclass(frozen=True, eq=False)
class _Scan:
    """A scan as it is aligned: on coarse voxels, with the place that counts."""

    image: Any
    mask: Any | None
    brain: Volume
    rim: np.ndarray


def register(first: Case, second: Case, progress: Progress, stage: str) -> Generator[Event, None, Registration]:
    """Align two scans of one person. Yields Progressed after each iteration; closing it stops the optimiser.

    Where one of the two has no image, their label maps are aligned instead. Raises `RegistrationError` if the brains do
    not come to lie on each other, or if it does not converge; `BadFileError` if there is nothing to align.
    """
    on_labels = first.image is None or second.image is None
    if on_labels and (first.labels is None or second.labels is None):
        raise BadFileError("Only two scans, or two label maps, can be aligned; open the scan that belongs to each.")
    yield progress.at(stage, 0, 1)
    a, b = (_prepared(case, on_labels=on_labels) for case in (first, second))
    start = _best_start(a, b)
    count = _Counter(progress, stage)
    there, value = yield from _aligned(a, b, start, count)
    back, _ = yield from _aligned(b, a, start.inverse, count)
    movement = midway(there, back.inverse)
    apart = back.after(there).largest_move_mm(a.rim)
    overlap = _overlap(a, b, movement)
    if overlap < LEAST_OVERLAP:
        raise RegistrationError(
            f"The two brains do not come to lie on each other (their overlap is {overlap:.0%}); check that both are "
            "scans of the same person's whole head."
        )
    if apart > FARTHEST_APART_MM:
        raise RegistrationError(
            f"The alignment did not converge (from one scan to the other and back it is {apart:.1f} mm off); check "
            "that both are scans of the same person's head."
        )
    before = _information(a, b, IDENTITY)
    moved = movement.largest_move_mm(a.rim)
    return Registration(movement, (before, value), apart, overlap, moved, count.iterations, on_labels)


class _Counter:
    """Iterations of both directions, as progress; how many are needed nobody knows beforehand."""

    def __init__(self, progress: Progress, stage: str) -> None:
        self._progress, self._stage = progress, stage
        self._runs = 0
        self.iterations = 0

    def began(self) -> None:
        self._runs += 1

    def event(self, level: int, iteration: int) -> Event:
        self.iterations += 1
        levels = len(SHRINK)
        # An optimiser that halves its steps is mostly through after some twenty.
        done = (self._runs - 1) * levels + level + iteration / (iteration + 20)
        return self._progress.at(self._stage, round(100 * done), 200 * levels)


def _prepared(case: Case, *, on_labels: bool) -> _Scan:
    from engine.resample import resampled_image

    source = _drawn(case.labels) if on_labels and case.labels is not None else case.image
    assert source is not None
    grid = bounding_grid(source.grid, SPACING_MM)
    image = resampled_image(source, grid)
    if case.labels is None:
        brain, mask = _foreground(image), None
        rim = corners(grid, tuple(slice(n // 4, n - n // 4) for n in grid.shape))  # type: ignore[arg-type]
    else:
        inside = Volume(case.labels.data != BACKGROUND, case.labels.grid)
        brain = resampled_image(inside, grid)
        mask = _around(brain)
        rim = corners(case.labels.grid, labelled_box(case.labels))
    return _Scan(itk_image(image.data, grid), mask, brain, rim)


def _drawn(labels: LabelMap) -> Volume:
    """A label map drawn as a T1-weighted scan: fluid dark, white matter bright."""
    bright = np.zeros(len(labels.table.class_of_value), dtype=np.float32)
    for label in labels.table.labels:
        fluid = label.value in (BACKGROUND, CSF, *VENTRICLES)
        bright[label.value] = 0.0 if label.value == BACKGROUND else 20.0 if fluid else 60.0
        if "white matter" in label.name or label.group == "brain stem":
            bright[label.value] = 100.0
    return Volume(bright[labels.data], labels.grid)


def _foreground(image: Volume) -> Volume:
    """The head: what is brighter than air, by Otsu's threshold."""
    sitk = simpleitk()

    smooth = sitk.SmoothingRecursiveGaussian(itk_image(image.data, image.grid), 2.0)
    head = sitk.OtsuThreshold(smooth, 0, 1)
    return Volume(sitk.GetArrayFromImage(sitk.BinaryFillhole(head)).T, image.grid)


def _around(brain: Volume) -> Any:
    """The voxels of the brain and close to it, as a mask."""
    sitk = simpleitk()

    inside = sitk.Cast(itk_image(brain.data, brain.grid) > 0.5, sitk.sitkUInt8)
    radius = round(AROUND_BRAIN_MM / SPACING_MM)
    return sitk.BinaryDilate(inside, [radius] * 3)


def _method(fixed: _Scan) -> Any:
    sitk = simpleitk()

    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(BINS)
    if fixed.mask is not None:
        method.SetMetricFixedMask(fixed.mask)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetNumberOfThreads(THREADS)
    method.SetNumberOfWorkUnits(THREADS)
    return method


def _share(fixed: _Scan, shrink: int) -> float:
    """Share (0-1) of the voxels of a level that are looked at."""
    return min(1.0, SAMPLES * shrink**3 / float(np.prod(fixed.brain.grid.shape)))


def _best_start(a: _Scan, b: _Scan) -> Rigid:
    """Where the two lie, their middles together, or the middles of their grids together: whatever fits best."""
    middle = _middle(b.brain) - _middle(a.brain)
    grids = b.brain.grid.centre - a.brain.grid.centre
    starts = [IDENTITY, Rigid(np.eye(3), middle), Rigid(np.eye(3), grids)]
    # Both ways round, so that the order of the two does not choose.
    values = [_information(a, b, start) + _information(b, a, start.inverse) for start in starts]
    return starts[int(np.argmax(values))]


def _middle(brain: Volume) -> np.ndarray:
    """(3,) world RAS mm of the centre of mass."""
    weights = brain.data
    total = float(weights.sum(dtype=np.float64))
    if not total:
        raise RegistrationError("One of the two has nothing to align; check that both are scans of a head.")
    sums = [weights.sum(axis=tuple(a for a in range(3) if a != axis), dtype=np.float64) for axis in range(3)]
    return brain.grid.voxel_to_world(np.array([s @ np.arange(len(s)) for s in sums]) / total)


def _information(fixed: _Scan, moving: _Scan, movement: Rigid) -> float:
    """Mutual information in nats of two scans under a movement; 0 where they do not meet."""
    method = _method(fixed)
    method.SetInitialTransform(itk_transform(movement))
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentage(_share(fixed, 1), SEED)
    try:
        return -float(method.MetricEvaluate(fixed.image, moving.image))
    except RuntimeError:  # not one sample lies inside the other
        return 0.0


def _aligned(fixed: _Scan, moving: _Scan, start: Rigid, count: _Counter) -> Generator[Event, None, tuple[Rigid, float]]:
    """The movement from ``fixed`` to ``moving`` with the most mutual information near ``start``, and that."""
    method = _method(fixed)
    transform = itk_transform(start)
    # Turning about the brain's middle keeps turns and shifts apart, which the optimiser needs.
    centre = FLIP @ _middle(fixed.brain)
    shift = np.array(transform.TransformPoint(centre.tolist())) - centre
    transform.SetCenter(centre.tolist())
    transform.SetTranslation(shift.tolist())
    method.SetInitialTransform(transform, inPlace=True)
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentagePerLevel([_share(fixed, factor) for factor in SHRINK], SEED)
    method.SetShrinkFactorsPerLevel(SHRINK)
    method.SetSmoothingSigmasPerLevel(SMOOTHING_MM)
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetOptimizerAsRegularStepGradientDescent(
        FIRST_STEP_MM, LAST_STEP_MM, MOST_ITERATIONS, RELAXATION, gradientMagnitudeTolerance=1e-8
    )
    count.began()
    for level, iteration in iterations(method, fixed.image, moving.image):
        yield count.event(level, iteration)
    return movement_of(transform), -float(method.GetMetricValue())


def _overlap(a: _Scan, b: _Scan, movement: Rigid) -> float:
    """Dice of the two brains where both scans reach, the second moved onto the first; 0 where they do not meet."""
    from engine.overlap import dice

    grid = a.brain.grid
    inside = Volume(np.ones(b.brain.grid.shape), b.brain.grid)
    moved, reached = (moved_image(part, grid, movement).data > 0.5 for part in (b.brain, inside))
    found = dice((a.brain.data > 0.5) & reached, moved)
    return 0.0 if math.isnan(found) else found
