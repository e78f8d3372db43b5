"""Prints how fast the window is on this machine: ``python -m gui.bench``. Nothing is judged here."""

from __future__ import annotations

import time

STARTED = time.perf_counter()

import sys  # noqa: E402  the first second of the start belongs to what is measured
import tempfile  # noqa: E402
from dataclasses import replace  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
from PySide6.QtCore import QEvent, QEventLoop, QSettings, Qt  # noqa: E402
from PySide6.QtGui import QMouseEvent  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from engine.case import Case  # noqa: E402
from engine.edit.brush import Brush, stroke  # noqa: E402
from engine.edit.editor import CaseEditor  # noqa: E402
from engine.edit.region import Patch, paint  # noqa: E402
from engine.grid import centred_grid  # noqa: E402
from engine.volume import LabelMap, Volume  # noqa: E402
from gui import theme  # noqa: E402
from gui.app import SWITCH_S, Desktop, build, find_pack  # noqa: E402
from gui.memory import give_back_large  # noqa: E402
from gui.painting import BRUSH, Painting  # noqa: E402
from gui.settings import Settings  # noqa: E402
from gui.stall_bench import StallBench  # noqa: E402

SHAPE = (160, 192, 160)
WINDOW = (1440, 900)
SLICE_CHANGES = 60
TURNS = 60
DABS = 200
NO_KEY = Qt.KeyboardModifier.NoModifier


def head() -> Case:
    """Nested ellipsoids on the grid of a generated case: skin, brain, and a pair of ventricles."""
    grid = centred_grid(SHAPE, 1.0, np.zeros(3))
    x, y, z = np.moveaxis(grid.voxel_to_world(np.moveaxis(np.indices(SHAPE), 0, -1)), -1, 0)
    data = np.zeros(SHAPE, dtype=np.uint16)
    data[(x / 65) ** 2 + (y / 82) ** 2 + (z / 62) ** 2 < 1] = 24
    brain = (x / 60) ** 2 + (y / 76) ** 2 + (z / 56) ** 2 < 1
    data[brain] = np.where(x < 0, 3, 42)[brain]
    inner = (x / 52) ** 2 + (y / 66) ** 2 + (z / 48) ** 2 < 1
    data[inner] = np.where(x < 0, 2, 41)[inner]
    for side, value in ((-1, 4), (1, 43)):
        data[((x - 12 * side) / 9) ** 2 + (y / 36) ** 2 + ((z - 8) / 13) ** 2 < 1] = value
    noise = np.random.default_rng(0).normal(0, 25, SHAPE)
    grey = np.array([0.0, 300.0, 600.0, 800.0, 150.0])[np.searchsorted([1, 20, 30], data // 2)] + noise
    return Case("head", Volume(grey, grid), LabelMap(data, grid))


def settle(app: QApplication) -> None:
    """Let everything that is due be drawn."""
    for _ in range(5):
        app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)


def slice_change_ms(desktop: Desktop) -> np.ndarray:
    """Time of each change of all three slices, with their drawing and painting."""
    grid, times = desktop.session.case.grid, []  # type: ignore[union-attr]
    for step in range(SLICE_CHANGES):
        # On voxel centres: between two of them a step may round to the slice that is shown already.
        point = grid.voxel_to_world(np.array(grid.shape) // 2 + step - SLICE_CHANGES // 2)
        began = time.perf_counter()
        desktop.session.set_crosshair(point)
        for view in desktop.window.viewer.slices.values():
            view.repaint()
        times.append(1000 * (time.perf_counter() - began))
    return np.array(times)


def rotation_ms(desktop: Desktop) -> np.ndarray:
    """Time of each step of turning the surface, with its drawing and painting."""
    surface, times = desktop.window.viewer.surface, []
    for _ in range(TURNS):
        began = time.perf_counter()
        surface.turn(5.0, 1.0)
        surface.repaint()
        times.append(1000 * (time.perf_counter() - began))
    return np.array(times)


def shown_again_ms(app: QApplication, desktop: Desktop) -> float:
    """The longest turn of the event loop while a case replaces another."""
    turns: list[float] = []
    desktop.session.set_case(head(), unsaved=False)
    while desktop.window.viewer.surface.making or len(turns) < 10:
        began = time.perf_counter()
        app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
        turns.append(1000 * (time.perf_counter() - began))
    return max(turns)


def dab_ms(desktop: Desktop) -> np.ndarray:
    """Time of each mouse position of one stroke of a 3D brush of radius 5 mm, until every slice is painted anew; the
    last is the button going up."""
    window, centre, kind = desktop.window, desktop.session.crosshair, QEvent.Type
    desktop.session.set_painting(Painting(tool=BRUSH, label=14, radius_mm=5.0, three_d=True))
    view, times = window.viewer.slices["axial"], []
    for number in range(DABS + 1):
        angle = 2 * np.pi * number / DABS
        at = view.to_screen(centre + 40 * np.array([np.cos(angle), np.sin(angle), 0.0]))
        moment = kind.MouseButtonPress if number == 0 else kind.MouseMove
        if number == DABS:
            moment = kind.MouseButtonRelease
        held = Qt.MouseButton.NoButton if number == DABS else Qt.MouseButton.LeftButton
        began = time.perf_counter()
        event = QMouseEvent(moment, at, view.mapToGlobal(at), Qt.MouseButton.LeftButton, held, NO_KEY)
        QApplication.sendEvent(view, event)
        for part in window.viewer.slices.values():
            part.repaint()
        times.append(1000 * (time.perf_counter() - began))
    return np.array(times)


def undo_ms(app: QApplication, desktop: Desktop) -> float:
    """Time of undoing a step that changed every voxel of a 256^3 map of blocks, until every slice is painted."""
    session = desktop.session
    blocks = np.random.default_rng(0).choice([2, 4, 41, 43], (32, 32, 32))
    labels = np.kron(blocks, np.ones((8, 8, 8), dtype=int))
    grid = centred_grid((256, 256, 256), 1.0, np.zeros(3))
    session.set_case(Case("large", None, LabelMap(labels, grid)), unsaved=False)
    session.editor.begin("everything", label=14)
    box = (slice(0, 256), slice(0, 256), slice(0, 256))
    session.editor.apply(Patch(box, np.full(grid.shape, 14, dtype=np.uint16, order="F")))
    changed = session.editor.commit()
    assert changed is not None
    session.set_edited(changed)
    settle(app)
    began = time.perf_counter()
    desktop.editing.undo()
    for view in desktop.window.viewer.slices.values():
        view.repaint()
    return 1000 * (time.perf_counter() - began)


def history_mib() -> float:
    """Memory that undo takes for 500 strokes of 20 mm with a 3D brush of radius 5 mm."""
    editor, rng = CaseEditor(), np.random.default_rng(0)
    case = editor.open(head())
    for _ in range(500):
        start = rng.uniform(30, 130, 3)
        region = stroke(case.grid, start, start + rng.normal(0, 12, 3), Brush(5.0))
        assert region is not None
        editor.begin("brush")
        editor.apply(paint(editor.data, region, int(rng.choice([4, 43, 14, 15]))))
        editor.commit()
    assert len(editor.history) == 500
    return editor.history.used_bytes / 2**20


def resident_mib() -> float:
    """Memory this process holds now; nan where the system does not say."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return float("nan")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def tell(what: str, times: np.ndarray) -> None:
    """Print the median and the slow end of some times in ms."""
    print(f"{what:<28} {np.median(times):7.1f} ms median, {np.percentile(times, 95):.1f} ms 95 %")


def main() -> int:
    """Measure and print."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    theme.apply(app)
    sys.setswitchinterval(SWITCH_S)
    give_back_large()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(QSettings(f"{folder}/settings.ini", QSettings.Format.IniFormat))
        pack, _ = find_pack(None)
        desktop = build(pack, settings, state=Path(folder) / "state")
        desktop.session.set_live(False)
        desktop.window.resize(*WINDOW)
        desktop.window.viewer.set_drawing(True)
        desktop.window.show()
        settle(app)
        print(f"window on screen after       {time.perf_counter() - STARTED:7.2f} s from the start of Python's imports")
        case = head()
        began = time.perf_counter()
        desktop.session.set_case(case, unsaved=False)
        settle(app)
        print(f"first case, all four views   {1000 * (time.perf_counter() - began):7.0f} ms  {SHAPE}, labels and image")
        while desktop.window.viewer.surface.making:
            settle(app)
        tell("three-view slice change", slice_change_ms(desktop))
        desktop.session.set_display(replace(desktop.session.display, outline=True))
        tell("the same with outlines", slice_change_ms(desktop))
        tell("3D rotation", rotation_ms(desktop))
        desktop.session.set_display(replace(desktop.session.display, surface_opacity=0.5))
        tell("the same, translucent", rotation_ms(desktop))
        longest = shown_again_ms(app, desktop)
        print(f"another case shown           {longest:7.1f} ms longest stall, slices and 3D made anew")
        desktop.session.set_display(replace(desktop.session.display, outline=False, surface_opacity=1.0))
        times = dab_ms(desktop)
        tell("dab of a stroke", times[:-1])
        print(f"end of that stroke           {times[-1]:7.1f} ms")
        print(f"undo of a whole 256^3 map    {undo_ms(app, desktop):7.1f} ms")
        print(f"undo of 500 strokes takes    {history_mib():7.1f} MiB")
        StallBench(app, desktop, case, Path(folder)).run()
        print(f"memory                       {resident_mib():7.0f} MiB resident")
        desktop.window.may_close = True
        desktop.window.close()
        desktop.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
