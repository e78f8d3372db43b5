"""What was written is read back by SimpleITK and highdicom, which know nothing of us."""

import subprocess
from dataclasses import replace
from shutil import which

import highdicom as hd
import numpy as np
import pydicom
import pytest
import SimpleITK

from engine.dicom_export.job import IMAGE, LABELS
from engine.grid import Grid
from engine.io.case_folder import open_any
from tests.engine.conftest import AFFINES
from tests.engine.dicom_export.conftest import exported, small_case

DCIODVFY = which("dciodvfy")


def read_image(path):
    """Values (I, J, K) and the grid in RAS of a DICOM file, as SimpleITK sees it."""
    image = SimpleITK.ReadImage(str(path))
    direction = np.array(image.GetDirection()).reshape(3, 3)
    affine = np.eye(4)
    affine[:3, :3] = direction * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    affine = np.diag([-1, -1, 1, 1]) @ affine
    return SimpleITK.GetArrayFromImage(image).T, Grid(image.GetSize(), affine)


def at_same_places(data, grid, other):
    """The values of ``data`` on ``grid`` in the voxels of the grid ``other``, every one of which must lie on one."""
    index = np.moveaxis(np.indices(other.shape), 0, -1)
    places = grid.world_to_voxel(other.voxel_to_world(index))
    assert np.abs(places - np.rint(places)).max() < 2e-3
    return data[tuple(np.moveaxis(np.rint(places).astype(int), -1, 0))]


def test_the_image_has_the_same_value_at_the_same_place_in_the_patient(any_case, tmp_path):
    exported(replace(any_case, labels=None), tmp_path / "dicom")
    data, grid = read_image(tmp_path / "dicom" / IMAGE)
    assert sorted(grid.shape) == sorted(any_case.grid.shape)
    assert np.array_equal(at_same_places(any_case.image.data, any_case.grid, grid), data)
    # Frames go from the feet to the head, rows to the back, columns to the left.
    assert grid.codes == "LPS"
    assert np.linalg.det(grid.direction) > 0.99


@pytest.mark.parametrize("mark", ["synthetic", "morphed"])
def test_a_made_case_says_so_after_it_was_opened_again(tmp_path, mark):
    case = small_case(AFFINES["oblique"], **{mark: True})
    exported(replace(case, labels=None), tmp_path / "dicom")
    again, _ = open_any(tmp_path / "dicom")
    assert (again.synthetic, again.morphed) == (mark == "synthetic", mark == "morphed")


def test_fractions_come_back_to_a_65535th_of_their_span(tmp_path):
    case = small_case(AFFINES["oblique"], whole=False)
    exported(replace(case, labels=None), tmp_path / "dicom")
    data, grid = read_image(tmp_path / "dicom" / IMAGE)
    assert case.image is not None
    span = float(np.ptp(case.image.data))
    assert np.abs(at_same_places(case.image.data, case.grid, grid) - data).max() <= 0.51 * span / 65535


def test_every_label_is_a_segment_with_its_voxels(any_case, tmp_path):
    exported(any_case, tmp_path / "dicom")
    image = pydicom.dcmread(tmp_path / "dicom" / IMAGE)
    seg = hd.seg.segread(tmp_path / "dicom" / LABELS)
    volume = seg.get_volume(combine_segments=True, rescale_fractional=False, allow_missing_positions=True)
    affine = np.diag([-1, -1, 1, 1]) @ volume.affine
    names = [seg.get_segment_description(number).segment_label for number in seg.segment_numbers]
    table = any_case.labels.table
    values = np.array([0, *(next(part.value for part in table.labels if part.name == name) for name in names)])
    found = values[volume.array]
    there = at_same_places(any_case.labels.data, any_case.grid, Grid(found.shape, affine))
    assert np.array_equal(there, found)
    # Frames without a label are left out; nothing of the label map is.
    assert [(found == value).sum() for value in values[1:]] == [(any_case.labels.data == v).sum() for v in values[1:]]
    assert seg.ReferencedSeriesSequence[0].SeriesInstanceUID == image.SeriesInstanceUID
    referenced = seg.ReferencedSeriesSequence[0].ReferencedInstanceSequence[0]
    assert referenced.ReferencedSOPInstanceUID == image.SOPInstanceUID
    assert seg.FrameOfReferenceUID == image.FrameOfReferenceUID
    assert seg.StudyInstanceUID == image.StudyInstanceUID


@pytest.mark.skipif(DCIODVFY is None, reason="dciodvfy of Debian's dicom3tools is not installed")
@pytest.mark.parametrize("record", [{"synthetic": True}, {"source": "scan.nii.gz"}])
def test_a_validator_finds_no_error(record, tmp_path):
    exported(small_case(AFFINES["oblique"], whole="synthetic" not in record, **record), tmp_path / "dicom")
    for name in (IMAGE, LABELS):
        said = subprocess.run([str(DCIODVFY), tmp_path / "dicom" / name], capture_output=True, text=True, check=False)
        lines = (said.stdout + said.stderr).splitlines()
        assert [line for line in lines if "Error" in line or ("Warning" in line and "DICOMDIR" not in line)] == []
        assert lines[-1] in ("EnhancedMRImage", "Segmentation")
