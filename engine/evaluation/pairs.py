"""Scans with reference labels: found in a folder, or made from held-out label maps in random contrasts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from engine.errors import EvaluationError
from engine.evaluation.schemes import Scheme, scheme
from engine.grid import Grid
from engine.io import nifti
from engine.labels import synthseg33
from engine.training.appearance import random_scan
from engine.training.label_maps import HELD_OUT, files, read_head_map, subject
from engine.volume import Volume

IMAGES, LABELS = "images", "labels"
SUFFIXES = (".nii.gz", ".nii")


@dataclass(frozen=True)
class Scan:
    """A scan to be labelled, and the reference label values (I, J, K) on the same voxels, numbered as ``scheme`` says.
    ``read`` reads both, and raises an `EngineError` saying what is wrong with them."""

    name: str
    scheme: Scheme
    read: Callable[[], tuple[Volume, np.ndarray]]


def scans_in(folder: Path, scheme_name: str) -> list[Scan]:
    """The scans of a folder that have reference labels, sorted by name: ``NAME_dlmuse.nii.gz`` (the scheme's name, or
    ``_labels``, or ``_seg``) beside ``NAME_*.nii.gz`` or ``NAME.nii.gz``, or the same file names in the folders
    ``images`` and ``labels``. Raises `EvaluationError` if there is no pair."""
    if not folder.is_dir():
        raise EvaluationError(f"There is no folder {folder}; give the folder of the scans with --scans.")
    pairs = _beside(folder, scheme_name) or _in_two_folders(folder)
    if not pairs:
        raise EvaluationError(
            f"{folder} holds no scan with reference labels; put NAME_{scheme_name}.nii.gz beside NAME_T1w.nii.gz, or "
            f"files of the same names into {IMAGES} and {LABELS}."
        )
    numbers = scheme(scheme_name)
    return [Scan(name, numbers, partial(read_pair, image, labels)) for name, image, labels in pairs]


def _stems(folder: Path) -> dict[str, Path]:
    """File name without its suffix -> NIfTI file, sorted."""
    found = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        suffix = next((s for s in SUFFIXES if path.name.lower().endswith(s)), None)
        if suffix and path.is_file() and not path.name.startswith("."):
            found[path.name[: -len(suffix)]] = path
    return found


def _beside(folder: Path, scheme_name: str) -> list[tuple[str, Path, Path]]:
    stems = _stems(folder)
    endings = (f"_{scheme_name}", "_labels", "_seg")
    references = {stem.removesuffix(e): stem for e in reversed(endings) for stem in stems if stem.endswith(e)}
    others = [stem for stem in stems if stem not in references.values()]
    pairs = []
    for name, reference in sorted(references.items()):
        images = [stem for stem in others if stem == name or stem.startswith(f"{name}_")]
        if len(images) > 1:
            raise EvaluationError(
                f"{folder / name} has several scans ({', '.join(images)}); leave one beside its reference labels."
            )
        pairs += [(name, stems[image], stems[reference]) for image in images]
    return pairs


def _in_two_folders(folder: Path) -> list[tuple[str, Path, Path]]:
    images, labels = _stems(folder / IMAGES), _stems(folder / LABELS)
    return [(name, images[name], labels[name]) for name in images if name in labels]


def read_pair(image: Path, labels: Path) -> tuple[Volume, np.ndarray]:
    """A scan and its reference label values (I, J, K) int32. Raises `BadFileError` or `EvaluationError`."""
    scan, reference = nifti.read_volume(image), nifti.read_volume(labels)
    if scan.grid != reference.grid:
        raise EvaluationError(f"{labels.name} does not lie on the voxels of {image.name}; resample it onto the scan.")
    values = np.rint(reference.data)
    if not np.array_equal(values, reference.data):
        raise EvaluationError(f"{labels.name} holds fractions, so it is no label map; give the reference labels.")
    return scan, values.astype(np.int32)


def held_out_scans(data: Path) -> list[Scan]:
    """The label maps no network was trained on, each in a random contrast. Raises `EvaluationError` or
    `TrainingError`."""
    chosen = [path for path in files(data, "labelmaps") if subject(path) in HELD_OUT]
    if not chosen:
        raise EvaluationError(f"{data} has none of the held-out label maps ({', '.join(HELD_OUT)}); give --scans.")
    return [Scan(subject(path), scheme("synthseg"), partial(random_pair, path, n)) for n, path in enumerate(chosen)]


def random_pair(path: Path, seed: int) -> tuple[Volume, np.ndarray]:
    """A label map at 1 mm RAS in a random contrast, and its label values (I, J, K) int32."""
    head = read_head_map(path)
    tissue, classes = torch.from_numpy(head.tissue), torch.from_numpy(head.classes)
    image = random_scan(tissue, head.values, classes, np.random.default_rng(seed)).numpy()
    return Volume(image, Grid(image.shape, np.eye(4))), synthseg33().values[head.classes]
