"""All measures of a label map at once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import partial

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
from engine.progress import result_of
from engine.volume import LabelMap

#: What cannot be measured without the head's frame, in the order in which it is measured.
NEED_FRAME = (
    d.EVANS_INDEX,
    d.FRONTAL_OCCIPITAL_HORN_RATIO,
    d.CALLOSAL_ANGLE,
    d.THIRD_VENTRICLE_WIDTH,
    d.LEFT_TEMPORAL_HORN_WIDTH,
    d.RIGHT_TEMPORAL_HORN_WIDTH,
)
STEPS = 2 + len(NEED_FRAME)


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
    return result_of(measuring_head(labels))


def measuring_head(labels: LabelMap) -> Generator[int, None, HeadMeasures]:
    """Like `measure_head`, step by step: yields how many of `STEPS` are done, so that it can be stopped in between."""
    volumes = measure_volumes(labels)
    yield 1
    structures = Structures(labels)
    frame, missing = None, ""
    try:
        frame = head_frame(structures)
    except BadLabelsError as error:
        missing = str(error)
    yield 2
    measures = [
        _taken(d.VENTRICULAR_SHARE, lambda: balance.ventricular_share(volumes)),
        _taken(d.LATERAL_ASYMMETRY, lambda: balance.lateral_asymmetry(structures, volumes)),
        _taken(d.INFERIOR_LATERAL_ASYMMETRY, lambda: balance.inferior_lateral_asymmetry(structures, volumes)),
    ]
    if frame is None:
        measures += [Measure(definition, None, missing) for definition in NEED_FRAME]
    else:
        for count, measure in enumerate(_lines(structures, frame), start=3):
            measures.append(measure)
            yield count
    return HeadMeasures(volumes, tuple(measures), frame, volumes.notes + check_sides(structures, frame))


def _lines(structures: Structures, frame: HeadFrame) -> Iterator[Measure]:
    """The measures that need the head's frame, as `NEED_FRAME` has them."""
    lateral, missing = None, ""
    try:
        lateral = widths.lateral_ventricles(structures, frame)
    except BadLabelsError as error:
        missing = str(error)
    for definition, take in (
        (d.EVANS_INDEX, widths.evans_index),
        (d.FRONTAL_OCCIPITAL_HORN_RATIO, widths.frontal_occipital_horn_ratio),
    ):
        yield Measure(definition, None, missing) if lateral is None else _taken(definition, partial(take, lateral))
    yield _taken(d.CALLOSAL_ANGLE, lambda: callosal_angle(structures, frame))
    yield _taken(d.THIRD_VENTRICLE_WIDTH, lambda: widths.third_ventricle_width(structures, frame))
    for definition, value in ((d.LEFT_TEMPORAL_HORN_WIDTH, 5), (d.RIGHT_TEMPORAL_HORN_WIDTH, 44)):
        yield _taken(definition, partial(temporal_horn_width, structures, frame, definition, value))


def _taken(definition: Definition, take: Callable[[], Measure]) -> Measure:
    try:
        return take()
    except BadLabelsError as error:
        return Measure(definition, None, str(error))
