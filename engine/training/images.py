"""Training images: real T1 scans, each with the label map our own segmenter gave it.

The ``label-scans`` stage writes them once on the pack's grid, skull-stripped by their labels and with white matter at
a fixed signal, together with flow-warped variants of larger and smaller ventricles; `ImageLibrary` hands out random
deformed parts of them.
"""

from __future__ import annotations

import csv
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.errors import EngineError, TrainingError
from engine.grid import centred_grid
from engine.io import nifti
from engine.io.files import written_beside
from engine.labels import synthseg33
from engine.models.device import choose_device
from engine.models.segment import ScanSegmenter
from engine.progress import result_of
from engine.resample import resampled_image, resampled_labels
from engine.training.deform import Deformation, random_coordinates, sample_linear, sample_nearest
from engine.training.label_maps import brain_box, files, subject
from engine.training.shapes import GRID, intracranial_ml, variants, ventricular_ml
from engine.training.weights import load_weights
from engine.volume import LabelMap, Volume

#: Signal of cerebral white matter (its median) in every training image.
WHITE_MATTER_SIGNAL = 0.75
#: A labelled scan outside these ranges failed and is left out.
PLAUSIBLE_ICV_ML = (950.0, 2100.0)
PLAUSIBLE_VENTRICLES_ML = (3.0, 200.0)
#: Structures no labelled scan may lack; small ones may be missed by a young segmenter.
LARGE_STRUCTURES = (2, 3, 4, 7, 8, 10, 12, 16, 24, 41, 42, 43, 46, 47, 49, 51)
#: What a structure may stand in for in training, because it looks alike: small structures that the segmenter misses
#: still get the look of their tissue. (Values; 4 and 43 lateral ventricles, 17 and 53 hippocampus ...)
ALIKE = {
    4: (5, 14, 15),
    43: (44, 14, 15),
    17: (18,),
    53: (54,),
    11: (26,),
    50: (58,),
    12: (13,),
    51: (52,),
    16: (28, 60),
}
ALIKE_SHARE = 0.4
#: Kept for looking at, never trained on.
HELD_OUT = ("studyforrest_sub-01_T1w", "ds002748_sub-51_T1w", "ds002748_sub-52_T1w")
GROWTH = 1.7
#: Every third scan is also warped; the decoder sees large ventricles often enough then, in a third of the time.
VARIED_EVERY = 3
DEFORMATION = Deformation(rotation=6, scale=0.05, shear=0.02, displacements=((24, 1.5), (48, 3.0)))


def standardised(image: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """An image (I, J, K) with its white matter's median at `WHITE_MATTER_SIGNAL`, 0 outside the brain, at most 1.5."""
    white = synthseg33().class_of_value[[2, 41]]
    level = float(np.median(image[np.isin(classes, white)]))
    if level <= 0:
        raise TrainingError("white matter is black")
    return np.clip(image / level * WHITE_MATTER_SIGNAL, 0, 1.5) * (classes > 0)


def implausible(classes: np.ndarray) -> str | None:
    """Why a labelled scan must not be trained on, None if nothing is wrong with it."""
    present = np.bincount(classes.ravel(), minlength=33) > 0
    needed = synthseg33().class_of_value[list(LARGE_STRUCTURES)]
    missing = [synthseg33().labels[n].name for n in needed if not present[n]]
    if missing:
        return f"lacks {', '.join(missing)}"
    icv, ml = intracranial_ml(classes), ventricular_ml(classes)
    if not PLAUSIBLE_ICV_ML[0] <= icv <= PLAUSIBLE_ICV_ML[1]:
        return f"intracranial volume {icv:.0f} mL"
    if not PLAUSIBLE_VENTRICLES_ML[0] <= ml <= PLAUSIBLE_VENTRICLES_ML[1]:
        return f"ventricular volume {ml:.0f} mL"
    return None


def around_brain(
    scan: Volume, labels: LabelMap, shape: tuple[int, int, int] = GRID, spacing_mm: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """A labelled scan on a grid with its brain in the middle: image (I, J, K) float32, classes (I, J, K) uint8. The
    labels must hold brain tissue."""
    box = brain_box(labels.table.classes(np.asarray(labels.data)))
    centre = scan.grid.voxel_to_world(np.array([(axis.start + axis.stop - 1) / 2 for axis in box]))
    grid = centred_grid(shape, spacing_mm, centre)
    classes = labels.table.classes(np.asarray(resampled_labels(labels, grid).data))
    return np.asarray(resampled_image(scan, grid).data), classes


def label_scans(data: Path, out: Path, device: str = "auto", minutes: float | None = None) -> Path:
    """Label every T1 of the data folder and write what passes the check; ``images/list.csv`` gives each verdict.

    Stops after ``minutes``; run again, it goes on with the scans that are left.
    """
    folder = out / "images"
    folder.mkdir(parents=True, exist_ok=True)
    network, _ = load_weights(out / "segmenter" / "segmenter.safetensors")
    segmenter = ScanSegmenter(network, synthseg33(), choose_device(device))
    rows = []
    deadline = math.inf if minutes is None else time.monotonic() + 60 * minutes
    for number, path in enumerate(files(data, "t1_brain") + files(data, "t1_head")):
        if time.monotonic() > deadline:
            break
        name = subject(path)
        if name in HELD_OUT:
            rows.append((name, "held out"))
            continue
        if not (folder / f"{name}.done").exists():
            rows.append((name, _label_one(path, segmenter, folder, number % VARIED_EVERY == 0)))
        else:
            rows.append((name, "used"))
        print(f"{name}: {rows[-1][1]}", file=sys.stderr, flush=True)
        with written_beside(folder / "list.csv") as temporary, temporary.open("w", newline="") as file:
            csv.writer(file).writerows([("scan", "verdict"), *rows])
    return folder


def _label_one(path: Path, segmenter: ScanSegmenter, folder: Path, varied: bool) -> str:
    try:
        scan = nifti.read_volume(path)
        labels, _ = result_of(segmenter.run(scan))
    except EngineError as error:
        return f"left out: {error}"
    image, classes = around_brain(scan, labels)
    wrong = implausible(classes)
    if wrong:
        return f"left out: {wrong}"
    image = standardised(image, classes)
    kept = variants(classes, GROWTH) if varied else [(0.0, None)]
    for number, (_, warp) in enumerate(kept):
        moved = (image, classes) if warp is None else (warp.image(image), warp.labels(classes))
        np.save(folder / f"{subject(path)}_{number:02d}_image.npy", moved[0].astype(np.float16))
        np.save(folder / f"{subject(path)}_{number:02d}_classes.npy", moved[1])
    (folder / f"{subject(path)}.done").touch()
    return "used"


class ImageLibrary:
    """Random parts of the labelled scans. Files are mapped, not read, so that all of them fit into little memory."""

    def __init__(self, out: Path) -> None:
        self._paths = sorted((out / "images").glob("*_image.npy"))
        if not self._paths:
            raise TrainingError(f"There are no labelled scans in {out}; run `train label-scans` first.")

    def __len__(self) -> int:
        return len(self._paths)

    def sample(self, size: tuple[int, int, int], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """A deformed, perhaps mirrored part: image (I, J, K) float32 and classes (I, J, K) uint8."""
        path = self._paths[rng.integers(len(self._paths))]
        image = torch.from_numpy(np.load(path).astype(np.float32))
        classes = torch.from_numpy(np.load(path.with_name(path.name.replace("_image", "_classes"))))
        room = np.maximum((np.array(GRID) - np.array(size)) / 2 - 12, 2)
        coordinates = random_coordinates(size, (np.array(GRID) - 1) / 2 + rng.uniform(-room, room), DEFORMATION, rng)
        image, classes = sample_linear(image, coordinates), sample_nearest(classes, coordinates)
        if rng.uniform() < 0.5:
            mirror = torch.from_numpy(synthseg33().mirror_classes.astype(np.uint8))
            image, classes = image.flip(0), mirror[classes.long().flip(0)]
        return image * (classes > 0), _stood_in(classes, rng)


def _stood_in(classes: Tensor, rng: np.random.Generator) -> Tensor:
    """Classes with some structures called by the name of one that looks alike."""
    of_value = synthseg33().class_of_value
    renamed = torch.arange(33, dtype=torch.uint8)
    for value, others in ALIKE.items():
        if rng.uniform() < ALIKE_SHARE:
            renamed[int(of_value[value])] = int(of_value[rng.choice(others)])
    return renamed[classes.long()]
