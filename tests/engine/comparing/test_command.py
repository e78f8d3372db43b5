import csv
import json
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest

from engine import cli
from engine.comparing import command
from engine.comparing.difference import GAINED
from engine.grid import centred_grid
from engine.io.case_folder import save_case
from engine.labels import VENTRICLES
from tests.engine.comparing.conftest import grid_around, head, turned

COARSE = centred_grid((30, 36, 27), 3.6, np.zeros(3))


@pytest.fixture
def folders(tmp_path):
    """Two saved cases on one grid, the second with a larger left ventricle."""
    save_case(head(COARSE, name="first"), tmp_path / "first")
    save_case(head(COARSE, larger=1.3, name="second"), tmp_path / "second")
    return tmp_path / "first", tmp_path / "second"


def test_the_table_has_a_line_for_each_structure(folders, capsys):
    assert cli.main(["compare", *map(str, folders)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("structure ")
    assert "Left lateral ventricle" in out
    assert "Right inferior lateral ventricle" not in out
    assert "The same label in both: 9" in out


def test_json_and_csv_have_the_numbers_of_nibabel(folders, tmp_path, capsys):
    table = tmp_path / "table.csv"
    assert cli.main(["compare", *map(str, folders), "--json", "--csv", str(table)]) == 0
    data = json.loads(capsys.readouterr().out)
    a, b = (nib.load(folder / "labels.nii.gz") for folder in folders)
    one, other = (np.asarray(image.dataobj) == 4 for image in (a, b))
    voxel_ml = abs(np.linalg.det(a.affine[:3, :3])) / 1000
    row = next(row for row in data["structures"] if row["key"] == "4")
    assert row["first_ml"] == pytest.approx(one.sum() * voxel_ml, abs=1e-3)
    assert row["change_ml"] == pytest.approx((int(other.sum()) - int(one.sum())) * voxel_ml, abs=1e-3)
    assert row["dice"] == pytest.approx(2 * (one & other).sum() / (one.sum() + other.sum()), abs=1e-4)
    assert data["registration"] is None
    assert data["first"]["name"] == "first"
    with table.open(newline="") as file:
        lines = {line["structure"]: line for line in csv.DictReader(file)}
    assert float(lines["Left lateral ventricle"]["change_ml"]) == row["change_ml"]
    assert lines["Left lateral ventricle"]["label"] == "4"


def test_the_folder_has_the_difference_and_the_record(folders, tmp_path):
    out = tmp_path / "out"
    assert cli.main(["compare", *map(str, folders), "--out", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "comparison.csv",
        "comparison.json",
        "difference.nii.gz",
        "difference_ventricles.nii.gz",
    ]
    difference = np.asarray(nib.load(out / "difference_ventricles.nii.gz").dataobj)
    a, b = (np.asarray(nib.load(folder / "labels.nii.gz").dataobj) for folder in folders)
    gained = np.isin(b, VENTRICLES) & ~np.isin(a, VENTRICLES)
    assert np.array_equal(difference == GAINED, gained)


def test_registered_time_points_are_written_half_way_with_the_transform(tmp_path, capsys):
    import SimpleITK

    move = turned((5, -3, 6), (6, -2, 4))
    save_case(head(COARSE, noise=1.0), tmp_path / "a")
    save_case(head(grid_around((40, 48, 36), (2.7, 2.7, 2.7)), move, noise=1.0), tmp_path / "b")
    out = tmp_path / "out"
    assert cli.main(["compare", str(tmp_path / "a"), str(tmp_path / "b"), "--register", "--out", str(out)]) == 0
    assert "aligned rigidly" in capsys.readouterr().err
    transform = SimpleITK.ReadTransform(str(out / "first_to_second.tfm"))
    x, y, z = transform.TransformPoint((0.0, 0.0, 0.0))
    assert np.linalg.norm(move(np.zeros(3)) - (-x, -y, z)) < 0.5
    assert {"first_image.nii.gz", "second_labels.nii.gz"} <= {path.name for path in out.iterdir()}
    assert json.loads((out / "comparison.json").read_text(encoding="utf-8"))["registration"]["directions_apart_mm"] < 1


def test_what_cannot_be_compared_gets_a_sentence(folders, tmp_path, capsys):
    save_case(replace(head(COARSE), labels=None), tmp_path / "scan")
    for arguments, sentence in (
        ([str(folders[0]), str(tmp_path / "scan")], "has no label map; segment the scan first"),
        ([str(folders[0]), str(tmp_path / "nowhere")], "nowhere"),
        ([str(folders[0])], "nothing to read back; give two cases."),
        ([*map(str, folders), "--out", str(folders[0])], "is not empty"),
        ([*map(str, folders), "--csv", str(tmp_path / "no" / "t.csv")], "could not be written"),
    ):
        assert cli.main(["compare", *arguments]) == 2
        error = capsys.readouterr().err.strip().splitlines()[-1]
        assert sentence in error
        assert error.endswith(".")


def test_a_synthetic_case_is_compared_with_what_its_image_shows(tmp_path, capsys):
    made = replace(head(COARSE, name="made"), provenance={"synthetic": True})
    save_case(made, tmp_path / "made")
    asked = []

    def read_back(case):
        asked.append(case)
        yield from ()
        return head(COARSE, larger=1.2)

    def run(events):
        try:
            while True:
                next(events)
        except StopIteration as done:
            return done.value

    command.compare(tmp_path / "made", None, run=run, read_back=read_back, as_json=True)
    data = json.loads(capsys.readouterr().out)
    assert asked[0].synthetic
    assert data["second"]["name"] == "made, read from its image"
    assert next(row for row in data["structures"] if row["key"] == "4")["change_ml"] > 0
