"""Marked as synthetic or research only, belonging to nobody, with names and codes that others understand."""

from dataclasses import replace

import numpy as np
import pydicom
import pytest
from pydicom.sr.codedict import codes

from engine.case import Case
from engine.dicom_export.codes import CODES, PRIVATE, category_of, code_of, side_of
from engine.dicom_export.identity import identity_of
from engine.dicom_export.job import IMAGE, LABELS, ExportDicomJob
from engine.dicom_export.stacking import stack_of
from engine.errors import BadFileError, BadLabelsError, OutputError
from engine.grid import Grid
from engine.labels import synthseg33
from engine.progress import result_of
from engine.volume import LabelMap, Volume
from tests.engine.conftest import AFFINES
from tests.engine.dicom_export.conftest import exported, small_case


def written(case, folder):
    """Both files of a case whose labels are few, which takes little time."""
    few = np.where(np.isin(case.labels.data, (4, 14, 24, 43)), case.labels.data, 0)
    case = replace(case, labels=LabelMap(few, case.grid))
    exported(case, folder)
    return [pydicom.dcmread(folder / name) for name in (IMAGE, LABELS)]


@pytest.mark.parametrize(
    ("record", "mark", "who"),
    [
        ({"synthetic": True}, "SYNTHETIC", "SYNTHETIC^"),
        ({"morphed": True}, "MORPHED", "ANONYMOUS^"),
        ({"source": "/scans/John_Doe.nii.gz"}, "RESEARCH", "ANONYMOUS^"),
    ],
)
def test_both_files_say_what_they_are_and_whose_they_are_not(record, mark, who, tmp_path):
    for file in written(small_case(AFFINES["oblique"], **record), tmp_path / "dicom"):
        assert file.SeriesDescription.startswith(f"{mark}: ")
        assert "Research only, not for diagnosis" in file.SeriesDescription
        assert str(file.PatientName).startswith(who)
        assert file.PatientID.startswith(who.rstrip("^"))
        assert file.PatientIdentityRemoved == "YES"
        assert file.PatientBirthDate == file.PatientSex == ""
        assert file.ImageType[0] == "DERIVED"
        assert file.ContentQualification == "RESEARCH"
        for name in ("John", "Doe", "scans"):
            assert name not in str(file)


def test_the_same_case_gets_the_same_uids_and_another_one_others(case, tmp_path):
    first, again = identity_of(case), identity_of(replace(case, name="other"))
    assert first == again
    data = np.array(case.labels.data)
    data[0, 0, 0] = 16 if data[0, 0, 0] != 16 else 2
    edited = identity_of(replace(case, labels=LabelMap(data, case.grid)))
    assert (edited.study_uid, edited.image_uid) == (first.study_uid, first.image_uid)
    assert edited.labels_uid != first.labels_uid
    other = identity_of(small_case(AFFINES["RAS"]))
    assert not set(vars(other).values()) & {uid for uid in vars(first).values() if uid.startswith("2.25.")}
    exported(case, tmp_path / "dicom")
    image, labels = (pydicom.dcmread(tmp_path / "dicom" / name) for name in (IMAGE, LABELS))
    assert (image.SOPInstanceUID, labels.SOPInstanceUID) == (first.image_uid, first.labels_uid)
    assert all(pydicom.uid.UID(uid).is_valid for uid in vars(first).values() if uid.startswith("2.25."))


def test_the_same_case_at_the_same_time_is_the_same_image_file(case, tmp_path):
    for name in ("one", "two"):
        exported(replace(case, labels=None), tmp_path / name)
    assert (tmp_path / "one" / IMAGE).read_bytes() == (tmp_path / "two" / IMAGE).read_bytes()


def test_segments_carry_the_codes_of_dicom_with_their_side(case, tmp_path):
    _, seg = written(case, tmp_path / "dicom")
    found = {segment.SegmentLabel: segment for segment in seg.SegmentSequence}
    lateral = found["Right lateral ventricle"].SegmentedPropertyTypeCodeSequence[0]
    assert (lateral.CodeValue, lateral.CodingSchemeDesignator) == ("66720007", "SCT")
    assert lateral.SegmentedPropertyTypeModifierCodeSequence[0].CodeMeaning == "Right"
    third = found["Third ventricle"].SegmentedPropertyTypeCodeSequence[0]
    assert "SegmentedPropertyTypeModifierCodeSequence" not in third
    csf = found["Extracerebral CSF"]
    assert csf.SegmentedPropertyCategoryCodeSequence[0].CodeMeaning == "Body Substance"
    assert "Left hippocampus" not in found


def test_every_structure_has_a_code_of_the_standard():
    table = synthseg33()
    known = {code.value for name in codes.cid7140.dir() for code in [getattr(codes.cid7140, name)]}
    known |= {codes.SCT.CerebrospinalFluid.value, codes.SCT.Thalamus.value, codes.SCT.CerebralCortex.value}
    for label in table.labels:
        if label.value:
            code = code_of(label.value, table)
            assert code.scheme != PRIVATE
            assert code.value in known, label.name
            assert code == code_of(label.mirror, table)
    assert len({code.value for code in CODES.values()}) == len(CODES)
    assert side_of(4, table) != side_of(43, table)
    assert side_of(14, table) is None
    assert category_of(24).meaning == "Body Substance"


def test_a_table_of_other_structures_gets_private_codes():
    table = replace(synthseg33(), name="Another")
    assert code_of(4, table).scheme == PRIVATE


@pytest.mark.parametrize(
    ("record", "how"),
    [
        ({"segmentation": {"pack": {"name": "Pack", "version": "1"}}}, "AUTOMATIC"),
        ({"pack": {"name": "Pack", "version": "1"}, "synthetic": True}, "AUTOMATIC"),
        ({"pack": {"name": "Pack", "version": "1"}, "edits": [{"by": "hand", "voxels": 3}]}, "SEMIAUTOMATIC"),
        ({"morphed": True, "original": {"pack": {"name": "Pack", "version": "1"}}}, "AUTOMATIC"),
        ({"source": "drawn.nii.gz"}, "MANUAL"),
    ],
)
def test_segments_say_whether_a_model_or_a_hand_made_them(record, how, tmp_path):
    _, seg = written(small_case(AFFINES["RAS"], **record), tmp_path / "dicom")
    assert {segment.SegmentAlgorithmType for segment in seg.SegmentSequence} == {how}


def test_an_image_alone_is_exported_and_labels_alone_are_refused(case, tmp_path):
    exported(replace(case, labels=None), tmp_path / "image")
    assert [path.name for path in (tmp_path / "image").iterdir()] == [IMAGE]
    with pytest.raises(BadFileError, match="refers to its image"):
        exported(replace(case, image=None), tmp_path / "labels")
    assert not (tmp_path / "labels").exists()


def test_an_empty_label_map_is_refused_with_nothing_half_written(case, tmp_path):
    none = LabelMap(np.zeros_like(case.labels.data), case.grid)
    with pytest.raises(BadLabelsError, match="No voxel is labelled"):
        exported(replace(case, labels=none), tmp_path / "dicom")
    assert list(tmp_path.iterdir()) == []


def test_slanted_axes_are_refused():
    sheared = np.eye(4)
    sheared[0, 1] = 0.1
    with pytest.raises(OutputError, match="not at right angles"):
        stack_of(Grid((4, 4, 4), sheared))


def test_a_folder_that_holds_something_is_never_touched(case, tmp_path):
    (tmp_path / "dicom").mkdir()
    (tmp_path / "dicom" / "mine").touch()
    with pytest.raises(OutputError, match="not empty"):
        exported(case, tmp_path / "dicom")
    assert [path.name for path in (tmp_path / "dicom").iterdir()] == ["mine"]


def test_an_empty_folder_is_used(case, tmp_path):
    (tmp_path / "dicom").mkdir()
    result_of(ExportDicomJob(case, tmp_path / "dicom").run())
    assert sorted(path.name for path in (tmp_path / "dicom").iterdir()) == [IMAGE, LABELS]


def test_the_values_of_a_constant_image_survive(tmp_path):
    case = small_case(AFFINES["RAS"])
    exported(Case("flat", Volume(np.full(case.grid.shape, 7.25), case.grid)), tmp_path / "dicom")
    image = pydicom.dcmread(tmp_path / "dicom" / IMAGE)
    rescale = image.SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence[0]
    assert np.allclose(image.pixel_array * float(rescale.RescaleSlope) + float(rescale.RescaleIntercept), 7.25)
