"""The ``export-dicom`` command, as it is typed."""

from pathlib import Path

import pytest

from engine.io.case_folder import save_case
from engine.io.nifti import write_label_map, write_volume
from main import main
from tests.engine.conftest import AFFINES
from tests.engine.dicom_export.conftest import small_case


@pytest.fixture
def run(capsys):
    def run(*arguments):
        return main([str(argument) for argument in arguments]), *capsys.readouterr()

    return run


def test_a_case_becomes_two_dicom_files(run, tmp_path):
    save_case(small_case(AFFINES["oblique"], synthetic=True), tmp_path / "case")
    status, stdout, stderr = run("export-dicom", tmp_path / "case", "--out", tmp_path / "dicom")
    assert status == 0
    files = [Path(line) for line in stdout.splitlines()]
    assert files == [tmp_path / "dicom" / "image.dcm", tmp_path / "dicom" / "segmentation.dcm"]
    assert all(file.read_bytes()[128:132] == b"DICM" for file in files)
    assert "Labels" in stderr


def test_a_label_map_needs_its_scan(run, tmp_path):
    case = small_case(AFFINES["oblique"])
    assert case.image is not None
    assert case.labels is not None
    scan, labels = tmp_path / "scan.nii.gz", tmp_path / "labels.nii.gz"
    write_volume(scan, case.image)
    write_label_map(labels, case.labels)
    status, _, stderr = run("export-dicom", labels, "--out", tmp_path / "dicom")
    assert status == 2
    assert "refers to its image" in stderr
    assert run("export-dicom", labels, "--image", scan, "--out", tmp_path / "dicom")[0] == 0
    assert run("export-dicom", labels, "--image", scan, "--out", tmp_path / "dicom")[0] == 2
