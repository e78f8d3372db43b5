"""What a session is: the cases with their labels, and how they are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from engine.case import Case
from engine.recipe import Recipe


@dataclass(frozen=True, eq=False)
class SavedCase:
    """A case of a session. ``unsaved``: it was made or corrected here and stands in no file of its own yet."""

    case: Case
    unsaved: bool = False


@dataclass(frozen=True)
class Stamp:
    """How a file looked when it was read or written: another one means that somebody else wrote to it."""

    modified_ns: int
    size: int


@dataclass(frozen=True, eq=False)
class Home:
    """The session file that an autosaved session belongs to, and how that file looked."""

    path: Path
    stamp: Stamp | None


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A whole session at one moment: at least one case, the number of the one that is shown, the recipe of the sliders,
    the crosshair in world RAS mm. ``view`` is plain data of the window's own: display and layout. ``home`` is known to
    autosaved sessions only."""

    cases: tuple[SavedCase, ...]
    current: int = 0
    recipe: Recipe | None = None
    crosshair: tuple[float, float, float] | None = None
    view: Mapping[str, Any] = field(default_factory=dict)
    home: Home | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.current < len(self.cases):
            raise ValueError(f"case {self.current} of {len(self.cases)} cannot be shown")
        object.__setattr__(self, "view", MappingProxyType(dict(self.view)))


def stamp_of(path: Path) -> Stamp | None:
    """How a file looks now; None if there is none. Raises `OSError` where the file system does not answer."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return Stamp(status.st_mtime_ns, status.st_size)
