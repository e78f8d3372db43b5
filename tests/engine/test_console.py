import io
import json
from pathlib import Path

import pytest

from engine.console import Console, duration, morph_as_text, series_as_text, volumes_as_data, volumes_as_text
from engine.events import Progressed
from engine.labels import synthseg33
from engine.measures import Volumes, measure_volumes
from engine.series import Member, Series


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def progressed(stage, step, fraction, left=None):
    return Progressed(1, stage, step, 10, fraction, left)


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "0 s"), (59.6, "1 min 0 s"), (61, "1 min 1 s"), (7300, "2 h 1 min"), (-1, "0 s")]
)
def test_durations(seconds, said):
    assert duration(seconds) == said


def test_a_terminal_has_one_line_that_updates():
    stream = Terminal()
    console = Console(stream)
    console.progress(progressed("Image", 1, 0.1, 9.0))
    console.progress(progressed("Image", 2, 0.2, 8.0))
    console.clear()
    lines = stream.getvalue().split("\r\x1b[K")
    assert lines == ["", "Image 1/10, 10%, 9 s left", "Image 2/10, 20%, 8 s left", ""]


def test_elsewhere_lines_are_sparse():
    stream, clock = io.StringIO(), Clock()
    console = Console(stream, clock=clock)
    for step in range(30):
        clock.now += 1
        console.progress(progressed("Label map" if step < 15 else "Image", step, step / 30))
    console.clear()
    lines = stream.getvalue().splitlines()
    assert [line.split(" ")[0] for line in lines] == ["Label", "Label", "Image", "Image"]


def test_many_cases_are_one_progress():
    stream, clock = io.StringIO(), Clock()
    console = Console(stream, cases=4, clock=clock)
    console.begin(1)
    clock.now = 30
    console.progress(progressed("Image", 5, 0.5, 10.0))
    assert stream.getvalue() == "case 2 of 4, Image 5/10, 38%, 50 s left\n"


def test_a_sentence_stands_alone():
    stream = Terminal()
    console = Console(stream)
    console.progress(progressed("Image", 1, 0.1))
    console.say("The GPU is full; the CPU goes on.")
    assert stream.getvalue().endswith("\r\x1b[KThe GPU is full; the CPU goes on.\n")


def test_volumes_as_data_and_text(labels):
    volumes = measure_volumes(labels)
    data = json.loads(json.dumps(volumes_as_data(volumes, labels.table)))
    assert data["ventricular_ml"] == pytest.approx(volumes.ventricular_ml, abs=5e-4)
    assert len(data["structures"]) == 32
    text = volumes_as_text(volumes, labels.table)
    assert f"{volumes.ventricular_ml:.2f}" in text
    assert "Left lateral ventricle" in text


def test_nothing_found_is_never_zero():
    volumes = Volumes(((4, 0.0), (2, 1.5)), None, None, 1.5, ("No voxel is labelled as ventricle.",))
    assert volumes_as_data(volumes, synthseg33())["structures"][0]["volume_ml"] is None
    text = volumes_as_text(volumes, synthseg33())
    assert "Left lateral ventricle" not in text
    assert text.count("not found") == 2
    assert "0.00" not in text


def test_a_morph_is_told_in_a_line():
    figures = {
        "start_ml": 74.1, "target_ml": 20.0, "achieved_ml": 20.02, "smallest_jacobian": 0.7947,
        "largest_displacement_mm": 8.19,
    }  # fmt: skip
    assert morph_as_text(figures) == (
        "started from 74.1 mL, asked for 20 mL, achieved 20.0 mL; smallest Jacobian determinant 0.795, largest "
        "displacement 8.2 mm"
    )


def test_a_series_is_told_in_a_line_a_case():
    members = (
        Member("case-0001", 20.0, 21.0, 1400.0, None, None),
        Member("case-0002", 40.0, 38.7, 1402.0, 0.9111, 0.9555),
    )
    first, second = series_as_text(Series(Path("out"), members)).splitlines()
    assert first == "out/case-0001: ventricles 21.0 mL of 1400 mL intracranial volume, asked for 20 mL"
    assert second.endswith("; Dice to the case before 0.911 (mean over labels), 0.956 (pooled)")
