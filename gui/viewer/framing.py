"""Which part of a plane a view shows, and where: pan, zoom, and the way from pixels to millimetres and back."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF

from gui.viewer.planes import Plane

#: Share of the view that the whole grid fills at zoom 1.
FILL = 0.96
LARGEST_ZOOM, SMALLEST_ZOOM = 20.0, 0.3


class Framing:
    """Pan and zoom of one view. Points are widget pixels from the upper left; world points are RAS mm.

    ``common_fit``: the scale at zoom 1 in mm a pixel that several views share; None where each has its own.
    """

    def __init__(self, plane: Plane, size: tuple[int, int]) -> None:
        self.plane, self.size = plane, size
        self.zoom = 1.0
        self.common_fit: float | None = None
        # Kept in the world, so that turning the sides round shows the same place.
        self._pan = np.zeros(3)

    def reset(self) -> None:
        """The whole grid."""
        self.zoom, self._pan = 1.0, np.zeros(3)

    def own_fit(self) -> float:
        """The scale in mm a pixel at which the whole grid just fits."""
        u_low, u_high, v_low, v_high = self.plane.extent()
        width, height = self.size
        return max((u_high - u_low) / max(1, width), (v_high - v_low) / max(1, height)) / FILL

    @property
    def mm_per_pixel(self) -> float:
        """The scale."""
        return (self.common_fit or self.own_fit()) / self.zoom

    def middle(self) -> tuple[float, float]:
        """(u, v) mm in the middle of the view."""
        u_low, u_high, v_low, v_high = self.plane.extent()
        du, dv = self.plane.project(self._pan)
        return (u_low + u_high) / 2 + du, (v_low + v_high) / 2 + dv

    def to_screen(self, world: np.ndarray) -> QPointF:
        """Where a world point (3,) is seen."""
        (u, v), (u0, v0), scale = self.plane.project(world), self.middle(), self.mm_per_pixel
        return QPointF(self.size[0] / 2 + (u - u0) / scale, self.size[1] / 2 - (v - v0) / scale)

    def to_world(self, at: QPointF, index: int) -> np.ndarray:
        """(3,) world point on slice ``index`` that is seen at ``at``."""
        (u0, v0), scale = self.middle(), self.mm_per_pixel
        u, v = u0 + (at.x() - self.size[0] / 2) * scale, v0 - (at.y() - self.size[1] / 2) * scale
        return self.plane.world(u, v, index)

    def pan_by(self, moved: QPointF) -> None:
        """Take the picture along."""
        self._shift(-moved.x() * self.mm_per_pixel, moved.y() * self.mm_per_pixel)

    def centre_on(self, world: np.ndarray) -> None:
        """Show a world point (3,) in the middle."""
        (u, v), (u0, v0) = self.plane.project(world), self.middle()
        self._shift(u - u0, v - v0)

    def zoom_about(self, at: QPointF, zoom: float) -> None:
        """Zoom so that what lies under ``at`` stays there."""
        before = self.mm_per_pixel
        self.zoom = min(max(zoom, SMALLEST_ZOOM), LARGEST_ZOOM)
        gained = before - self.mm_per_pixel
        self._shift((at.x() - self.size[0] / 2) * gained, (self.size[1] / 2 - at.y()) * gained)

    def _shift(self, du: float, dv: float) -> None:
        self._pan = self._pan + du * self.plane.right + dv * self.plane.up
