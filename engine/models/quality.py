"""Does the image show the label map it was made from? The segmenter reads the image, and the two are compared."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

import numpy as np

from engine.case import Case
from engine.errors import BadLabelsError
from engine.events import Event
from engine.labels import VENTRICLES, LabelTable
from engine.models.device import Device, choose_device
from engine.models.generate import largest_piece, on_device
from engine.models.labelling import label_box
from engine.models.loading import load_network
from engine.models.networks import Segmenter
from engine.overlap import confusion, dice_per_class, pooled_dice
from engine.pack import ModelPack
from engine.progress import Progress, retold
from engine.volume import LabelMap

GOOD, LOOK, REGENERATE = "good", "look", "regenerate"
#: From here on a case is good; below the second figure it should be made again; between them somebody should look.
VENTRICLE_DICE = (0.88, 0.70)
MEAN_DICE = (0.75, 0.50)
#: The same for the ventricular volume's error: up to this share of the volume, or this many mL if that is more.
VOLUME_SHARE = (0.10, 0.30)
VOLUME_ML = (3.0, 8.0)


@dataclass(frozen=True)
class Quality:
    """How well a case's image shows its label map, and what to make of that.

    ``structures``: (value, Dice) of every structure that either label map has. ``mean_dice`` is theirs;
    ``ventricle_dice`` takes the six ventricles as one. ``volume_error_ml``: read from the image minus label map.
    ``verdict``: good, look or regenerate; ``reason``: one sentence.
    """

    verdict: str
    reason: str
    mean_dice: float
    ventricle_dice: float
    volume_error_ml: float
    structures: tuple[tuple[int, float], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data for ``case.json``."""
        return {
            "verdict": self.verdict,
            "reason": self.reason,
            "mean_dice": round(self.mean_dice, 4),
            "ventricle_dice": round(self.ventricle_dice, 4),
            "volume_error_ml": round(self.volume_error_ml, 3),
            "structures": {str(value): round(dice, 4) for value, dice in self.structures},
        }


def check_quality(
    pack: ModelPack, case: Case, device_name: str, progress: Progress, stage: str
) -> Generator[Event, None, Quality]:
    """Label a generated case's image with the pack's segmenter and compare. Yields Progressed.

    Raises `BadLabelsError` if the case has no image, or does not lie on the pack's grid with ventricles in it.
    """
    found = yield from _read_back(pack, case, device_name, progress, stage)
    assert case.labels is not None
    return compared(found, case.labels)


def read_back(
    pack: ModelPack, case: Case, device_name: str, progress: Progress, stage: str
) -> Generator[Event, None, Case]:
    """The same generated case with the labels that the check compares its own with. Yields and raises what
    `check_quality` does."""
    found = yield from _read_back(pack, case, device_name, progress, stage)
    return replace(case, labels=LabelMap(pack.table.values[found], pack.grid, pack.table))


def _read_back(
    pack: ModelPack, case: Case, device_name: str, progress: Progress, stage: str
) -> Generator[Event, None, np.ndarray]:
    labels = case.labels
    if case.image is None or labels is None or labels.grid != pack.grid or labels.table.name != pack.table.name:
        raise BadLabelsError("Only a case with an image, on this model pack's grid, can be checked; generate one.")
    work = partial(_read_image, pack, case.image.data, progress, stage)
    found, _ = yield from on_device(progress.job_id, choose_device(device_name), work)
    return found


def _read_image(
    pack: ModelPack, image: np.ndarray, progress: Progress, stage: str, device: Device
) -> Generator[Event, None, np.ndarray]:
    """Class indices (I, J, K) that the segmenter sees in an image on the pack's grid; no brain is searched for."""
    network = cast(Segmenter, load_network(pack, pack.segmenter["network"], device))
    classes, _ = yield from retold(label_box(network, image, device), lambda step: progress.at(stage, *step))
    return largest_piece(classes)


def compared(found: np.ndarray, labels: LabelMap) -> Quality:
    """The verdict on class indices (I, J, K) read from an image of a label map. Raises `BadLabelsError` if the label
    map has no ventricles."""
    table = labels.table
    counts = confusion(found, table.classes(np.asarray(labels.data)), len(table.labels))
    each = dice_per_class(counts)
    structures = tuple(
        (label.value, float(each[n])) for n, label in enumerate(table.labels) if label.value and not math.isnan(each[n])
    )
    ventricles = [int(table.class_of_value[v]) for v in VENTRICLES if v in table]
    read_ml = float(counts[ventricles].sum() * labels.grid.voxel_ml)
    true_ml = float(counts[:, ventricles].sum() * labels.grid.voxel_ml)
    if true_ml == 0:
        raise BadLabelsError("The label map has no ventricles, so there is nothing to check; try another anatomy seed.")
    mean = float(np.mean([dice for _, dice in structures]))
    dice = pooled_dice(counts, ventricles)
    verdict, reason = _verdict(dice, mean, read_ml - true_ml, true_ml, _worst(structures, table))
    return Quality(verdict, reason, mean, dice, read_ml - true_ml, structures)


def _worst(structures: tuple[tuple[int, float], ...], table: LabelTable) -> str:
    value, dice = min(structures, key=lambda pair: pair[1])
    return f"worst: {table[value].name.lower()}, {dice:.2f}"


def _verdict(dice: float, mean: float, error_ml: float, true_ml: float, worst: str) -> tuple[str, str]:
    """Good if all figures are; otherwise the first figure that is worst of all says why."""
    allowed = [max(ml, share * true_ml) for ml, share in zip(VOLUME_ML, VOLUME_SHARE, strict=True)]
    figures = [
        (
            _rank(dice, VENTRICLE_DICE),
            f"the ventricles in the image and in the label map overlap with a Dice of {dice:.2f}",
        ),
        (
            _rank(-abs(error_ml), (-allowed[0], -allowed[1])),
            f"the image shows {abs(error_ml):.1f} mL "
            f"{'more' if error_ml > 0 else 'less'} ventricle than the label map's {true_ml:.1f} mL",
        ),
        (
            _rank(mean, MEAN_DICE),
            f"the structures of image and label map overlap with a mean Dice of {mean:.2f} ({worst})",
        ),
    ]
    rank, why = max(figures, key=lambda figure: figure[0])
    if rank == 0:
        return GOOD, f"The image shows its label map: Dice {dice:.2f} for the ventricles, {mean:.2f} on average."
    advice = "look at it before you use it" if rank == 1 else "generate it again with another appearance seed"
    return (LOOK, REGENERATE)[rank - 1], f"{why[0].upper()}{why[1:]}; {advice}."


def _rank(figure: float, limits: tuple[float, float]) -> int:
    """0: good, 1: to be looked at, 2: to be made again."""
    good, bad = limits
    return 0 if figure >= good else 1 if figure >= bad else 2
