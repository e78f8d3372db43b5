"""What every evaluation writes: NAME.json, NAME.csv and NAME.png, in one place so that all look alike."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from engine.errors import BadFileError
from engine.io.case_folder import write_json
from engine.io.files import written_beside

Row = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """What a figure has to reach ``at_least``, and the ``aim``; where ``less`` is better, what it may be at most."""

    what: str
    value: float | None
    at_least: float
    aim: float
    less: bool = False

    @property
    def verdict(self) -> str:
        """``aim``, ``met``, ``missed`` or ``not measured``."""
        if self.value is None or math.isnan(self.value):
            return "not measured"
        sign = -1 if self.less else 1
        if sign * self.value >= sign * self.aim:
            return "aim"
        return "met" if sign * self.value >= sign * self.at_least else "missed"

    def to_json(self) -> Row:
        """Plain data."""
        return {**vars(self), "verdict": self.verdict}


@dataclass(frozen=True)
class Result:
    """An evaluation's answer: nested ``figures`` for the JSON, ``rows`` for the CSV, ``draw`` for the picture of
    ``size`` inches, a few lines of ``summary`` for people, and the ``targets`` it can speak to."""

    figures: Mapping[str, Any]
    rows: Sequence[Row]
    draw: Callable[[Figure], None]
    summary: Sequence[str]
    targets: Sequence[Target] = ()
    size: tuple[float, float] = (11.0, 5.0)


def plain(value: Any) -> Any:
    """The same for JSON: numpy's numbers as Python's with six significant digits, NaN and infinity as null."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(part) for part in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


def write_result(result: Result, name: str, out: Path, about: Mapping[str, Any]) -> None:
    """Write the three files into ``out``, made if it is not there. ``about``: what the JSON says of pack and device."""
    out.mkdir(parents=True, exist_ok=True)
    targets = [target.to_json() for target in result.targets]
    record = {"evaluation": name, **about, "figures": result.figures, "targets": targets, "summary": result.summary}
    names = list(dict.fromkeys(key for row in result.rows for key in row))
    with written_beside(out / f"{name}.csv") as path, path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(plain(row) for row in result.rows)
    figure = Figure(figsize=result.size, layout="constrained")
    FigureCanvasAgg(figure)
    result.draw(figure)
    with written_beside(out / f"{name}.png") as path:
        figure.savefig(path, dpi=110)
    # Last, because whoever finds the JSON takes the evaluation for finished.
    write_json(out / f"{name}.json", plain(record))


def read_result(out: Path, name: str) -> Row | None:
    """What `write_result` wrote as JSON; None if that evaluation was not made. Raises `BadFileError`."""
    path = out / f"{name}.json"
    if not path.is_file():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(record["figures"], dict):
            raise ValueError("it holds no figures")
        return {"targets": [], "summary": [], **record}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadFileError(f"{path} is damaged ({error}); make that evaluation again.") from error
