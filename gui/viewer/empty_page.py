"""What stands in the middle of the window before there is a case."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from gui import theme

ICON_PIXELS = 88
WITH_PACK = (
    "<p style='font-size:14pt; font-weight:600'>Make a brain, or open one</p>"
    "<p>Set the ventricular volume at the left and press <b>Generate</b>,<br>"
    "or drop a scan here, NIfTI or DICOM (<b>Ctrl+O</b>), to find its ventricles.</p>"
    "<p>To look around first: <b>Help &gt; Open the sample case</b>.</p>"
)
WITHOUT_PACK = (
    "<p style='font-size:14pt; font-weight:600'>Open a brain</p>"
    "<p>Drop a scan (NIfTI or DICOM), a label map or a case's folder here, or press <b>Ctrl+O</b>.</p>"
    "<p>To look around first: <b>Help &gt; Open the sample case</b>.</p>"
)


class EmptyPage(QFrame):
    """An invitation."""

    def __init__(self, *, has_pack: bool) -> None:
        super().__init__()
        self.setObjectName("empty")
        picture, words = QLabel(), QLabel()
        self._words = words
        words.setWordWrap(True)
        self.set_has_pack(has_pack)
        picture.setPixmap(theme.icon("ventrisynth").pixmap(ICON_PIXELS, ICON_PIXELS))
        column = QVBoxLayout(self)
        column.addStretch(2)
        for part in (picture, words):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(part)
        column.addStretch(3)

    def set_has_pack(self, has_pack: bool) -> None:
        """Invite to make a brain too, if there is something to make it with."""
        self._words.setText(WITH_PACK if has_pack else WITHOUT_PACK)
