"""One slice view: shows a slice, and turns mouse and keys into wishes."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QResizeEvent, QWheelEvent

from engine.edit.region import Box
from engine.grid import Grid
from engine.io.header import sides_known
from gui.display import Display, contrast, range_of, region_of, shares
from gui.session import Shown
from gui.viewer import marks
from gui.viewer.framing import Framing
from gui.viewer.picture_view import PictureView
from gui.viewer.planes import AXES, Plane, plane_of
from gui.viewer.slice_input import Overlay, SliceInput
from gui.viewer.slice_scene import LINE_PIXELS, SliceScene
from gui.viewer.tools import Navigate, Tool

#: A drag across this many pixels changes window or level by the image's whole usual range.
CONTRAST_PIXELS = 300.0
NARROWEST_WINDOW = 0.02


class SliceView(PictureView):
    """A slice with crosshair, letters and marks on it; what mouse and keys do is told in `gui.viewer.slice_input`."""

    crosshair_picked = Signal(object)  # (3,) world RAS mm
    clicked = Signal(object)  # (3,) world RAS mm of a click that was no drag
    contrast_edited = Signal(float, float)  # window and level as shares of the usual range
    hovered = Signal(object)  # (3,) world RAS mm, None when the pointer leaves
    zoomed = Signal(float)  # the zoom that the user chose, 1 for the whole grid
    slice_changed = Signal(int, int)  # how many slices lie left, behind or below; how many there are
    tool_done = Signal()

    def __init__(self, view: str) -> None:
        super().__init__()
        self.view = view
        self.setAccessibleName(self.title())
        self.crosshair = np.zeros(3)
        self.plane: Plane | None = None
        self.framing: Framing | None = None
        self._usual: tuple[float, float] | None = None
        self._scene = SliceScene()
        self.tool: Tool = Navigate()
        #: Marks over the picture, shared with the other views.
        self.overlay: Overlay | None = None
        self._input = SliceInput(self)

    @property
    def slice_index(self) -> int:
        """Index of the slice under the crosshair along the plane's voxel axis."""
        return self.plane.slice_at(self.crosshair) if self.plane is not None else 0

    @property
    def position(self) -> int:
        """How many slices lie to the left of, behind or below the one that is shown."""
        if self.plane is None:
            return 0
        return self.slice_index if self.plane.sign > 0 else self.plane.slices - 1 - self.slice_index

    # Slots

    def set_shown(self, shown: Shown | None, usual: tuple[float, float] | None) -> None:
        """Show a case; ``usual``: its image's usual range. Zoom and pan stay if the grid does."""
        self.shown, self._usual = shown, usual
        if shown is not None:
            grid = shown.case.grid
            fresh = self.plane is None or self.plane.grid != grid
            self._aim(grid)
            if fresh and self.framing is not None:
                self.framing.reset()
            self._scene.set_case(shown.case)
            self._scene.set_display(self.display, usual)
            self._tell_slice()
        self.refresh_later()

    def show_painted(self, data: np.ndarray, box: Box) -> None:
        """Draw labels ``data`` (I, J, K) in the middle of a stroke that changed ``box``, if this slice is in it."""
        self._scene.show_painted(data)
        if self.plane is not None and box[self.plane.axis].start <= self.slice_index < box[self.plane.axis].stop:
            self.refresh()

    def set_display(self, display: Display) -> None:
        """Contrast, overlay, convention."""
        self.display = display
        if self.plane is not None:
            self._aim(self.plane.grid)
        self._scene.set_display(display, self._usual)
        self.refresh()

    def set_crosshair(self, point: np.ndarray) -> None:
        """Move the crosshair; only another slice needs another picture."""
        before = self.slice_index
        self.crosshair = point
        if self.slice_index != before:
            self.picture = None
            self._tell_slice()
        self.update()

    def set_tool(self, tool: Tool) -> None:
        """Take another tool in hand."""
        self.tool = tool
        self.setCursor(tool.cursor)
        self.update()

    def step(self, slices: int) -> None:
        """Wish for a slice further to the patient's right, front or top."""
        self.go_to(self.position + slices)

    def go_to(self, position: int) -> None:
        """Wish for the slice that has ``position`` others to the left of, behind or below it."""
        if self.shown is None or self.plane is None:
            return
        plane, last = self.plane, self.plane.slices - 1
        position = min(max(position, 0), last)
        index = position if plane.sign > 0 else last - position
        self.crosshair_picked.emit(plane.world(*plane.project(self.crosshair), index))

    def reset_view(self) -> None:
        """The whole grid again."""
        if self.framing is not None:
            self.framing.reset()
        self.refresh()

    def set_zoom(self, zoom: float) -> None:
        """Magnify about the crosshair."""
        if self.framing is not None:
            self.framing.zoom_about(self.to_screen(self.crosshair), zoom)
        self.refresh()

    def set_common_fit(self, mm_per_pixel: float | None) -> None:
        """Take the scale at zoom 1 that the views share; None: each its own."""
        if self.framing is not None and self.framing.common_fit != mm_per_pixel:
            self.framing.common_fit = mm_per_pixel
            self.refresh()

    def centre(self) -> None:
        """Show the crosshair in the middle."""
        if self.framing is not None:
            self.framing.centre_on(self.crosshair)
        self.refresh()

    def close_scene(self) -> None:
        super().close_scene()
        self._scene.close()

    # Wishes of tools and keys

    def zoom_by(self, factor: float) -> None:
        """Wish to magnify what is in the middle."""
        self.zoom_about(QPointF(self.width() / 2, self.height() / 2), factor)

    def zoom_about(self, at: QPointF, factor: float) -> None:
        """Magnify so that what lies under ``at`` stays there."""
        if self.framing is not None:
            self.framing.zoom_about(at, self.framing.zoom * factor)
            self.refresh()
            self.zoomed.emit(self.framing.zoom)

    def pan_by(self, moved: QPointF) -> None:
        """Take the picture along."""
        if self.framing is not None:
            self.framing.pan_by(moved)
            self.refresh()

    def contrast_by(self, moved: QPointF) -> None:
        """Wish for another window (sideways) and level (up and down)."""
        if self._usual is not None:
            window = max(NARROWEST_WINDOW, self.display.window + moved.x() / CONTRAST_PIXELS)
            self.contrast_edited.emit(window, self.display.level - moved.y() / CONTRAST_PIXELS)

    def contrast_of(self, box: QRectF) -> None:
        """Wish for the contrast that suits what lies in ``box`` (widget pixels) of the slice that is shown."""
        if self.shown is None or self.shown.case.image is None or self._usual is None:
            return
        region = region_of(self.shown.case.image, [self.to_world(p) for p in (box.topLeft(), box.bottomRight())])
        if region.size:
            window, level = shares(range_of(region), self._usual)
            self.contrast_edited.emit(max(window, NARROWEST_WINDOW), level)

    # Geometry

    def to_screen(self, world: np.ndarray) -> QPointF:
        """World point (3,) -> widget pixels."""
        assert self.framing is not None
        return self.framing.to_screen(world)

    def to_world(self, at: QPointF) -> np.ndarray:
        """Widget pixels -> world point (3,) on the slice that is shown."""
        assert self.framing is not None
        return self.framing.to_world(at, self.slice_index)

    def _aim(self, grid: Grid) -> None:
        self.plane = plane_of(grid, self.view, radiological=self.display.radiological)
        if self.framing is None:
            self.framing = Framing(self.plane, (self.width(), self.height()))
        self.framing.plane = self.plane

    def _tell_slice(self) -> None:
        if self.plane is not None:
            self.slice_changed.emit(self.position, self.plane.slices)

    # Painting

    def _warm_up(self) -> None:
        self._scene.warm_up()

    def _draw(self, width: int, height: int) -> QImage:
        return self._picture_of(self._scene, width, height)

    def _picture_of(self, scene: SliceScene, width: int, height: int) -> QImage:
        """The slice that is shown, as ``scene`` has it."""
        assert self.plane is not None
        assert self.framing is not None
        index, ratio = self.slice_index, self.devicePixelRatioF()
        return scene.picture(
            self.plane,
            index,
            size=(width, height),
            focus=self.plane.world(*self.framing.middle(), index),
            mm_per_pixel=self.framing.mm_per_pixel / ratio,
            line_pixels=LINE_PIXELS * ratio,
        )

    def _mark(self, painter: QPainter, area: QRectF) -> None:
        assert self.plane is not None
        assert self.framing is not None
        assert self.shown is not None
        if self.display.crosshair:
            marks.crosshair(painter, area, self.to_screen(self.crosshair))
        letters = marks.doubted(self.plane.letters(), known=sides_known(self.shown.case))
        marks.orientation(painter, area, letters)
        marks.captions(painter, area, title=self.title(), detail=self.slice_text(), below=self._contrast_text())
        marks.scale_bar(painter, area, self.framing.mm_per_pixel)
        if self.shown.mark:
            marks.made(painter, area, self.shown.mark, below=self.shown.note)
        if self.overlay is not None:
            self.overlay.paint(self, painter)
        self.tool.paint(self, painter)

    def title(self) -> str:
        """The view's name."""
        return {"axial": self.tr("Axial"), "coronal": self.tr("Coronal"), "sagittal": self.tr("Sagittal")}[self.view]

    def slice_text(self) -> str:
        """Number of the slice that is shown, and where it lies in mm."""
        if self.plane is None:
            return ""
        axis = AXES[self.view][0]
        return f"{self.slice_index + 1} / {self.plane.slices}   {'xyz'[axis]} {self.crosshair[axis]:.1f} mm"

    def _contrast_text(self) -> str:
        if self._usual is None:
            return ""
        window, level = contrast(self.display, self._usual)
        return f"W {window:.4g}  L {level:.4g}"

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self.framing is not None:
            self.framing.size = self.width(), self.height()
        super().resizeEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._input.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._input.move(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.shown is None or not self.tool.double_click(self, event):
            super().mouseDoubleClickEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._input.release(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._input.wheel(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._input.key(event):
            super().keyPressEvent(event)

    def enterEvent(self, event: QEvent) -> None:
        self.activated.emit()

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered.emit(None)
        # The outline of a brush goes with the pointer.
        self.update()
