from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from engine.errors import TrainingError
from engine.labels import CSF, synthseg33
from engine.training.label_maps import HELD_OUT, brain_box, files, read_head_map, read_head_maps, subject
from engine.training.shapes import GRID, intracranial_ml, placed, ventricular_ml
from engine.whole_head import CSF_REACH_MM

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "labelmaps" / "synthseg_01.nii.gz"

LIA = np.array([[-1.0, 0, 0, 60], [0, 0, 1, -40], [0, -1, 0, 50], [0, 0, 0, 1]])
SCALP, LESION, VESSEL = 510, 25, 30


@pytest.fixture
def values(brain):
    """(44, 48, 52) label values, RAS: the small brain in a scalp, a lesion inside it and a vessel on its surface."""
    values = np.zeros((44, 48, 52), np.int16)
    values[2:40, 2:40, 3:50] = SCALP
    inner = synthseg33().values[brain]
    values[6:38, 6:38, 10:42] = np.where(inner > 0, inner, SCALP)
    return values


def write(values, path, affine=LIA):
    """Write RAS values in the axis order of an affine, as a scanner's software would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ras = nib.Nifti1Image(values, np.eye(4))
    turn = nib.orientations.ornt_transform(nib.io_orientation(np.eye(4)), nib.io_orientation(affine))
    image = nib.Nifti1Image(np.asarray(ras.as_reoriented(turn).dataobj), affine)
    nib.save(image, path)
    return path


def test_a_map_in_any_orientation_comes_back_ras_and_cropped_to_the_head(values, tmp_path):
    head = read_head_map(write(values, tmp_path / "labelmaps" / "a.nii.gz"))
    assert head.name == "a"
    cropped = values[2:40, 2:40, 3:50]
    assert np.array_equal(head.values[head.tissue], cropped)
    brain_voxels = (cropped != SCALP) & (cropped != 0)
    assert np.array_equal(head.classes > 0, brain_voxels)
    assert np.array_equal(synthseg33().values[head.classes][brain_voxels], cropped[brain_voxels])


def test_the_centre_is_the_middle_of_the_brain_without_csf(values, tmp_path):
    head = read_head_map(write(values, tmp_path / "a.nii.gz"))
    tissue = np.argwhere(~np.isin(values, [0, SCALP, CSF])) - (2, 2, 3)
    assert np.allclose(head.centre, (tissue.min(axis=0) + tissue.max(axis=0)) / 2)


def test_what_is_no_class_of_its_own_takes_the_class_beside_it(values, tmp_path):
    putamen = np.argwhere(values == 12)
    place = tuple(np.median(putamen, axis=0).astype(int))
    assert values[place] == 12
    values[place] = LESION
    head = read_head_map(write(values, tmp_path / "a.nii.gz"))
    inside = tuple(np.array(place) - (2, 2, 3))
    assert synthseg33().values[head.classes[inside]] == 12
    # It looks different all the same.
    assert head.values[head.tissue[inside]] == LESION


def test_csf_far_from_the_brain_is_not_of_the_skulls_contents(values, tmp_path):
    values[20:22, 20:22, 3:10] = CSF
    long = np.zeros((44, 48, 52 + 20), np.int16)
    long[:, :, 20:] = values
    long[20:22, 20:22, 5:23] = CSF
    head = read_head_map(write(long, tmp_path / "a.nii.gz"))
    canal = head.classes[18, 18] == synthseg33().class_of_value[CSF]
    tissue = np.argwhere((head.classes > 0) & (head.classes != synthseg33().class_of_value[CSF]))
    assert canal.any()
    for k in np.flatnonzero(canal):
        assert np.linalg.norm(tissue - np.array([18, 18, k]), axis=1).min() <= CSF_REACH_MM
    assert (head.values[head.tissue][18, 18] == CSF).sum() > canal.sum()


def test_a_map_that_lacks_a_structure_is_refused_by_its_number(values, tmp_path):
    values[values == 15] = 2
    with pytest.raises(TrainingError, match=r"lacks the structures \[15\]"):
        read_head_map(write(values, tmp_path / "a.nii.gz"))


def test_a_map_of_another_voxel_size_is_refused(values, tmp_path):
    affine = LIA.copy()
    affine[2, 1] = -1.2
    with pytest.raises(TrainingError, match=r"must have 1 mm"):
        read_head_map(write(values, tmp_path / "a.nii.gz", affine))


def test_a_file_that_is_no_image_is_refused(tmp_path):
    path = tmp_path / "a.nii.gz"
    path.write_bytes(b"no image")
    with pytest.raises(TrainingError, match="cannot be read as a label map"):
        read_head_map(path)


def test_held_out_maps_are_never_read(values, tmp_path):
    for name in (HELD_OUT[0], "synthseg_99"):
        write(values, tmp_path / "labelmaps" / f"{name}.nii.gz")
    assert [head.name for head in read_head_maps(tmp_path)] == ["synthseg_99"]
    assert len(read_head_maps(tmp_path, held_out=())) == 2


def test_nothing_but_held_out_maps_is_nothing_to_train_on(tmp_path):
    (tmp_path / "labelmaps").mkdir()
    (tmp_path / "labelmaps" / f"{HELD_OUT[0]}.nii.gz").touch()
    with pytest.raises(TrainingError, match="held out"):
        read_head_maps(tmp_path)


def test_an_empty_folder_is_refused(tmp_path):
    for folder in ("labelmaps", "no_such_folder"):
        with pytest.raises(TrainingError, match=r"no NIfTI files in .*; see README\.md"):
            files(tmp_path, folder)


def test_files_come_sorted_and_named_without_their_suffix(tmp_path):
    (tmp_path / "t1_head").mkdir()
    for name in ("b.nii.gz", "a.nii.gz", "notes.txt"):
        (tmp_path / "t1_head" / name).touch()
    assert [subject(path) for path in files(tmp_path, "t1_head")] == ["a", "b"]


def test_the_box_of_the_brain_leaves_csf_out(brain):
    box = brain_box(brain)
    tissue = (brain != 0) & (brain != synthseg33().class_of_value[CSF])
    assert tissue[box].sum() == tissue.sum()
    assert all(tissue[box].any(axis=tuple({0, 1, 2} - {axis}))[[0, -1]].all() for axis in range(3))


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_file(), reason="the label maps of ../shared/data are not there")
def test_a_real_label_map_has_every_class_and_a_brains_volumes():
    head = read_head_map(REAL)
    assert len(np.unique(head.classes)) == 33
    assert 1000 < intracranial_ml(head.classes) < 2000
    assert 5 < ventricular_ml(head.classes) < 100
    assert head.values[head.tissue].max() > 500
    # Voxels run to the right: left structures lie at smaller i.
    i = np.arange(head.classes.shape[0])[:, None, None]
    left, right = (head.classes == synthseg33().class_of_value[v] for v in (4, 43))
    assert (i * left).sum() / left.sum() < (i * right).sum() / right.sum()
    # And the whole brain fits into the models' grid.
    assert np.count_nonzero(placed(head.classes, head.centre, GRID)) == np.count_nonzero(head.classes)
