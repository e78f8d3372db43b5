"""The numbers of a report as tables: volumes by side and by group, and measures with their definitions and sources."""

from __future__ import annotations

from collections.abc import Mapping

from engine.case import Case
from engine.labels import LabelTable
from engine.measures import Volumes, group_volumes
from engine.measuring.by_hand import DISTANCE, Drawn, drawn_of, statistics
from engine.measuring.definitions import EVANS_INDEX
from engine.measuring.head import HeadMeasures
from engine.measuring.record import Measure
from engine.measuring.texts import DECIMALS
from engine.reporting.content import MeasureEntry, Row, Table
from engine.reporting.pictures import Picture

NOT_FOUND = "not found"
#: Key of a measure -> what a publication says of its size, and the publication.
PUBLISHED = {
    EVANS_INDEX.key: (
        "A guideline on idiopathic normal-pressure hydrocephalus calls ventricles enlarged above 0.3.",
        "Relkin N, Marmarou A, Klinge P, Bergsneider M, Black PM. Diagnosing idiopathic normal-pressure "
        "hydrocephalus. Neurosurgery 2005;57(3 Suppl):S4-16. doi:10.1227/01.NEU.0000168185.29659.C5",
    )
}


class Sources:
    """The list of references, numbered as they come up."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, citation: str) -> int:
        """The number of a reference, the same whenever it comes up again."""
        return self._numbers.setdefault(citation, len(self._numbers) + 1)

    def listed(self) -> tuple[str, ...]:
        """All references in order."""
        return tuple(self._numbers)


def millilitres(ml: float | None) -> str:
    """A volume as it is printed; what was not found is never 0.

    >>> millilitres(12.3456), millilitres(0.0)
    ('12.35', 'not found')
    """
    return f"{ml:.2f}" if ml else NOT_FOUND


def totals_table(volumes: Volumes) -> Table:
    """Ventricular, lateral and intracranial volume and their ratio."""
    ratio = NOT_FOUND if volumes.ratio is None else f"{100 * volumes.ratio:.2f} %"
    rows = (
        Row("Ventricular volume", (millilitres(volumes.ventricular_ml),)),
        Row("Lateral ventricles (with inferior horns)", (millilitres(volumes.lateral_ml),)),
        Row("Intracranial volume (ICV)", (millilitres(volumes.icv_ml),)),
        Row("Ventricles / ICV", (ratio,)),
    )
    return Table("Totals", ("", "mL"), rows)


def structure_table(volumes: Volumes, table: LabelTable) -> Table:
    """One line for each pair of structures, left and right beside each other; ventricles first."""
    ml = dict(volumes.structures)
    pairs = [value for value in ml if table[value].mirror >= value or table[value].mirror not in ml]
    pairs.sort(key=lambda value: table[value].group != "ventricles")
    rows = []
    for value in pairs:
        other = table[value].mirror
        if other == value:
            rows.append(Row(table[value].name, (millilitres(ml[value]), "", "")))
        else:
            both = millilitres(ml[value] + ml[other])
            rows.append(Row(_without_side(table[value].name), (both, millilitres(ml[value]), millilitres(ml[other]))))
    return Table("Structures", ("", "mL", "left mL", "right mL"), tuple(rows))


def _without_side(name: str) -> str:
    bare = name.removeprefix("Left ")
    return bare[:1].upper() + bare[1:]


def group_table(volumes: Volumes, table: LabelTable) -> Table:
    """The groups of the label table."""
    rows = (Row(group[:1].upper() + group[1:], (millilitres(ml),)) for group, ml in group_volumes(volumes, table))
    return Table("Groups", ("", "mL"), tuple(rows))


def measure_entries(
    found: HeadMeasures, pictures: Mapping[str, tuple[Picture, ...]], sources: Sources
) -> tuple[MeasureEntry, ...]:
    """Every measure with its definition, its source, and its value or why there is none; those with lines first."""
    ordered = sorted(found.measures, key=lambda measure: not measure.lines)
    entries, before = [], ""
    for measure in ordered:
        sentence = "As above." if measure.definition.sentence == before else measure.definition.sentence
        before = measure.definition.sentence
        entries.append(_entry(measure, sentence, pictures.get(measure.definition.key, ()), sources))
    return tuple(entries)


def _entry(measure: Measure, sentence: str, pictures: tuple[Picture, ...], sources: Sources) -> MeasureEntry:
    definition = measure.definition
    numbers = [sources.number(definition.citation + (f" doi:{definition.doi}" if definition.doi else ""))]
    if definition.key in PUBLISHED:
        said, citation = PUBLISHED[definition.key]
        numbers.append(sources.number(citation))
        sentence = f"{sentence} {said}"
    return MeasureEntry(
        definition.name + (" (moved by hand)" if measure.by_hand else ""),
        measure_value(measure),
        measure.reason,
        sentence,
        tuple(numbers),
        pictures,
    )


def measure_value(measure: Measure) -> str:
    """The value with its unit, "" where there is none."""
    if measure.value is None:
        return ""
    unit = measure.definition.unit
    return f"{measure.value:.{DECIMALS[unit]}f}{'' if unit in ('', '°') else ' '}{unit}"


def hand_tables(case: Case) -> tuple[Table, ...]:
    """What was drawn by hand: distances, angles and regions, if any."""
    rows = tuple(
        Row(f"{number}. {drawn.kind.capitalize()}", (_drawn_value(drawn, case),))
        for number, drawn in enumerate(drawn_of(case.provenance), start=1)
    )
    return (Table("Measured by hand", ("", ""), rows),) if rows else ()


def _drawn_value(drawn: Drawn, case: Case) -> str:
    if drawn.value is not None:
        return f"{drawn.value:.2f} mm" if drawn.kind == DISTANCE else f"{drawn.value:.1f}°"
    found = statistics(drawn, case)
    said = f"{found.voxels} voxels, {found.area_mm2:.1f} mm², {found.volume_ml:.3f} mL"
    if found.mean is None:
        return said
    return f"{said}, mean {found.mean:.4g}, SD {found.sd:.4g}, {found.low:.4g} to {found.high:.4g}"
