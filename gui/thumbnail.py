"""A small picture by which a case is known again: one coronal slice, ventricles coloured, with its mark."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from engine.case import Case
from engine.slice_picture import slice_picture
from gui.display import usual_range
from gui.viewer import marks

SIZE = QSize(78, 64)


def thumbnail(case: Case, mark: str, *, ratio: float) -> QPixmap:
    """`SIZE` in widget pixels, of ``ratio`` device pixels each; the patient's right is on the left."""
    contrast = usual_range(case.image) if case.image is not None else (0.0, 1.0)
    drawn, (height, width) = slice_picture(case, "coronal", case.grid.centre, contrast=contrast, radiological=True)
    rows, columns = drawn.shape[:2]
    image = QImage(drawn.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888)
    made = QPixmap(SIZE * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(QColor("#000000"))
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    scale = min(SIZE.width() / width, SIZE.height() / height)
    place = QRectF(0, 0, width * scale, height * scale)
    place.moveCenter(QRectF(0, 0, SIZE.width(), SIZE.height()).center())
    painter.drawImage(place, image)
    if mark:
        _burn(painter, mark)
    painter.end()
    return made


def _burn(painter: QPainter, mark: str) -> None:
    painter.setFont(marks.font(6.5, bold=True))
    line = QRectF(0, SIZE.height() - 11, SIZE.width(), 11)
    painter.fillRect(line, QColor(20, 14, 2, 200))
    painter.setPen(marks.SYNTHETIC)
    painter.drawText(line, Qt.AlignmentFlag.AlignCenter, mark)
