"""What is remembered from one start to the next."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

from engine.edit.editor import HISTORY_BYTES
from gui.display import Display

MIB = 2**20
#: Device as it is chosen -> as it is shown until something has been computed on it.
DEVICE_NAMES = {"auto": "Device: automatic", "cpu": "CPU", "cuda": "CUDA"}
#: Says how many threads the networks may use; what has it in its environment at the start keeps it.
THREADS_VARIABLE = "OMP_NUM_THREADS"
#: Seconds between one keeping of unsaved work and the next, on a new machine.
AUTOSAVE_S = 60


class Settings:
    """Typed access to `QSettings`. Values come back as strings in a fresh process, hence the ``type`` everywhere."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store or QSettings(
            QSettings.Format.IniFormat, QSettings.Scope.UserScope, "VentriSynth", "VentriSynth"
        )

    def display(self) -> Display:
        """Contrast, overlay, conventions and colours as they were left; which labels are hidden is not remembered."""
        usual = Display()
        read: dict[type, Callable[[str, Any], Any]] = {bool: self._flag, int: self._whole, float: self._number}
        found = {name: read[type(value)](f"display/{name}", value) for name, value in _remembered(usual).items()}
        return replace(usual, **found)

    def set_display(self, display: Display) -> None:
        """Remember how cases are shown."""
        for name, value in _remembered(display).items():
            self._store.setValue(f"display/{name}", value)

    @property
    def live(self) -> bool:
        """Whether a moved slider makes a case by itself."""
        return self._flag("studio/live", True)

    @live.setter
    def live(self, live: bool) -> None:
        self._store.setValue("studio/live", live)

    @property
    def history_mib(self) -> int:
        """Memory that undo may take, in MiB."""
        return self._whole("editing/history_mib", HISTORY_BYTES // MIB)

    @history_mib.setter
    def history_mib(self, mib: int) -> None:
        self._store.setValue("editing/history_mib", mib)

    @property
    def pack(self) -> str:
        """Key of the installed pack that was used last, "" for the one that ships with VentriSynth."""
        return str(self._store.value("studio/pack", "", type=str))

    @pack.setter
    def pack(self, key: str) -> None:
        self._store.setValue("studio/pack", key)

    @property
    def device(self) -> str:
        """What to compute on: auto, cpu or cuda."""
        found = str(self._store.value("studio/device", "auto", type=str))
        return found if found in DEVICE_NAMES else "auto"

    @device.setter
    def device(self, device: str) -> None:
        self._store.setValue("studio/device", device)

    @property
    def threads(self) -> int:
        """How many threads the networks may use, 0 for as many as there are cores."""
        return max(0, self._whole("studio/threads", 0))

    @threads.setter
    def threads(self, threads: int) -> None:
        self._store.setValue("studio/threads", threads)

    @property
    def language(self) -> str:
        """Code of the window's language, "" for the system's."""
        return str(self._store.value("window/language", "", type=str))

    @language.setter
    def language(self, language: str) -> None:
        self._store.setValue("window/language", language)

    @property
    def autosave_s(self) -> int:
        """How many seconds after a change unsaved work is kept at the latest; 0: never."""
        return self._whole("files/autosave_s", AUTOSAVE_S)

    @autosave_s.setter
    def autosave_s(self, seconds: int) -> None:
        self._store.setValue("files/autosave_s", seconds)

    @property
    def folder(self) -> Path:
        """Where the last file was opened or saved."""
        return Path(str(self._store.value("files/folder", str(Path.home()), type=str)))

    @folder.setter
    def folder(self, folder: Path) -> None:
        self._store.setValue("files/folder", str(folder))

    @property
    def tour_seen(self) -> bool:
        """Whether the tour was shown once."""
        return self._flag("window/tour_seen", False)

    @tour_seen.setter
    def tour_seen(self, seen: bool) -> None:
        self._store.setValue("window/tour_seen", seen)

    @property
    def recent(self) -> list[Path]:
        """What was opened lately, the latest first."""
        try:
            paths = json.loads(str(self._store.value("files/recent", "[]", type=str)))
        except ValueError:
            return []
        return [Path(path) for path in paths if isinstance(path, str)] if isinstance(paths, list) else []

    @recent.setter
    def recent(self, paths: list[Path]) -> None:
        # As one string: Qt gives a list of one back as a string, and one with commas as a list.
        self._store.setValue("files/recent", json.dumps([str(path) for path in paths]))

    @property
    def geometry(self) -> QByteArray:
        """The window's place and size, empty at first."""
        value = self._store.value("window/geometry", QByteArray(), type=QByteArray)
        return value if isinstance(value, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, geometry: QByteArray) -> None:
        self._store.setValue("window/geometry", geometry)

    @property
    def layout(self) -> QByteArray:
        """Which panels stand where, empty at first."""
        value = self._store.value("window/layout", QByteArray(), type=QByteArray)
        return value if isinstance(value, QByteArray) else QByteArray()

    @layout.setter
    def layout(self, layout: QByteArray) -> None:
        self._store.setValue("window/layout", layout)

    @property
    def drawing(self) -> str:
        """The version of VTK that is known to draw here without a crash, "" if none is."""
        return str(self._store.value("window/drawing", "", type=str))

    @drawing.setter
    def drawing(self, version: str) -> None:
        self._store.setValue("window/drawing", version)
        self._store.sync()

    def _number(self, key: str, usual: float) -> float:
        value = self._store.value(key, usual, type=float)
        return value if isinstance(value, float) else usual

    def _whole(self, key: str, usual: int) -> int:
        value = self._store.value(key, usual, type=int)
        return value if isinstance(value, int) else usual

    def _flag(self, key: str, usual: bool) -> bool:
        return bool(self._store.value(key, usual, type=bool))


def _remembered(display: Display) -> dict[str, bool | int | float]:
    """Every field but the hidden labels."""
    return {field.name: getattr(display, field.name) for field in fields(display) if field.name != "hidden"}
