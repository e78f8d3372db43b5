import numpy as np
import pytest

from engine.case import Case
from engine.errors import BadFileError, OutputError
from engine.events import Noticed, Previewed, Progressed
from engine.io.nifti import write_label_map, write_volume
from engine.jobs import GenerateJob, Job, MeasureJob, OpenJob, PreviewJob, SaveJob, SegmentJob, new_id
from engine.pack import load_pack


def run(job):
    """All events of a job, and its result."""
    events, generator = [], job.run()
    while True:
        try:
            events.append(next(generator))
        except StopIteration as done:
            return events, done.value


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


def test_opening_tells_what_the_user_should_know(tmp_path, volume, labels):
    write_volume(tmp_path / "scan.nii.gz", volume)
    write_label_map(tmp_path / "labels.nii.gz", labels)
    events, case = run(OpenJob(tmp_path / "scan.nii.gz"))
    assert np.array_equal(case.image.data, volume.data)
    assert [type(event) for event in events] == [Progressed]
    events, case = run(OpenJob(tmp_path / "labels.nii.gz"))
    assert np.array_equal(case.labels.data, labels.data)
    assert [type(event) for event in events] == [Progressed, Noticed]


def test_saving_writes_a_folder_and_refuses_a_full_one(tmp_path, volume):
    case = Case("scan", volume)
    _, folder = run(SaveJob(case, tmp_path / "saved"))
    assert (folder / "image.nii.gz").is_file()
    with pytest.raises(OutputError):
        run(SaveJob(case, tmp_path / "saved"))


def test_measuring(labels):
    _, volumes = run(MeasureJob(labels))
    assert volumes.ventricular_ml is not None
