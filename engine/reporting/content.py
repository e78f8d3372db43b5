"""What stands in a report: every word, number and picture, before anyone knows whether it becomes HTML or PDF.

The numbers are those of `measure`: the same functions, the same decimals.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from engine.case import Case
from engine.errors import BadLabelsError
from engine.events import Event
from engine.measures import Volumes
from engine.measuring.job import measured
from engine.progress import Progress
from engine.reporting.pictures import Picture
from resources import version

if TYPE_CHECKING:  # it brings scipy along
    pass

SYNTHETIC, MORPHED, RESEARCH = "SYNTHETIC", "MORPHED", "RESEARCH USE ONLY"
MEANINGS = {
    SYNTHETIC: "This brain was generated and belongs to no real person. Not for diagnosis.",
    MORPHED: "The ventricles were changed and are not as they were scanned. Research use only - not for diagnosis.",
    RESEARCH: "Measured automatically, for research and teaching. Not for diagnosis or treatment.",
}
MEASURING, PICTURES, WRITING = "Measuring", "Pictures", "Writing"
#: Stage -> its usual share of the time.
STAGES = {MEASURING: 0.2, PICTURES: 0.7, WRITING: 0.1}


@dataclass(frozen=True)
class Row:
    """One line of a table: its name and its cells as they are printed."""

    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table with a heading; ``columns`` names what stands over name and cells."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class MeasureEntry:
    """A measure: ``value`` with its unit, "" where it is not given and ``reason`` says why; ``sources`` are numbers of
    the list of references."""

    name: str
    value: str
    reason: str
    definition: str
    sources: tuple[int, ...]
    pictures: tuple[Picture, ...]

    @property
    def cited(self) -> str:
        """The definition and the numbers of its sources."""
        return f"{self.definition} [{', '.join(map(str, self.sources))}]"


@dataclass(frozen=True)
class CaseReport:
    """The whole report. ``mark`` and ``meaning`` stand on every page."""

    title: str
    mark: str
    meaning: str
    facts: str
    pictures: tuple[Picture, ...]
    totals: Table
    structures: Table
    groups: Table
    measures: tuple[MeasureEntry, ...]
    references: tuple[str, ...]
    by_hand: tuple[Table, ...]
    comparisons: tuple[Table, ...]
    provenance: Table
    quality: Table
    notes: tuple[str, ...]


def mark_of(case: Case) -> str:
    """The word that must stand on every page of a report of this case."""
    if case.synthetic:
        return SYNTHETIC
    return MORPHED if case.morphed else RESEARCH


def make_report(
    case: Case, progress: Progress, *, made_on: date, comparisons: tuple[Table, ...] = ()
) -> Generator[Event, None, CaseReport]:
    """Measure a case and draw its pictures. Yields Progressed; returns the report.

    ``comparisons``: tables of a comparison with another label map. Raises `BadLabelsError` where there is no label map.
    """
    from engine.measuring.by_hand import with_moved
    from engine.reporting.drawing import draw_measures, draw_planes
    from engine.reporting.origin import notes_on, provenance_table, quality_table
    from engine.reporting.texts import (
        Sources,
        group_table,
        hand_tables,
        measure_entries,
        structure_table,
        totals_table,
    )

    if case.labels is None:
        raise BadLabelsError("There is no label map to report on; segment the scan first.")
    found = with_moved((yield from measured(case.labels, progress, MEASURING)), case.provenance)
    mark = mark_of(case)
    drawn = "" if mark == RESEARCH else mark
    planes = yield from draw_planes(case, found.frame, drawn, progress)
    pictures = yield from draw_measures(case, found, drawn, progress)
    table = case.labels.table
    sources = Sources()
    return CaseReport(
        f"Ventricles of {case.name}",
        mark,
        MEANINGS[mark],
        _facts(case, found.volumes, made_on),
        planes,
        totals_table(found.volumes),
        structure_table(found.volumes, table),
        group_table(found.volumes, table),
        measure_entries(found, pictures, sources),
        sources.listed(),
        hand_tables(case),
        comparisons,
        provenance_table(case),
        quality_table(case),
        notes_on(case, found),
    )


def _facts(case: Case, volumes: Volumes, made_on: date) -> str:
    shape = " × ".join(str(size) for size in case.grid.shape)
    spacing = " × ".join(f"{size:.3g}" for size in case.grid.spacing)
    labelled = sum(1 for _, ml in volumes.structures if ml)
    return (
        f"{shape} voxels of {spacing} mm, {labelled} structures labelled. "
        f"VentriSynth {version()}, report of {made_on.isoformat()}."
    )
