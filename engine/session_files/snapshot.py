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
class Reference:
    """A case of a session whose voxels are not part of it, since they can be had again: from ``path``, or by its
    ``recipe``. ``before``: how many of the session's other cases stand before it; ``mark``: SYNTHETIC, MORPHED or "";
    volumes in mL, None where unknown."""

    name: str
    before: int
    path: Path | None = None
    recipe: Recipe | None = None
    mark: str = ""
    target_ml: float | None = None
    achieved_ml: float | None = None


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
    the crosshair in world RAS mm, and the cases that are only referred to. ``view`` is plain data of the window's own:
    display and layout. ``home`` is known to autosaved sessions only."""

    cases: tuple[SavedCase, ...]
    current: int = 0
    recipe: Recipe | None = None
    crosshair: tuple[float, float, float] | None = None
    view: Mapping[str, Any] = field(default_factory=dict)
    home: Home | None = None
    references: tuple[Reference, ...] = ()

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
