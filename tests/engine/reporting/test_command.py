"""The ``report`` command, as it is typed."""

import pytest

from engine.io.case_folder import save_case
from engine.io.nifti import write_label_map, write_volume
from main import main
from tests.engine.reporting.conftest import head_case, head_map, image_of


@pytest.fixture
def run(capsys):
    def run(*arguments):
        return main([str(argument) for argument in arguments]), *capsys.readouterr()

    return run


def test_a_label_map_and_its_scan_become_a_report(run, tmp_path):
    case = head_case()
    write_label_map(tmp_path / "labels.nii.gz", head_map())
    write_volume(tmp_path / "scan.nii.gz", image_of(case))
    out = tmp_path / "report.html"
    status, stdout, stderr = run(
        "report", tmp_path / "labels.nii.gz", "--image", tmp_path / "scan.nii.gz", "--out", out
    )
    assert (status, stdout) == (0, f"{out}\n")
    assert "Pictures" in stderr
    assert "labels alone" not in stderr
    html = out.read_text(encoding="utf-8")
    assert "<b>RESEARCH USE ONLY</b>" in html
    assert "Ventricles of labels" in html


def test_a_synthetic_case_without_image_says_so_and_stays_synthetic(run, tmp_path):
    save_case(head_case(synthetic=True), tmp_path / "case")
    (tmp_path / "case" / "image.nii.gz").unlink()
    status, _, stderr = run("report", tmp_path / "case", "--out", tmp_path / "report.html")
    assert status == 0
    assert "the report shows the labels alone" in stderr
    assert "<b>SYNTHETIC</b>" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_wrong_ending_is_refused_at_once(run, tmp_path):
    status, _, stderr = run("report", tmp_path / "none", "--out", tmp_path / "report.txt")
    assert status == 2
    assert "ending of .html or .pdf" in stderr
