"""How labels are painted. Frozen data; the session holds the current one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.case import Case
from engine.edit.brush import Brush
from engine.edit.region import EVERYWHERE, PaintOver
from engine.labels import BACKGROUND, VENTRICLES

NAVIGATE, BRUSH, ERASE, FILL, LASSO, ISLAND = "navigate", "brush", "erase", "fill", "lasso", "island"
TOOLS = (NAVIGATE, BRUSH, ERASE, FILL, LASSO, ISLAND)
#: What paint may cover: everything, background, some structures, or a range of intensities.
ALL, EMPTY, STRUCTURES, INTENSITIES = "all", "empty", "structures", "intensities"
SMALLEST_MM, LARGEST_MM = 0.5, 40.0
#: One press of a key makes the brush larger or smaller by this factor, and by half a millimetre at least.
RESIZE, LEAST_MM = 1.2, 0.5


@dataclass(frozen=True)
class Painting:
    """The tool in hand (one of `TOOLS`), the label it paints, the brush, and what it may cover.

    ``three_d``: brush, erase and fill reach across slices. ``over_labels`` count where ``over`` says so, and so does
    ``intensities`` (low, high). ``amount_mm``: how far structures grow, shrink and are smoothed. ``all_ventricles``:
    whether the flow pushes all ventricles, or the label alone.
    """

    tool: str = NAVIGATE
    label: int = VENTRICLES[0]
    radius_mm: float = 3.0
    round: bool = True
    three_d: bool = False
    over: str = ALL
    over_labels: frozenset[int] = frozenset({2, 41})
    intensities: tuple[float, float] = (0.0, 100.0)
    amount_mm: float = 1.0
    all_ventricles: bool = False

    @property
    def painted(self) -> int:
        """The label that the tool in hand leaves behind."""
        return BACKGROUND if self.tool == ERASE else self.label

    def brush(self, axis: int) -> Brush:
        """The brush in a view whose slices are stacked along voxel axis ``axis``."""
        return Brush(self.radius_mm, self.round, None if self.three_d else axis)

    def paint_over(self, case: Case) -> PaintOver:
        """Where paint sticks."""
        if self.over == INTENSITIES and case.image is not None:
            return PaintOver(intensity=self.intensities, image=case.image.data)
        labels = {EMPTY: frozenset({BACKGROUND}), STRUCTURES: self.over_labels}.get(self.over)
        return EVERYWHERE if labels is None else PaintOver(labels=labels)

    def resized(self, steps: int) -> Painting:
        """A brush some steps larger, or smaller for negative ones."""
        radius = self.radius_mm
        for _ in range(abs(steps)):
            radius = max(radius * RESIZE, radius + LEAST_MM) if steps > 0 else min(radius / RESIZE, radius - LEAST_MM)
        return replace(self, radius_mm=round(min(max(radius, SMALLEST_MM), LARGEST_MM), 1))
