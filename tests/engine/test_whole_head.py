import nibabel as nib
import numpy as np
import pytest

from engine.io.case_folder import open_any
from engine.io.nifti import read_any, read_label_map, read_labels
from engine.labels import CSF, synthseg33
from engine.volume import LabelMap, Volume
from engine.whole_head import CSF_REACH_MM, brain_values, is_whole_head, understood

SCALP, LESION = 510, 25
TABLE = synthseg33()


@pytest.fixture
def head():
    """(20, 20, 60) values: every structure of the table as a block of white matter's size, in a scalp."""
    values = np.full((20, 20, 60), SCALP, np.int32)
    values[[0, -1]] = 0
    brain = np.resize(TABLE.values[1:], (4, 4, 4)).repeat(4, 0).repeat(4, 1).repeat(4, 2)
    values[2:18, 2:18, 40:56] = brain
    return values


@pytest.fixture
def file(head, tmp_path):
    path = tmp_path / "head.nii.gz"
    image = nib.Nifti1Image(head.astype(np.int16), np.diag([1.0, 1, 1, 1]))
    nib.save(image, path)
    return path


def test_tissue_outside_the_brain_becomes_background_and_the_rest_stays(head):
    assert is_whole_head(head, TABLE)
    found, note = understood(head, (1, 1, 1), TABLE)
    assert np.array_equal(found, np.where(head == SCALP, 0, head))
    assert "outside the brain (510 to 510) is left out" in note


def test_a_small_structure_takes_the_label_beside_it(head):
    at = (3, 3, 41)
    expected = head[at]
    head[at] = LESION
    found, note = understood(head, (1, 1, 1), TABLE)
    assert found[at] == expected
    assert "small structures (25)" in note


def test_what_is_beside_counts_in_millimetres(head):
    head[9:11, 2:18, 40:56] = LESION
    head[8, 2:18, 40:56], head[11, 2:18, 40:56], head[11, 2, 41] = 2, 41, LESION
    assert brain_values(head, (1, 9, 9), TABLE)[10, 5, 45] == 41
    assert brain_values(head, (9, 9, 9), TABLE)[9, 5, 45] == 2


def test_parcels_are_the_structures_they_divide(head):
    cases = {1022: 3, 2030: 42, 3005: 2, 4005: 41, 5001: 2, 5002: 41}
    for n, parcel in enumerate(cases):
        head[2 + n, 2:18, 40:56] = parcel
    found, note = understood(head, (1, 1, 1), TABLE)
    for n, whole in enumerate(cases.values()):
        assert (found[2 + n, 2:18, 40:56] == whole).all()
    assert "parcels" in note


@pytest.mark.parametrize("size", [0.7, 1.0, 2.5])
def test_csf_down_the_spinal_canal_ends_where_the_brain_is_far(head, size):
    head[9, 9, :40] = CSF
    found = brain_values(head, (size, size, size), TABLE)
    kept = np.flatnonzero(found[9, 9, :40] == CSF)
    tissue = np.argwhere((found > 0) & (found != CSF))
    nearest = [size * np.linalg.norm(tissue - (9, 9, k), axis=1).min() for k in range(40)]
    assert kept.tolist() == [k for k in range(40) if nearest[k] <= CSF_REACH_MM]
    assert 0 < len(kept) < 40


def test_grey_values_are_no_whole_head(rng):
    assert not is_whole_head(rng.integers(0, 900, (30, 30, 30)), TABLE)
    assert not is_whole_head(rng.integers(0, 61, (30, 30, 30)), TABLE)
    assert not is_whole_head(np.array([[[0, -1]]]), TABLE)
    assert not is_whole_head(np.array([[[0, 9000]]]), TABLE)


def test_a_map_with_too_much_that_is_unknown_is_no_whole_head(head):
    head[2:6] = 99
    assert not is_whole_head(head, TABLE)


def test_a_file_of_a_whole_head_is_opened_as_its_label_map_and_that_is_said(head, file):
    expected = np.where(head == SCALP, 0, head)
    labels, notes = read_labels(file)
    assert np.array_equal(labels.data, expected)
    assert len(notes) == 1
    assert notes[0].startswith("head.nii.gz: ")
    assert np.array_equal(read_label_map(file).data, expected)
    opened = read_any(file)
    assert isinstance(opened.content, LabelMap)
    assert opened.notes == notes
    case, said = open_any(file)
    assert case.labels is not None
    assert np.array_equal(case.labels.data, expected)
    assert notes[0] in said


def test_a_scan_of_whole_numbers_stays_a_scan(tmp_path, rng):
    path = tmp_path / "scan.nii"
    nib.save(nib.Nifti1Image(rng.integers(0, 900, (20, 20, 20)).astype(np.int16), np.eye(4)), path)
    assert isinstance(read_any(path).content, Volume)
