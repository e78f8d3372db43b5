import json

import numpy as np
import pytest

from engine.case import Case
from engine.errors import BadFileError, BadRecipeError, OutputError
from engine.events import Noticed, Previewed, Progressed
from engine.io.case_folder import open_case
from engine.io.nifti import write_label_map, write_volume
from engine.jobs import (
    GenerateJob,
    Job,
    MeasureJob,
    MorphJob,
    OpenJob,
    PreviewJob,
    SaveJob,
    SegmentJob,
    SeriesJob,
    new_id,
)
from engine.measures import measure_volumes
from engine.pack import load_pack
from tests.dicom_files import write_series
from tests.engine.conftest import run
from tests.engine.small_brain import small_brain


@pytest.fixture
def pack(make_pack):
    return load_pack(make_pack())


def fractions(events):
    return [event.fraction for event in events if isinstance(event, Progressed)]


def test_every_job_has_its_own_number(pack, labels):
    jobs: list[Job] = [PreviewJob(pack, pack.default_recipe()), MeasureJob(labels), MeasureJob(labels)]
    assert len({job.id for job in jobs} | {new_id()}) == 4


def test_a_preview_is_a_draft_of_the_label_map(pack, fake_models):
    events, case = run(PreviewJob(pack, pack.default_recipe(3)))
    assert fake_models.calls == ["mask 3 draft"]
    assert case.image is None
    assert fractions(events) == [0.5, 1]


def test_generating_shows_the_label_map_before_the_image(pack, fake_models):
    job = GenerateJob(pack, pack.default_recipe(3, 4))
    events, case = run(job)
    assert fake_models.calls == ["mask 3", "image 4", "check"]
    assert {event.job_id for event in events} == {job.id}
    assert fractions(events) == sorted(fractions(events)) == pytest.approx([0.25, 0.5, 0.675, 0.85, 1])
    assert case.provenance["quality"]["verdict"] == "good"
    (preview,) = [event for event in events if isinstance(event, Previewed)]
    assert preview.case.labels is case.labels
    assert events.index(preview) == 2
    assert case.image is not None
    assert case.synthetic


def test_segmenting_keeps_the_image_and_adds_labels_and_a_record(pack, fake_models, volume):
    events, case = run(SegmentJob(pack, Case("scan", volume, None, {"source": "scan.nii"})))
    assert case.image is volume
    assert case.labels.grid == volume.grid
    assert case.provenance["source"] == "scan.nii"
    assert case.provenance["segmentation"] == {"pack": "tiny"}
    assert fractions(events) == sorted(fractions(events))


def test_there_must_be_an_image_to_segment(pack, fake_models, labels):
    with pytest.raises(BadFileError, match="no image"):
        run(SegmentJob(pack, Case("labels", labels=labels)))


def test_morphing_takes_a_case_and_gives_one():
    labels = small_brain((40, 42, 38), 0.7)
    job = MorphJob(Case("brain", None, labels, {"source": "brain.nii"}), 2.0)
    events, case = run(job)
    assert {event.job_id for event in events} == {job.id}
    assert fractions(events)[-1] == 1
    assert measure_volumes(case.labels).ventricular_ml == pytest.approx(2.0, abs=0.05)
    assert case.morphed
    assert case.name == "brain, 2 mL"


def test_a_series_is_one_progress_over_all_its_cases(pack, fake_models, tmp_path):
    job = SeriesJob(pack, pack.default_recipe(3, 4), (10.0, 20.0, 30.0), tmp_path / "series")
    events, series = run(job)
    assert fake_models.calls == ["mask 3", "image 4", "check"] * 3
    assert {event.job_id for event in events} == {job.id}
    assert fractions(events) == sorted(fractions(events))
    assert fractions(events)[-1] == 1
    assert len([event for event in events if isinstance(event, Previewed)]) == 3
    assert events[0].stage == "case-0001, Label map"
    assert [one.achieved_ml for one in series.members] == pytest.approx([10, 20, 30])
    assert open_case(tmp_path / "series" / "case-0002").provenance["recipe"]["values"]["ventricular_volume"] == 20
    record = json.loads((tmp_path / "series" / "series.json").read_text(encoding="utf-8"))
    assert "ventricular_volume" not in record["recipe"]["values"]
    assert record["targets_ml"] == [10, 20, 30]


def test_a_stopped_series_keeps_the_cases_that_are_complete_and_their_table(pack, fake_models, tmp_path):
    events = SeriesJob(pack, pack.default_recipe(), (10.0, 20.0), tmp_path / "series").run()
    for event in events:
        if isinstance(event, Progressed) and event.stage.startswith("case-0002"):
            break
    events.close()
    assert sorted(path.name for path in (tmp_path / "series").iterdir()) == ["case-0001", "series.csv", "series.json"]
    assert (tmp_path / "series" / "series.csv").read_text(encoding="utf-8").count("\n") == 2


def test_a_series_is_refused_as_a_whole(pack, fake_models, tmp_path):
    with pytest.raises(BadRecipeError):
        run(SeriesJob(pack, pack.default_recipe(), (10.0, 20.0, 500.0), tmp_path / "series"))
    (tmp_path / "mine.txt").touch()
    with pytest.raises(OutputError):
        run(SeriesJob(pack, pack.default_recipe(), (10.0, 20.0), tmp_path))
    assert fake_models.calls == []
    assert [path.name for path in tmp_path.iterdir() if path.name != "pack"] == ["mine.txt"]


def test_opening_tells_what_the_user_should_know(tmp_path, volume, labels):
    write_volume(tmp_path / "scan.nii.gz", volume)
    write_label_map(tmp_path / "labels.nii.gz", labels)
    events, case = run(OpenJob(tmp_path / "scan.nii.gz"))
    assert np.array_equal(case.image.data, volume.data)
    assert [type(event) for event in events] == [Progressed]
    events, case = run(OpenJob(tmp_path / "labels.nii.gz"))
    assert np.array_equal(case.labels.data, labels.data)
    assert [type(event) for event in events] == [Progressed, Noticed]


def test_opening_a_folder_of_several_series_gives_their_list(tmp_path, volume):
    data = volume.data.astype(np.int16)
    for number in (1, 2):
        write_series(tmp_path, data + number, volume.grid.affine, description=f"scan {number}", number=number)
    events, listing = run(OpenJob(tmp_path))
    assert [series.name for series in listing.usable] == ["scan_1", "scan_2"]
    assert events[-1].fraction == pytest.approx(0.3), "reading is still to come"
    events, case = run(OpenJob(tmp_path, listing.usable[1]))
    assert case.name == "scan_2"
    assert [event.step for event in events] == [0, 1, 2, 3, 4, 5]


def test_saving_writes_a_folder_and_refuses_a_full_one(tmp_path, volume):
    case = Case("scan", volume)
    _, folder = run(SaveJob(case, tmp_path / "saved"))
    assert (folder / "image.nii.gz").is_file()
    with pytest.raises(OutputError):
        run(SaveJob(case, tmp_path / "saved"))


def test_measuring(labels):
    _, volumes = run(MeasureJob(labels))
    assert volumes.ventricular_ml is not None
