"""The ``shapes`` stage: every training label map on the pack's grid, and its ventricles grown and shrunk by the flow.

Written once as small compressed files, read whole by the trainers of the mask generator.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.errors import TrainingError
from engine.io.files import written_beside
from engine.labels import VENTRICLES, synthseg33
from engine.training.label_maps import HeadMap, read_head_maps
from engine.ventricular_flow import Warp, flow

#: The grid all starter models share, in 1 mm voxels; the brain's middle is its middle.
GRID = (160, 192, 160)
SMALLEST_ML, LARGEST_ML = 6.0, 190.0
#: A new shape is kept whenever the volume has changed by this factor.
GROWTH = 1.22
#: How often a shape comes from a scan: more brains, but labelled by a network, which draws them a little smoother.
SCANNED_SHARE = 0.4


def placed(array: np.ndarray, centre: np.ndarray, shape: tuple[int, int, int] = GRID) -> np.ndarray:
    """The part of ``array`` (I, J, K) around voxel ``centre`` (3,), of the given shape, 0 where it reaches outside."""
    start = np.round(centre - (np.array(shape) - 1) / 2).astype(int)
    out = np.zeros(shape, dtype=array.dtype)
    source, target = [], []
    for begin, size, extent in zip(start, shape, array.shape, strict=True):
        low, high = max(0, begin), min(extent, begin + size)
        source.append(slice(low, high))
        target.append(slice(low - begin, high - begin))
    out[tuple(target)] = array[tuple(source)]
    return out


def ventricular_ml(classes: np.ndarray) -> float:
    """Ventricular volume of an array of class indices with 1 mm voxels."""
    counts = np.bincount(classes.ravel(), minlength=33)
    return float(counts[synthseg33().class_of_value[list(VENTRICLES)]].sum()) / 1000


def intracranial_ml(classes: np.ndarray) -> float:
    """Intracranial volume of an array of class indices with 1 mm voxels."""
    return float(np.count_nonzero(classes)) / 1000


def variants(classes: np.ndarray, growth: float = GROWTH) -> Iterator[tuple[float, Warp | None]]:
    """Warps that take a brain (I, J, K class indices at 1 mm) through the whole range of ventricular volumes, with the
    volume each is estimated to reach; the first is the brain as it is (None)."""
    start = ventricular_ml(classes)
    yield start, None
    values = synthseg33().values[classes]
    for grow in (True, False):
        last = start
        for warp, ml in flow(values, 0.001, grow):
            if not SMALLEST_ML <= ml <= LARGEST_ML:
                break
            if max(ml / last, last / ml) >= growth:
                last = ml
                yield ml, warp


def grown_heads(head: HeadMap, growth: float) -> Iterator[HeadMap]:
    """A whole head with the ventricles it has, then with larger and smaller ones through the whole range."""
    for _, warp in variants(head.classes, growth):
        if warp is None:
            yield head
        else:
            yield replace(head, tissue=warp.labels(head.tissue), classes=warp.labels(head.classes))


def write_shapes(data: Path, out: Path) -> Path:
    """Write every variant of every training label map as ``shapes/<subject>_<n>.npz``; existing subjects are kept."""
    folder = out / "shapes"
    folder.mkdir(parents=True, exist_ok=True)
    for head in read_head_maps(data):
        if not (folder / f"{head.name}.done").exists():
            _write_subject(head, folder)
    return folder


def _write_subject(head: HeadMap, folder: Path) -> None:
    classes = placed(head.classes, head.centre)
    volumes = []
    for number, (_, warp) in enumerate(variants(classes)):
        shape = classes if warp is None else warp.labels(classes)
        volumes.append(ventricular_ml(shape))
        with written_beside(folder / f"{head.name}_{number:02d}.npz") as path:
            np.savez_compressed(path, classes=shape)
    (folder / f"{head.name}.done").touch()
    print(f"{head.name}: " + " ".join(f"{ml:.0f}" for ml in sorted(volumes)) + " mL", file=sys.stderr, flush=True)


class ShapeLibrary:
    """The shapes of the label maps and, once ``label-scans`` has been run, the label maps of the scans."""

    def __init__(self, out: Path) -> None:
        """Raises `TrainingError` if the ``shapes`` stage has not been run."""
        paths = sorted((out / "shapes").glob("*.npz"))
        if not paths:
            raise TrainingError(f"There are no shapes in {out}; run `train shapes` first.")
        self._drawn = [np.load(path)["classes"] for path in paths]
        self._scanned = sorted((out / "images").glob("*_classes.npy"))

    def __len__(self) -> int:
        return len(self._drawn) + len(self._scanned)

    def pick(self, rng: np.random.Generator) -> np.ndarray:
        """One of them, (I, J, K) uint8 class indices."""
        if self._scanned and rng.uniform() < SCANNED_SHARE:
            classes: np.ndarray = np.load(self._scanned[rng.integers(len(self._scanned))])
            return classes
        return self._drawn[rng.integers(len(self._drawn))]
