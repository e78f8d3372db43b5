"""``session.json``, the part of a session file that says what the rest is; written, read and checked.

docs/session-format.md describes it. A change that an older program cannot read needs another `VERSION`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.errors import BadFileError, BadRecipeError
from engine.recipe import Recipe, recipe_from_json
from engine.session_files.snapshot import Home, Reference, Snapshot, Stamp
from resources import version

FORMAT, VERSION = "VentriSynth session", 1
#: A larger record is none of ours.
MOST_BYTES = 16 * 2**20


@dataclass(frozen=True)
class Part:
    """What a session file says of one of its cases."""

    name: str
    unsaved: bool
    image: bool
    labels: bool


@dataclass(frozen=True)
class SessionRecord:
    """Everything of a session but its voxels; see `Snapshot`. ``saved``: when, in the time zone of the writer."""

    parts: tuple[Part, ...]
    current: int
    recipe: Recipe | None
    crosshair: tuple[float, float, float] | None
    view: Mapping[str, Any]
    home: Home | None
    references: tuple[Reference, ...]
    saved: datetime


def record_as_text(snapshot: Snapshot, saved: datetime) -> str:
    """The record of a session as JSON."""
    record: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "program": f"VentriSynth {version()}",
        "saved": saved.isoformat(timespec="seconds"),
        "cases": [
            {
                "name": part.case.name,
                "unsaved": part.unsaved,
                "image": part.case.image is not None,
                "labels": part.case.labels is not None,
            }
            for part in snapshot.cases
        ],
        "current": snapshot.current,
        "recipe": None if snapshot.recipe is None else snapshot.recipe.to_json(),
        "crosshair_mm": snapshot.crosshair,
        "view": dict(snapshot.view),
    }
    if snapshot.references:
        record["references"] = [
            asdict(one)
            | {
                "path": None if one.path is None else str(one.path),
                "recipe": None if one.recipe is None else one.recipe.to_json(),
            }
            for one in snapshot.references
        ]
    if snapshot.home is not None:
        stamp = snapshot.home.stamp
        record["home"] = {
            "path": str(snapshot.home.path),
            "modified_ns": None if stamp is None else stamp.modified_ns,
            "size": None if stamp is None else stamp.size,
        }
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def record_from_bytes(content: bytes, name: str) -> SessionRecord:
    """The record of the session file ``name``. Raises `BadFileError` for what is none, damaged or of other versions."""
    try:
        data = json.loads(content.decode("utf-8"))
    except ValueError as error:
        raise _damaged(name, f"its record is no JSON: {error}") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise BadFileError(f"{name} is not a VentriSynth session; choose a file that Save session wrote.")
    if data.get("version") != VERSION:
        raise BadFileError(
            f"{name} was saved by another version of VentriSynth (its format is {data.get('version')!r}, this program "
            f"reads {VERSION}); open it with that version."
        )
    try:
        return _record(data)
    except BadRecipeError as error:
        raise _damaged(name, str(error).rstrip(".")) from error
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(name, f"its record lacks or garbles {error}") from error


def _record(data: Mapping[str, Any]) -> SessionRecord:
    parts = tuple(_part(entry) for entry in _a(list, data["cases"], "cases"))
    current = _a(int, data["current"], "current")
    if not 0 <= current < len(parts):
        raise ValueError("current")
    recipe, crosshair, home = data["recipe"], data["crosshair_mm"], data.get("home")
    return SessionRecord(
        parts,
        current,
        None if recipe is None else recipe_from_json(_a(dict, recipe, "recipe")),
        None if crosshair is None else _point(crosshair),
        _a(dict, data["view"], "view"),
        None if home is None else _home(_a(dict, home, "home")),
        tuple(_reference(entry) for entry in _a(list, data.get("references", []), "references")),
        datetime.fromisoformat(_a(str, data["saved"], "saved")),
    )


def _part(entry: Mapping[str, Any]) -> Part:
    image, labels = _a(bool, entry["image"], "image"), _a(bool, entry["labels"], "labels")
    if not (image or labels):
        raise ValueError("cases")
    return Part(_a(str, entry["name"], "name"), _a(bool, entry["unsaved"], "unsaved"), image, labels)


def _reference(entry: Mapping[str, Any]) -> Reference:
    path, recipe = entry["path"], entry["recipe"]
    if (path is None) == (recipe is None):
        raise ValueError("references")
    volumes = [entry[name] for name in ("target_ml", "achieved_ml")]
    return Reference(
        _a(str, entry["name"], "name"),
        max(0, _a(int, entry["before"], "before")),
        None if path is None else Path(_a(str, path, "path")),
        None if recipe is None else recipe_from_json(_a(dict, recipe, "recipe")),
        _a(str, entry["mark"], "mark"),
        *(None if volume is None else float(volume) for volume in volumes),
    )


def _point(values: Any) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in _a(list, values, "crosshair_mm"))
    if not all(map(math.isfinite, (x, y, z))):
        raise ValueError("crosshair_mm")
    return x, y, z


def _home(home: Mapping[str, Any]) -> Home:
    path = Path(_a(str, home["path"], "path"))
    if home["size"] is None:
        return Home(path, None)
    return Home(path, Stamp(_a(int, home["modified_ns"], "modified_ns"), _a(int, home["size"], "size")))


def _a(kind: type, value: Any, name: str) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(name)
    return value


def _damaged(name: str, why: str) -> BadFileError:
    return BadFileError(f"{name} is damaged ({why}); restore it from a copy.")
