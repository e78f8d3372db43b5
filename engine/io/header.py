"""What a scan's file says about itself, as plain data that is kept in the case's record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from engine.case import Case
from engine.grid import Grid

#: Where a case's record keeps its header.
HEADER = "header"
#: Two geometries of one file that differ by more than this, in mm, are worth a word.
APART_MM = 0.5


@dataclass(frozen=True)
class ScanHeader:
    """Geometry and intensities as the file states them. It names no person: identifiers of a patient are never read.

    ``format``: of the file; ``affine_source``: where the geometry comes from; ``disagreement_mm``: how far apart two
    geometries of the same file put the same voxel, at most; ``stored_as``: type of the numbers on disk; ``low``,
    ``high``: least and greatest intensity in ``unit``, None if nobody looked; ``length_unit``: of the voxel size as
    the file states it, "" if it does not; ``sides_known``: whether the file can tell left from right; ``facts``: more
    that is worth knowing, as name and value; ``notes``: sentences about
    what else is unusual.
    """

    format: str
    shape: tuple[int, int, int]
    affine: tuple[tuple[float, ...], ...]
    affine_source: str
    stored_as: str
    low: float | None = None
    high: float | None = None
    unit: str = ""
    length_unit: str = "mm"
    disagreement_mm: float = 0.0
    sides_known: bool = True
    facts: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def grid(self) -> Grid:
        """Where its voxels lie."""
        return Grid(self.shape, np.array(self.affine))

    def to_json(self) -> dict[str, Any]:
        """Plain data for a case's record."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ScanHeader:
        """What `to_json` gave. Raises `KeyError`, `TypeError` or `ValueError` for anything else."""
        known = {field.name: data[field.name] for field in fields(cls) if field.name in data}
        known["shape"] = tuple(int(n) for n in data["shape"])
        known["affine"] = tuple(tuple(float(x) for x in row) for row in data["affine"])
        known["facts"] = tuple((str(name), str(value)) for name, value in data.get("facts", ()))
        known["notes"] = tuple(str(note) for note in data.get("notes", ()))
        return cls(**known)


def rows_of(affine: np.ndarray) -> tuple[tuple[float, ...], ...]:
    """An affine (4, 4) as plain numbers."""
    return tuple(tuple(float(x) for x in row) for row in affine)


def header_of(case: Case) -> ScanHeader:
    """What the record of ``case`` says about the file it came from, or what can be told without one."""
    try:
        kept = ScanHeader.from_json(case.provenance[HEADER])
    except (KeyError, TypeError, ValueError):
        kept = None
    if kept is not None and kept.grid == case.grid:
        return kept
    return ScanHeader(
        format="Case of VentriSynth",
        shape=case.grid.shape,
        affine=rows_of(case.grid.affine),
        affine_source="the case's own grid",
        stored_as="float32" if case.image is not None else "whole numbers",
    )


def sides_known(case: Case) -> bool:
    """Whether left can be told from right in ``case``: not where the file it came from leaves that open."""
    kept = case.provenance.get(HEADER)
    return not isinstance(kept, Mapping) or kept.get("sides_known") is not False


def greatest_disagreement(shape: tuple[int, int, int], first: np.ndarray, second: np.ndarray) -> float:
    """How far apart, in mm, two affines (4, 4) put the same voxel of a grid, at most: it is one of the corners."""
    ends = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) * (np.array(shape) - 1)
    difference = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    return float(np.linalg.norm(ends @ difference[:3, :3].T + difference[:3, 3], axis=1).max())
