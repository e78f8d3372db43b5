"""Real subjects on the pack's grid, so that synthetic ones can be compared with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.errors import EngineError, EvaluationError
from engine.evaluation.setting import Setting, Watch
from engine.grid import Grid
from engine.io import nifti
from engine.labels import synthseg33
from engine.models.segment import segment_scan
from engine.progress import Progress
from engine.resample import resampled_labels
from engine.training.images import around_brain, implausible, standardised
from engine.training.label_maps import HELD_OUT, files, read_head_map, subject
from engine.volume import LabelMap

STAGES = {"Finding the brain": 0.3, "Labelling": 0.5, "Back to the scan's voxels": 0.2}


@dataclass(frozen=True, eq=False)
class RealMap:
    """A real label map on the pack's grid, its brain in the middle. ``held_out``: no network has seen it."""

    name: str
    labels: LabelMap
    held_out: bool


@dataclass(frozen=True, eq=False)
class RealImage:
    """A real scan on the pack's grid: ``image`` (I, J, K) float32 with white matter at 0.75 and nothing outside the
    brain, ``classes`` (I, J, K) uint8 from the pack's segmenter."""

    name: str
    image: np.ndarray
    classes: np.ndarray


def label_maps(setting: Setting) -> Iterator[RealMap]:
    """Every real label map of the data folder, the held-out ones too. Raises `TrainingError` if there are none."""
    watch = Watch("Real label maps", len(paths := files(setting.real_data(), "labelmaps")))
    for _, path in watch.over(paths):
        head = read_head_map(path)
        # Its own grid is chosen such that the brain's middle is the world's, as in every generated case.
        affine = np.eye(4)
        affine[:3, 3] = -head.centre
        values = synthseg33().values[head.classes].astype(np.uint16)
        labels = LabelMap(values, Grid(values.shape, affine))
        yield RealMap(head.name, resampled_labels(labels, setting.pack.grid), subject(path) in HELD_OUT)


def scan_paths(data: Path, most: int) -> list[Path]:
    """At most ``most`` T1-weighted scans of the data folder, taken evenly from all there are. Raises `EvaluationError`
    if there are fewer than two."""
    found = [path for folder in ("t1_brain", "t1_head") for path in sorted(data.joinpath(folder).glob("*.nii.gz"))]
    if min(len(found), most) < 2:
        raise EvaluationError(
            f"{data} has fewer than two scans to compare with; put T1-weighted scans into t1_brain or t1_head."
        )
    if len(found) <= most:
        return found
    return [found[n] for n in np.linspace(0, len(found) - 1, most).round().astype(int)]


def images(setting: Setting, paths: Sequence[Path]) -> Iterator[RealImage]:
    """The scans, labelled by the pack's segmenter; one that fails or whose labels are implausible is left out, and that
    is said."""
    watch = Watch("Real scans", len(paths))
    for _, path in watch.over(paths):
        try:
            scan = nifti.read_volume(path)
            labels, _ = watch.drive(segment_scan(setting.pack, scan, setting.device, Progress(0, STAGES)))
            # The segmenter refuses a scan without a brain, so there is one.
            image, classes = around_brain(scan, labels, setting.pack.shape, setting.pack.spacing_mm)
            wrong = implausible(classes)
            if wrong:
                raise EvaluationError(f"its labels are implausible ({wrong}), so it is left out.")
            yield RealImage(subject(path), standardised(image, classes).astype(np.float32), classes)
        except EngineError as error:
            watch.say(f"{subject(path)}: {error}")
