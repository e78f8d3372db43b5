"""Training data as it lies on disk, read into what the trainers need.

A data folder is laid out as ``labelmaps/*.nii.gz`` (whole-head label maps, any orientation), ``t1_brain/*.nii.gz``
and ``t1_head/*.nii.gz``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
from scipy import ndimage

from engine.errors import TrainingError
from engine.grid import Grid
from engine.labels import CSF, synthseg33
from engine.whole_head import brain_values

_CSF_CLASS = int(synthseg33().class_of_value[CSF])
#: Label maps that no network ever sees: small, middle and large ventricles. Every reported figure is theirs.
HELD_OUT = ("synthseg_05", "synthseg_10", "synthseg_18")


@dataclass(frozen=True)
class HeadMap:
    """One whole-head label map at 1 mm RAS, cropped to the head.

    ``tissue`` (I, J, K) uint8: index into ``values``, everything that looks different in a scan;
    ``classes`` (I, J, K) uint8: the 33 classes to be found; ``centre`` (3,): the brain's middle, in voxels.
    """

    name: str
    tissue: np.ndarray
    values: np.ndarray
    classes: np.ndarray
    centre: np.ndarray


def files(data: Path, folder: str) -> list[Path]:
    """The NIfTI files of one kind in a data folder, sorted. Raises `TrainingError` if there are none."""
    found = sorted(data.joinpath(folder).glob("*.nii.gz"))
    if not found:
        raise TrainingError(
            f"There are no NIfTI files in {data / folder}; see README.md for how training data is laid out."
        )
    return found


def subject(path: Path) -> str:
    """A subject's name: the file name without its suffix."""
    return path.name.removesuffix(".nii.gz")


def brain_box(classes: np.ndarray) -> tuple[slice, slice, slice]:
    """The bounding box of the brain without extracerebral CSF in an array (I, J, K) of class indices."""
    tissue = (classes != 0) & (classes != _CSF_CLASS)
    return ndimage.find_objects(tissue.view(np.uint8))[0]


def read_head_map(path: Path) -> HeadMap:
    """Read one label map. Raises `TrainingError` if it is not a whole-brain map at about 1 mm."""
    try:
        image = nib.as_closest_canonical(nib.load(path))
        values = np.asarray(image.dataobj).astype(np.int32)
    except Exception as error:
        raise TrainingError(f"{path} cannot be read as a label map ({error}); replace it or take it out.") from error
    grid = Grid(values.shape, image.affine)
    if max(abs(s - 1) for s in grid.spacing) > 0.05:
        raise TrainingError(f"{path} has voxels of {grid.spacing} mm; label maps for training must have 1 mm.")
    missing = sorted(set(synthseg33().values.tolist()) - set(np.unique(values).tolist()))
    if missing:
        raise TrainingError(f"{path} lacks the structures {missing}; only complete label maps can be trained on.")
    box = ndimage.find_objects((values > 0).view(np.uint8))[0]
    values = values[box]
    table = synthseg33()
    classes = table.classes(brain_values(values, grid.spacing, table))
    centre = np.array([(axis.start + axis.stop - 1) / 2 for axis in brain_box(classes)])
    kinds, tissue = np.unique(values, return_inverse=True)
    return HeadMap(subject(path), tissue.reshape(values.shape).astype(np.uint8), kinds, classes, centre)


def read_head_maps(data: Path, held_out: tuple[str, ...] = HELD_OUT) -> list[HeadMap]:
    """Every label map of the folder but the held-out ones."""
    chosen = [path for path in files(data, "labelmaps") if subject(path) not in held_out]
    if not chosen:
        raise TrainingError(f"All label maps in {data} are held out; nothing is left to train on.")
    return [read_head_map(path) for path in chosen]
