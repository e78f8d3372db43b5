"""Labelling a scan: find the brain, label a box around it at 1 mm, bring the labels back to the scan."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any

import nibabel as nib
import numpy as np
from scipy import ndimage
from torch import nn

from engine.errors import NoBrainError
from engine.events import Event
from engine.grid import Grid, centred_grid
from engine.labels import CSF, LabelTable
from engine.measures import measure_volumes
from engine.models.device import Device, choose_device
from engine.models.generate import largest_piece, on_device
from engine.models.labelling import label_box
from engine.models.loading import load_network
from engine.models.networks import Segmenter
from engine.pack import ModelPack
from engine.progress import Progress, retold
from engine.resample import resampled_image, resampled_labels
from engine.volume import LabelMap, Volume

Sizes = tuple[int, int, int]
#: Every adult brain fits into this box (voxels of 1 mm) once it is in the middle.
BOX = (160, 192, 160)
#: The brain's middle lies about this far below the top of the head.
BELOW_TOP_MM = 80.0
#: Where the brain's middle was off by more than this, it is looked for once more.
CLOSE_ENOUGH_MM = 10.0
SMALLEST_BRAIN_ML = 400.0

Step = tuple[str, int, int]
FINDING, LABELLING, RETURNING = "Finding the brain", "Labelling", "Back to the scan's voxels"


class ScanSegmenter:
    """A segmentation network with what it needs around it: it labels a ``box`` of 1 mm voxels around the brain.
    ``flip``: the mirrored box too, and the mean of both answers; twice the time."""

    def __init__(
        self, network: nn.Module, table: LabelTable, device: Device, *, box: Sizes = BOX, flip: bool = False
    ) -> None:
        assert isinstance(network, Segmenter)
        self._network, self._table, self._device = network, table, device
        self._box, self._flip = box, flip

    def run(self, scan: Volume) -> Generator[Step, None, tuple[LabelMap, float]]:
        """Label a scan. Yields (stage, step, steps); returns the label map on the scan's own grid and
        the network's mean confidence (0-1) in the ventricles. Raises `NoBrainError`."""
        centre = head_centre(scan)
        for stage in (FINDING, LABELLING):
            grid = centred_grid(self._box, 1.0, centre)
            classes, share = yield from self._labelled(resampled_image(scan, grid), stage)
            middle = self._brain_middle(classes, grid)
            near = float(np.linalg.norm(middle - centre)) <= CLOSE_ENOUGH_MM
            if near:
                break
            centre = middle
        yield RETURNING, 0, 1
        labels = LabelMap(self._table.values[classes], grid, self._table)
        found = resampled_labels(labels, scan.grid)
        yield RETURNING, 1, 1
        return found, self._confidence(classes, share)

    def _labelled(self, box: Volume, stage: str) -> Generator[Step, None, tuple[np.ndarray, np.ndarray]]:
        """Classes (I, J, K) of an image on a box grid, and the winning class's probability."""
        mirror = self._table.mirror_classes if self._flip else None
        steps = label_box(self._network, np.asarray(box.data), self._device, mirror=mirror)
        classes, share = yield from retold(steps, lambda step: (stage, *step))
        return largest_piece(classes), share

    def _brain_middle(self, classes: np.ndarray, grid: Grid) -> np.ndarray:
        tissue = (classes > 0) & (classes != self._table.class_of_value[CSF])
        if tissue.sum() * grid.voxel_ml < SMALLEST_BRAIN_ML:
            raise NoBrainError(
                "No brain was found in this scan; check that it is a head with its axes named correctly (the viewer "
                "shows the orientation letters), or crop it to the head and try again."
            )
        axes = ndimage.find_objects(tissue.view(np.uint8))[0]
        return grid.voxel_to_world(np.array([(axis.start + axis.stop - 1) / 2 for axis in axes]))

    def _confidence(self, classes: np.ndarray, share: np.ndarray) -> float:
        group = [n for n, label in enumerate(self._table.labels) if label.group == "ventricles"]
        inside = np.isin(classes, group)
        return float(share[inside].mean()) if inside.any() else 0.0


def head_centre(scan: Volume) -> np.ndarray:
    """(3,) world position where a brain's middle is likely: below the top of what stands out from the background."""
    # The same head gives the same answer however its axes are stored: what is skipped must not depend on it.
    turned = nib.orientations.io_orientation(scan.grid.affine)
    whole = nib.orientations.apply_orientation(np.asarray(scan.data), turned)
    grid = Grid(whole.shape, scan.grid.affine @ nib.orientations.inv_ornt_aff(turned, scan.grid.shape))
    step = [max(1, round(4 / s)) for s in grid.spacing]
    data = whole[:: step[0], :: step[1], :: step[2]]
    low, high = np.percentile(data, [2, 98])
    index = np.argwhere(data > low + 0.2 * (high - low)) * step
    if len(index) < 50:
        raise NoBrainError("No brain was found in this scan: almost nothing in it stands out from the background.")
    world = grid.voxel_to_world(index)
    top = np.percentile(world[:, 2], 99.5)
    upper = world[world[:, 2] > top - 2 * BELOW_TOP_MM]
    centre = (np.percentile(upper, 3, axis=0) + np.percentile(upper, 97, axis=0)) / 2
    centre[2] = max(top - BELOW_TOP_MM, (upper[:, 2].min() + top) / 2)
    return centre


def segment_scan(
    pack: ModelPack, scan: Volume, device_name: str, progress: Progress, *, flip: bool = False
) -> Generator[Event, None, tuple[LabelMap, dict[str, Any]]]:
    """Label a scan with a pack's segmenter; ``flip``: its mirror image too, and the mean of both answers. Yields
    Progressed; returns the label map on the scan's own grid and the record of how it was made. Raises `NoBrainError`.
    """
    work = partial(_segmented, pack, scan, flip, progress)
    (labels, confidence), device = yield from on_device(progress.job_id, choose_device(device_name), work)
    record = {
        "pack": {"name": pack.name, "version": pack.version, "sha256": pack.sha256},
        "device": device.name,
        "flip": flip,
        "ventricle_confidence": round(confidence, 4),
        "notes": list(measure_volumes(labels).notes),
    }
    return labels, record


def _segmented(
    pack: ModelPack, scan: Volume, flip: bool, progress: Progress, device: Device
) -> Generator[Event, None, tuple[LabelMap, float]]:
    network = load_network(pack, pack.segmenter["network"], device)
    steps = ScanSegmenter(network, pack.table, device, flip=flip).run(scan)
    return (yield from retold(steps, lambda step: progress.at(*step)))
