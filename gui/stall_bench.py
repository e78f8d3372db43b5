"""The longest stalls of the event loop, phase by phase: a part of ``python -m gui.bench``."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import nibabel as nib
import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from engine.case import Case
from gui.app import Desktop
from gui.painting import BRUSH, Painting
from gui.watchdog import Watchdog

#: Side of the largest file that is opened, in voxels.
LARGE = 512
DABS = 200
#: A mouse sends about this many positions a second.
MOUSE_MS = 16
LEFT, NO_BUTTON, NO_KEY = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
#: Drawing that was put off is over after this.
REST_S = 0.5


@dataclass(frozen=True, eq=False)
class StallBench:
    """Does what a user does, and prints the longest stall of each phase."""

    app: QApplication
    desktop: Desktop
    head: Case
    folder: Path

    def run(self) -> None:
        """All phases."""
        session, controller = self.desktop.session, self.desktop.controller
        if controller.pack is not None:
            self._phase("generating, first", controller.generate, self._new_case())
            self._phase("generating again", controller.generate, self._new_case())
        large = self._large_file()
        self._phase("opening a 512^3 file", lambda: controller.open(large), self._new_case())
        session.set_case(replace(self.head, labels=None), unsaved=False)
        if controller.pack is not None:
            self._phase("segmenting", controller.segment, self._new_case())
        session.set_case(self.head, unsaved=False)
        session.set_painting(Painting(tool=BRUSH, label=14, radius_mm=5.0, three_d=True))
        self._rest()
        stroke = self._stroke()
        self._phase("a stroke of 200 dabs", lambda: None, lambda: stroke() and self._idle())
        autosave = self.desktop.keeping.autosave
        if autosave is not None:
            self._phase("autosaving", autosave.keep, self._idle)
        session.set_painting(replace(session.painting, label=2))
        self._phase("smoothing white matter", self.desktop.editing.smooth, self._settled)
        self._phase("undo", self.desktop.editing.undo, self._settled)

    def _phase(self, name: str, act: Callable[[], object], until: Callable[[], bool]) -> None:
        dog = Watchdog(self.app)
        act()
        began = time.perf_counter()
        dog.run(lambda: time.perf_counter() - began > REST_S and until())
        where = f"   in {dog.where}" if dog.where and dog.longest_ms > 20 else ""
        print(f"{name:<28} {dog.longest_ms:7.1f} ms longest stall, {dog.share_99_ms:.1f} ms 99 %{where}", flush=True)

    def _rest(self) -> None:
        began = time.perf_counter()
        Watchdog(self.app).run(lambda: time.perf_counter() - began > REST_S and self._idle())

    def _idle(self) -> bool:
        return self.desktop.session.status is None and not self.desktop.window.viewer.surface.making

    def _settled(self) -> bool:
        return self._idle() and not self.desktop.editing.steps.busy

    def _new_case(self) -> Callable[[], bool]:
        session = self.desktop.session
        before: list[Case | None] = []

        def there() -> bool:
            if not before:
                before.append(session.case)
            return session.case is not before[0] and self._idle()

        there()
        return there

    def _large_file(self) -> Path:
        """A noisy ball of 512^3 voxels."""
        across = np.linspace(-1, 1, LARGE, dtype=np.float32)
        radius = across[:, None, None] ** 2 + across[None, :, None] ** 2 + across[None, None, :] ** 2
        noise = np.random.default_rng(0).normal(0, 20, (LARGE, LARGE, 1)).astype(np.float32)
        data = np.where(radius < 0.8, 800 - 400 * radius, 0) + noise
        path = self.folder / "large.nii"
        nib.save(nib.Nifti1Image(data.astype(np.int16), np.diag([0.5, 0.5, 0.5, 1.0])), path)
        return path

    def _stroke(self) -> Callable[[], bool]:
        """A circle drawn with the mouse while the event loop turns; gives whether it is drawn."""
        view, centre, done = self.desktop.window.viewer.slices["axial"], self.desktop.session.crosshair, [0]

        def step() -> None:
            number = done[0]
            angle = 2 * np.pi * number / DABS
            at = view.to_screen(centre + 40 * np.array([np.cos(angle), np.sin(angle), 0.0]))
            kind = QEvent.Type.MouseButtonPress if number == 0 else QEvent.Type.MouseMove
            if number == DABS:
                kind = QEvent.Type.MouseButtonRelease
                timer.stop()
            held = NO_BUTTON if number == DABS else LEFT
            QApplication.sendEvent(view, QMouseEvent(kind, at, QPointF(view.mapToGlobal(at)), LEFT, held, NO_KEY))
            done[0] += 1

        timer = QTimer(view, interval=MOUSE_MS)
        timer.timeout.connect(step)
        timer.start()
        return lambda: done[0] > DABS
