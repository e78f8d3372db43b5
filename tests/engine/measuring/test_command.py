import csv
import json

import nibabel as nib
import numpy as np
import pytest

from engine.errors import BadFileError, BadLabelsError, OutputError
from engine.io.nifti import write_label_map
from engine.measuring.command import measure


@pytest.fixture
def cases(tmp_path, labels):
    """A folder with one label map, one case folder, and one file that is no image."""
    folder = tmp_path / "cases"
    (folder / "b").mkdir(parents=True)
    write_label_map(folder / "a.nii.gz", labels)
    write_label_map(folder / "b" / "labels.nii.gz", labels)
    (folder / "c.nii.gz").write_bytes(b"nothing of the kind")
    (folder / "readme.txt").write_text("passed over")
    return folder


def test_one_file_is_one_json_object_with_volumes_and_measures(cases, labels, capsys):
    measure([cases / "a.nii.gz"], as_json=True)
    data = json.loads(capsys.readouterr().out)
    assert data["file"] == str(cases / "a.nii.gz")
    ventricles = np.isin(labels.data, [4, 43, 5, 44, 14, 15]).sum() * labels.grid.voxel_ml
    assert data["ventricular_ml"] == pytest.approx(ventricles, abs=5e-4)
    keys = [entry["key"] for entry in data["measures"]]
    assert {"evans_index", "callosal_angle", "third_ventricle_width"} < set(keys)
    assert [part["group"] for part in data["groups"]][:2] == ["white matter", "cortex"]


def test_a_bad_file_in_a_folder_is_told_and_the_rest_goes_on(cases, tmp_path, capsys):
    with pytest.raises(BadFileError, match="1 of 3 files"):
        measure([cases], as_json=True, table=tmp_path / "all.csv")
    out, err = capsys.readouterr()
    files = [str(cases / "a.nii.gz"), str(cases / "b" / "labels.nii.gz")]
    assert [entry["file"] for entry in json.loads(out)] == files
    assert "c.nii.gz could not be read" in err
    with (tmp_path / "all.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == files
    assert float(rows[0]["ventricular_ml"]) > 0


def test_a_case_folder_is_its_label_map(cases, capsys):
    measure([cases / "b"])
    out, _ = capsys.readouterr()
    assert "Ventricular volume" in out
    assert "Evans index" in out


def test_freesurfers_files_are_measured_and_its_scans_refused(labels, tmp_path, capsys):
    affine = labels.grid.affine
    nib.MGHImage(np.asarray(labels.data, np.int32), affine).to_filename(tmp_path / "aseg.mgz")
    measure([tmp_path], as_json=True)
    ventricles = np.isin(labels.data, [4, 43, 5, 44, 14, 15]).sum() * labels.grid.voxel_ml
    assert json.loads(capsys.readouterr().out)[0]["ventricular_ml"] == pytest.approx(ventricles, abs=5e-4)
    nib.MGHImage(np.asarray(labels.data, np.float32) + 0.5, affine).to_filename(tmp_path / "T1.mgz")
    with pytest.raises(BadLabelsError, match="segment it first"):
        measure([tmp_path / "T1.mgz"])


def test_a_bad_single_file_is_the_error_itself(cases, capsys):
    with pytest.raises(BadFileError, match=r"c\.nii\.gz"):
        measure([cases / "c.nii.gz"])
    assert capsys.readouterr() == ("", "")


def test_a_folder_without_label_maps_is_refused(tmp_path):
    with pytest.raises(BadFileError, match="holds no label maps"):
        measure([tmp_path])


def test_a_table_that_cannot_be_written_is_said(cases, tmp_path):
    with pytest.raises(OutputError, match="could not be written"):
        measure([cases / "a.nii.gz"], table=tmp_path / "none" / "all.csv")


def test_what_was_moved_by_hand_in_a_case_is_measured_as_it_was_moved(cases, straight, capsys):
    write_label_map(cases / "b" / "labels.nii.gz", straight)
    measure([cases / "b"], as_json=True)
    data = json.loads(capsys.readouterr().out)
    entry = next(one for one in data["measures"] if one["key"] == "third_ventricle_width")
    line = entry["lines"][0] | {"end": [part + 3 * n for n, part in enumerate(entry["lines"][0]["end"])]}
    moved = {"kind": "moved", "by": "hand", "key": "third_ventricle_width", "lines": [line]}
    (cases / "b" / "case.json").write_text(json.dumps({"measurements": [moved]}))
    measure([cases / "b"], as_json=True)
    data = json.loads(capsys.readouterr().out)
    after = next(one for one in data["measures"] if one["key"] == "third_ventricle_width")
    length = np.linalg.norm(np.subtract(line["end"], line["start"]))
    assert after["value"] == pytest.approx(length, abs=0.01)
    assert after["by_hand"]
    assert not entry["by_hand"]
    assert data["measurements"] == [moved]
    measure([cases / "b"])
    assert "(by hand)" in capsys.readouterr().out


def test_a_damaged_record_does_not_keep_a_label_map_from_being_measured(cases, capsys):
    (cases / "b" / "case.json").write_text("{")
    measure([cases / "b"], as_json=True)
    assert json.loads(capsys.readouterr().out)["measurements"] == []
