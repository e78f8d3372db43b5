"""An off-screen VTK window whose picture a plain widget paints.

This works under every window system, with Qt's offscreen platform and with `QWidget.grab`; embedding VTK's own window
in Qt does not.
"""

from __future__ import annotations

import numpy as np
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  registers the classes that draw
from PySide6.QtGui import QImage
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

BACKGROUND = (0.043, 0.051, 0.063)


class Canvas:
    """One renderer and its window."""

    def __init__(self) -> None:
        self.renderer = vtkRenderer()
        self.renderer.SetBackground(*BACKGROUND)
        self.camera = self.renderer.GetActiveCamera()
        self._window: vtkRenderWindow | None = None
        self._pixels = vtkUnsignedCharArray()

    def warm_up(self) -> None:
        """Make the window, which takes longer than a picture does."""
        if self._window is None:
            self._open().Render()

    def picture(self, width: int, height: int) -> QImage:
        """Draw in ``width`` x ``height`` device pixels."""
        window = self._window or self._open()
        if tuple(window.GetSize()) != (width, height):
            window.SetSize(width, height)
        window.Render()
        window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, self._pixels, 0)
        # VTK's first row is the lowest; its background is transparent, hence the format that ignores alpha.
        pixels = np.ascontiguousarray(vtk_to_numpy(self._pixels).reshape(height, width, 4)[::-1])
        return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBX8888).copy()

    def close(self) -> None:
        """Give the graphics memory back."""
        self.renderer.RemoveAllViewProps()
        if self._window is not None:
            self._window.RemoveRenderer(self.renderer)
            self._window.Finalize()
            self._window = None

    def _open(self) -> vtkRenderWindow:
        self._window = vtkRenderWindow()
        self._window.SetOffScreenRendering(1)
        # Multisampling makes software rendering 2.5 to 4 times slower.
        self._window.SetMultiSamples(0)
        self._window.AddRenderer(self.renderer)
        return self._window
