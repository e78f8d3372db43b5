"""The ``report`` command, as it is typed."""

import numpy as np
import pytest

from engine.io.case_folder import save_case
from engine.io.nifti import write_label_map, write_volume
from engine.volume import LabelMap
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


def test_a_comparison_with_an_earlier_label_map_stands_in_the_report(run, tmp_path):
    now = head_map()
    data = np.array(now.data)
    data[(data == 4) & (np.indices(data.shape)[2] % 4 == 0)] = 2
    before = LabelMap(data, now.grid)
    write_label_map(tmp_path / "before.nii.gz", before)
    write_label_map(tmp_path / "now.nii.gz", now)
    out = tmp_path / "report.html"
    assert run("report", tmp_path / "now.nii.gz", "--compare", tmp_path / "before.nii.gz", "--out", out)[0] == 0
    html = out.read_text(encoding="utf-8")
    assert f"Comparison: first {tmp_path / 'before.nii.gz'}, second now" in html
    first, second = ((labels.data == 4).sum() * 0.008 for labels in (before, now))
    row = html[html.rindex("<td>Left lateral ventricle</td>") :].split("</tr>")[0]
    cells = [cell.split("</td>")[0] for cell in row.split("<td>")][2:]
    dice = 2 * first / (first + second)
    assert cells[0] == f"{dice:.3f}"
    assert cells[3:] == [
        f"{first:.2f}", f"{second:.2f}", f"{second - first:+.2f}", f"{100 * (second - first) / first:+.1f}"
    ]  # fmt: skip
    assert html.index("Comparison:") < html.index("Left lateral ventricle")


def test_a_scan_cannot_be_compared_with(run, tmp_path):
    write_volume(tmp_path / "scan.nii.gz", image_of(head_case()))
    write_label_map(tmp_path / "labels.nii.gz", head_map())
    scan, labels = tmp_path / "scan.nii.gz", tmp_path / "labels.nii.gz"
    status, _, stderr = run("report", labels, "--compare", scan, "--out", tmp_path / "report.html")
    assert status == 2
    assert "no label map to compare with" in stderr
