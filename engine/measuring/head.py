"""All measures of a label map at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import BadLabelsError
from engine.measures import Volumes, measure_volumes
from engine.measuring import balance, widths
from engine.measuring import definitions as d
from engine.measuring.angles import callosal_angle
from engine.measuring.frame import HeadFrame, head_frame
from engine.measuring.record import Definition, Measure
from engine.measuring.sides import check_sides
from engine.measuring.structures import Structures
from engine.measuring.temporal import temporal_horn_width
from engine.volume import LabelMap


@dataclass(frozen=True, eq=False)
class HeadMeasures:
    """Volumes and measures of a label map. ``frame`` is None where its landmarks were not found. ``notes``: sentences
    on the label map as a whole, such as sides that are exchanged."""

    volumes: Volumes
    measures: tuple[Measure, ...]
    frame: HeadFrame | None
    notes: tuple[str, ...]

    def __getitem__(self, key: str) -> Measure:
        return next(measure for measure in self.measures if measure.definition.key == key)


def measure_head(labels: LabelMap) -> HeadMeasures:
    """Take every measure; whatever cannot be taken says why."""
    volumes = measure_volumes(labels)
    structures = Structures(labels)
    frame, missing = None, ""
    try:
        frame = head_frame(structures)
    except BadLabelsError as error:
        missing = str(error)
    measures = (
        _taken(d.VENTRICULAR_SHARE, lambda: balance.ventricular_share(volumes)),
        _taken(d.LATERAL_ASYMMETRY, lambda: balance.lateral_asymmetry(structures, volumes)),
        _taken(d.INFERIOR_LATERAL_ASYMMETRY, lambda: balance.inferior_lateral_asymmetry(structures, volumes)),
        *_lines(structures, frame, missing),
    )
    return HeadMeasures(volumes, measures, frame, volumes.notes + check_sides(structures, frame))


def _lines(structures: Structures, frame: HeadFrame | None, missing: str) -> tuple[Measure, ...]:
    """The measures that need the head's frame."""
    left, right = d.LEFT_TEMPORAL_HORN_WIDTH, d.RIGHT_TEMPORAL_HORN_WIDTH
    ratios = (d.EVANS_INDEX, d.FRONTAL_OCCIPITAL_HORN_RATIO)
    if frame is None:
        return tuple(
            Measure(definition, None, missing)
            for definition in (*ratios, d.CALLOSAL_ANGLE, d.THIRD_VENTRICLE_WIDTH, left, right)
        )
    try:
        lateral = widths.lateral_ventricles(structures, frame)
        horns = (
            _taken(d.EVANS_INDEX, lambda: widths.evans_index(lateral)),
            _taken(d.FRONTAL_OCCIPITAL_HORN_RATIO, lambda: widths.frontal_occipital_horn_ratio(lateral)),
        )
    except BadLabelsError as error:
        horns = (Measure(ratios[0], None, str(error)), Measure(ratios[1], None, str(error)))
    return (
        *horns,
        _taken(d.CALLOSAL_ANGLE, lambda: callosal_angle(structures, frame)),
        _taken(d.THIRD_VENTRICLE_WIDTH, lambda: widths.third_ventricle_width(structures, frame)),
        _taken(
            d.LEFT_TEMPORAL_HORN_WIDTH, lambda: temporal_horn_width(structures, frame, d.LEFT_TEMPORAL_HORN_WIDTH, 5)
        ),
        _taken(
            d.RIGHT_TEMPORAL_HORN_WIDTH, lambda: temporal_horn_width(structures, frame, d.RIGHT_TEMPORAL_HORN_WIDTH, 44)
        ),
    )


def _taken(definition: Definition, take: Callable[[], Measure]) -> Measure:
    try:
        return take()
    except BadLabelsError as error:
        return Measure(definition, None, str(error))
