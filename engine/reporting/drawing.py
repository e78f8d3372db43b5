"""All pictures of a report, one after the other."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np

from engine.case import Case
from engine.events import Event
from engine.measuring.frame import HeadFrame
from engine.measuring.head import HeadMeasures
from engine.measuring.record import Line, Measure
from engine.progress import Progress
from engine.reporting.content import PICTURES
from engine.reporting.cuts import measure_cuts, picture_axes, plane_cuts
from engine.reporting.pictures import Picture, scene_of, slice_picture
from engine.reporting.surface import ventricle_picture
from engine.reporting.texts import measure_value

#: On paper a plane is 46 mm wide and a measure 22 mm, which makes 260 and 370 pixels an inch.
PLANE_PIXELS, MEASURE_PIXELS = 480, 320


def draw_planes(
    case: Case, frame: HeadFrame | None, mark: str, progress: Progress
) -> Generator[Event, None, tuple[Picture, ...]]:
    """Three planes through the lateral ventricles, and the ventricles in 3D if there are any."""
    assert case.labels is not None
    scene, drawn = scene_of(case, mark), []
    along = "" if frame is None or picture_axes(frame) is not frame.axes else " along the commissures"
    for number, cut in enumerate(plane_cuts(case.labels, frame)):
        yield progress.at(PICTURES, number, 10)
        caption = cut.name + (along if cut.name == "Axial" else "")
        drawn.append(slice_picture(scene, cut, PLANE_PIXELS, caption=caption))
    yield progress.at(PICTURES, 3, 10)
    surface = ventricle_picture(case.labels, frame, PLANE_PIXELS, mark)
    return (*drawn, *(() if surface is None else (surface,)))


def draw_measures(
    case: Case, found: HeadMeasures, mark: str, progress: Progress
) -> Generator[Event, None, dict[str, tuple[Picture, ...]]]:
    """Key of a measure -> a picture of each slice that its lines were taken from."""
    scene, axes = scene_of(case, mark), np.eye(3) if found.frame is None else found.frame.axes
    drawn: dict[str, tuple[Picture, ...]] = {}
    for number, measure in enumerate(found.measures):
        yield progress.at(PICTURES, 4 + number, 4 + len(found.measures))
        if measure.value is None:
            continue
        drawn[measure.definition.key] = tuple(
            slice_picture(
                scene,
                cut,
                MEASURE_PIXELS,
                lines=lines,
                apex=measure.apex,
                caption=f"{measure.definition.name}: {_read_off(measure, lines)}",
            )
            for cut, lines in measure_cuts(measure, axes)
        )
    return drawn


def _read_off(measure: Measure, lines: Sequence[Line]) -> str:
    """The value where the lines are the measure itself, otherwise how long each of them is."""
    if measure.definition.unit:
        return measure_value(measure)
    return ", ".join(f"{line.name} {line.length_mm:.1f} mm" for line in lines)
