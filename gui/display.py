"""How a case is shown: contrast, overlay, sides. Frozen data; the session holds the current one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.volume import Volume

#: About this many voxels are looked at to find an image's usual range.
SAMPLE_VOXELS = 60_000


@dataclass(frozen=True)
class Display:
    """What the user chose about the picture.

    ``window`` and ``level`` are shares of the image's usual range (see `usual_range`), so that one choice suits
    scans of different scales. ``opacity`` 0-1 of the label overlay; ``hidden``: label values that are not drawn.
    Radiological convention: the patient's right is on the screen's left, and the nose points left in the sagittal view.
    """

    window: float = 1.0
    level: float = 0.5
    overlay: bool = True
    opacity: float = 0.45
    hidden: frozenset[int] = frozenset()
    radiological: bool = True
    crosshair: bool = True


def usual_range(volume: Volume) -> tuple[float, float]:
    """The 0.5th and 99.5th percentile of an image, from a regular sample of its voxels."""
    stride = max(1, round((volume.data.size / SAMPLE_VOXELS) ** (1 / 3)))
    low, high = np.percentile(volume.data[::stride, ::stride, ::stride], (0.5, 99.5))
    if high <= low:
        low, high = volume.data.min(), volume.data.max()
    return float(low), float(high)


def contrast(display: Display, usual: tuple[float, float]) -> tuple[float, float]:
    """Window and level in the image's own unit."""
    low, high = usual
    span = (high - low) or 1.0
    return display.window * span, low + display.level * span
