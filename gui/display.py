"""How a case is shown: contrast, overlay, sides, 3D. Frozen data; the session holds the current one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.case import Case
from engine.labels import BACKGROUND, CSF
from engine.volume import Volume

#: About this many voxels are looked at to find an image's usual range.
SAMPLE_VOXELS = 60_000
#: More voxels than this are not all searched for the darkest and the brightest, which would be felt.
SEARCHED_VOXELS = 16_000_000
AUTOMATIC = (1.0, 99.0)
#: Grey against white matter fills the greys; ventricles and fat saturate.
NARROW = (10.0, 90.0)
PRESETS = ("automatic", "full", "brain", "narrow")


@dataclass(frozen=True)
class Display:
    """What the user chose about the picture.

    ``window`` and ``level`` are shares of the image's usual range (see `usual_range`), so that one choice suits
    scans of different scales. ``opacity`` 0-1 of the label overlay, ``outline`` its borders instead of its areas;
    ``hidden``: label values that are not drawn. Radiological convention: the patient's right is on the screen's left,
    and the nose points left in the sagittal view. ``smooth``: linear interpolation between voxels, else nearest.
    ``linked_zoom``: all slices have the same scale. ``surface_opacity`` 0-1 and ``surface_smoothing`` (iterations) of
    the ventricles in 3D, ``brain`` the glass brain around them, ``light_surface`` its background, ``light_theme`` the
    window's.
    """

    window: float = 1.0
    level: float = 0.5
    overlay: bool = True
    opacity: float = 0.45
    outline: bool = False
    hidden: frozenset[int] = frozenset()
    radiological: bool = True
    crosshair: bool = True
    smooth: bool = True
    linked_zoom: bool = True
    surface_opacity: float = 1.0
    surface_smoothing: int = 12
    brain: bool = True
    light_surface: bool = False
    light_theme: bool = False


def usual_range(volume: Volume) -> tuple[float, float]:
    """The 1st and 99th percentile of an image, from a regular sample of its voxels."""
    return _range(_sample(volume.data), AUTOMATIC)


def preset_range(name: str, case: Case) -> tuple[float, float]:
    """Darkest and brightest intensity that preset ``name`` of `PRESETS` shows of the image of ``case``."""
    assert case.image is not None
    data = case.image.data
    if name == "full":
        step = -(-data.size // SEARCHED_VOXELS)
        return float(data[..., ::step].min()), float(data[..., ::step].max())
    if name == "automatic":
        return usual_range(case.image)
    sample = _sample(data)
    if case.labels is not None:
        labels = _sample(case.labels.data)
        brain = sample[(labels != BACKGROUND) & (labels != CSF)]
    else:
        brain = sample[sample > sample.mean()]
    return _range(brain if brain.size else sample, NARROW if name == "narrow" else AUTOMATIC)


def range_of(values: np.ndarray) -> tuple[float, float]:
    """1st and 99th percentile of the intensities of a region, of any shape."""
    return _range(values, AUTOMATIC)


def region_of(volume: Volume, corners: Sequence[np.ndarray]) -> np.ndarray:
    """The voxels between two opposite corners (3,) in world mm, which may lie outside."""
    index = np.round(volume.grid.world_to_voxel(np.array(corners))).astype(int)
    low, high = np.maximum(index.min(axis=0), 0), np.maximum(index.max(axis=0) + 1, 0)
    return volume.data[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]


def contrast(display: Display, usual: tuple[float, float]) -> tuple[float, float]:
    """Window and level in the image's own unit."""
    low, high = usual
    span = (high - low) or 1.0
    return display.window * span, low + display.level * span


def shares(wanted: tuple[float, float], usual: tuple[float, float]) -> tuple[float, float]:
    """Window and level, as shares of the usual range, that show ``wanted`` (darkest, brightest)."""
    low, high = usual
    span = (high - low) or 1.0
    return (wanted[1] - wanted[0]) / span, ((wanted[0] + wanted[1]) / 2 - low) / span


def _sample(data: np.ndarray) -> np.ndarray:
    stride = max(1, round((data.size / SAMPLE_VOXELS) ** (1 / 3)))
    return data[::stride, ::stride, ::stride]


def _range(values: np.ndarray, percentages: tuple[float, float]) -> tuple[float, float]:
    low, high = np.percentile(values, percentages)
    if high <= low:
        low, high = values.min(), values.max()
    return float(low), float(high)
