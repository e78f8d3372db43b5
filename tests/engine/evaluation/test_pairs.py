import numpy as np
import pytest

from engine.errors import BadFileError, EvaluationError
from engine.evaluation.pairs import held_out_scans, read_pair, scans_in
from engine.labels import synthseg33
from tests.engine.evaluation.conftest import head, save

SHIFTED = np.diag([1.0, 1, 1, 1])
SHIFTED[0, 3] = 3


@pytest.fixture
def scan(rng):
    return rng.normal(100, 10, (8, 9, 7)).astype(np.float32)


@pytest.fixture
def labels(rng):
    return rng.choice([0, 4, 51, 52], (8, 9, 7)).astype(np.int16)


def names(scans):
    return [scan.name for scan in scans]


def test_a_scan_beside_its_reference_labels_is_a_pair(tmp_path, scan, labels):
    for name in ("b", "a"):
        save(tmp_path / f"{name}_T1w.nii.gz", scan)
        save(tmp_path / f"{name}_dlmuse.nii.gz", labels)
    save(tmp_path / "c_T1w.nii.gz", scan)
    (tmp_path / "subjects.csv").write_text("a\nb\n")
    found = scans_in(tmp_path, "dlmuse")
    assert names(found) == ["a", "b"]
    volume, reference = found[0].read()
    assert np.array_equal(volume.data, scan)
    assert np.array_equal(reference, labels)


def test_the_reference_may_be_called_labels(tmp_path, scan, labels):
    save(tmp_path / "a.nii.gz", scan)
    save(tmp_path / "a_labels.nii", labels)
    assert names(scans_in(tmp_path, "synthseg")) == ["a"]


def test_two_folders_of_the_same_file_names_are_pairs_too(tmp_path, scan, labels):
    save(tmp_path / "images" / "a.nii.gz", scan)
    save(tmp_path / "labels" / "a.nii", labels)
    save(tmp_path / "images" / "b.nii.gz", scan)
    assert names(scans_in(tmp_path, "neuromorphometrics")) == ["a"]


def test_a_folder_without_pairs_is_refused_in_one_sentence(tmp_path, scan):
    save(tmp_path / "a_T1w.nii.gz", scan)
    with pytest.raises(EvaluationError, match=r"^[^.]*holds no scan with reference labels; .*\.$"):
        scans_in(tmp_path, "dlmuse")


def test_another_schemes_references_are_not_taken(tmp_path, scan, labels):
    save(tmp_path / "a_T1w.nii.gz", scan)
    save(tmp_path / "a_dlmuse.nii.gz", labels)
    with pytest.raises(EvaluationError):
        scans_in(tmp_path, "synthseg")


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(EvaluationError, match="There is no folder"):
        scans_in(tmp_path / "nowhere", "dlmuse")


def test_two_scans_for_one_reference_are_not_guessed_between(tmp_path, scan, labels):
    save(tmp_path / "a_T1w.nii.gz", scan)
    save(tmp_path / "a_T2w.nii.gz", scan)
    save(tmp_path / "a_dlmuse.nii.gz", labels)
    with pytest.raises(EvaluationError, match="several scans"):
        scans_in(tmp_path, "dlmuse")


def test_a_reference_on_other_voxels_is_refused(tmp_path, scan, labels):
    with pytest.raises(EvaluationError, match="does not lie on the voxels"):
        read_pair(save(tmp_path / "a.nii.gz", scan), save(tmp_path / "l.nii.gz", labels, SHIFTED))


def test_a_reference_with_fractions_is_refused(tmp_path, scan):
    with pytest.raises(EvaluationError, match="holds fractions"):
        read_pair(save(tmp_path / "a.nii.gz", scan), save(tmp_path / "l.nii.gz", scan))


def test_a_damaged_scan_says_so(tmp_path, labels):
    (tmp_path / "a.nii.gz").write_bytes(b"nothing")
    with pytest.raises(BadFileError):
        read_pair(tmp_path / "a.nii.gz", save(tmp_path / "l.nii.gz", labels))


def test_held_out_label_maps_become_scans_that_are_the_same_every_time(data):
    (only,) = held_out_scans(data)
    assert only.name == "synthseg_05"
    volume, reference = only.read()
    expected = head(3)[2:38, 2:38, 2:38]
    assert np.array_equal(reference, np.where(expected == 510, 0, expected))
    assert volume.data.std() > 0
    assert np.array_equal(only.read()[0].data, volume.data)


def test_held_out_label_maps_have_to_be_there(tmp_path):
    save(tmp_path / "labelmaps" / "a.nii.gz", head(0))
    with pytest.raises(EvaluationError, match="held-out"):
        held_out_scans(tmp_path)


def test_the_numbering_of_held_out_maps_is_ours(data):
    (only,) = held_out_scans(data)
    assert {v for group in only.scheme.groups.values() for v in group} <= set(synthseg33().values.tolist())
