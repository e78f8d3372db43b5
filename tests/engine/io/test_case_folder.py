import csv
import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from engine.case import Case
from engine.errors import BadFileError, OutputError
from engine.io import case_folder
from engine.io.case_folder import check_new_folder, open_any, open_case, save_case
from engine.io.nifti import write_label_map, write_volume
from engine.volume import LabelMap


@pytest.fixture
def case(volume, labels):
    """A generated case with everything."""
    return Case("case-0001", volume, labels, {"synthetic": True, "recipe": {"anatomy_seed": 1}})


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


EVERYTHING = ["case.json", "image.nii.gz", "labels.nii.gz", "volumes.csv"]


def test_a_case_comes_back_as_it_was(tmp_path, case):
    folder = save_case(case, tmp_path / "new" / "case")
    assert files(folder) == EVERYTHING
    assert files(tmp_path) == ["new", "new/case", *(f"new/case/{name}" for name in EVERYTHING)]
    back = open_case(folder)
    assert back.image is not None
    assert back.labels is not None
    assert np.array_equal(back.image.data, case.image.data)
    assert np.array_equal(back.labels.data, case.labels.data)
    assert back.grid == case.grid
    assert back.synthetic
    assert back.provenance["recipe"] == {"anatomy_seed": 1}
    assert open_any(folder)[0].name == "case"


def test_what_a_case_lacks_is_not_written(tmp_path, volume, labels):
    assert files(save_case(Case("a", volume), tmp_path / "a")) == ["case.json", "image.nii.gz"]
    assert files(save_case(Case("b", labels=labels), tmp_path / "b")) == ["case.json", "labels.nii.gz", "volumes.csv"]
    assert open_case(tmp_path / "a").labels is None
    assert open_case(tmp_path / "b").image is None


def test_the_record_says_the_cases_own_name_and_mark(tmp_path, volume):
    first = save_case(Case("first", volume, provenance={"synthetic": True}), tmp_path / "first")
    again = open_case(first)
    second = save_case(Case("second", again.image, provenance=again.provenance), tmp_path / "second")
    record = json.loads((second / "case.json").read_text(encoding="utf-8"))
    assert (record["name"], record["synthetic"]) == ("second", True)


def test_synthetic_stands_in_every_header_and_survives_without_the_folder(tmp_path, case):
    folder = save_case(case, tmp_path / "case")
    for name in ("image.nii.gz", "labels.nii.gz"):
        assert nib.load(folder / name).header["descrip"].item().startswith(b"SYNTHETIC")
        assert open_any(folder / name)[0].synthetic


def test_a_real_case_is_not_marked(tmp_path, volume):
    folder = save_case(Case("real", volume), tmp_path / "case")
    assert b"SYNTHETIC" not in nib.load(folder / "image.nii.gz").header["descrip"].item()
    assert not open_any(folder / "image.nii.gz")[0].synthetic
    assert not open_any(folder)[0].synthetic


@pytest.mark.parametrize("synthetic", [True, False])
def test_morphed_stands_in_every_header_and_survives_without_the_folder(tmp_path, case, synthetic):
    morphed = replace(case, provenance={"synthetic": synthetic, "morphed": True})
    folder = save_case(morphed, tmp_path / "case")
    for name in ("image.nii.gz", "labels.nii.gz"):
        assert b"MORPHED" in nib.load(folder / name).header["descrip"].item()
        opened = open_any(folder / name)[0]
        assert (opened.synthetic, opened.morphed) == (synthetic, True)
    assert open_case(folder).morphed


def test_volumes_are_a_table_in_ml_without_zeros(tmp_path, grid):
    data = np.zeros(grid.shape, int)
    data[:3] = 4
    save_case(Case("a", labels=LabelMap(data, grid)), tmp_path / "a")
    table = (tmp_path / "a/volumes.csv").read_text(encoding="utf-8")
    rows = {row["structure"]: row for row in csv.DictReader(table.splitlines())}
    assert float(rows["Left lateral ventricle"]["volume_ml"]) == pytest.approx(90 * grid.voxel_ml, abs=1e-3)
    assert rows["Left lateral ventricle"]["label"] == "4"
    assert rows["Right lateral ventricle"]["volume_ml"] == ""
    assert rows["Ventricular volume"]["volume_ml"] == rows["Intracranial volume"]["volume_ml"] != ""


def test_open_any_tells_a_scan_from_a_label_map(tmp_path, volume, labels):
    write_volume(tmp_path / "scan.nii.gz", volume)
    write_label_map(tmp_path / "labels.nii", labels)
    scan, notes = open_any(tmp_path / "scan.nii.gz")
    assert (scan.name, scan.labels, notes) == ("scan", None, ())
    found, notes = open_any(tmp_path / "labels.nii")
    assert (found.name, found.image) == ("labels", None)
    assert "label map" in notes[0]


def test_an_opened_label_map_without_ventricles_says_so(tmp_path, grid):
    data = np.resize([0, 2, 41], grid.shape)
    write_label_map(tmp_path / "labels.nii", LabelMap(data, grid))
    _, notes = open_any(tmp_path / "labels.nii")
    assert "no ventricular volume" in notes[1]


# What exists is never touched


def test_an_empty_folder_is_filled_and_stays_the_same_folder(tmp_path, case, monkeypatch):
    folder = tmp_path / "empty"
    folder.mkdir()
    before = folder.stat().st_ino
    monkeypatch.chdir(folder)
    save_case(case, Path())
    assert files(folder) == EVERYTHING
    assert folder.stat().st_ino == before


def test_a_folder_with_something_in_it_is_refused(tmp_path, case):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("work of years")
    with pytest.raises(OutputError, match="exists already and is not empty"):
        save_case(case, tmp_path / "full")
    assert files(tmp_path) == ["full", "full/thesis.txt"]


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="is a file"):
        check_new_folder(tmp_path / "file")
    with pytest.raises(OutputError, match="is a file"):
        check_new_folder(tmp_path / "file" / "case" / "deep")


def test_a_place_one_may_not_write_to_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OutputError, match="you may not write to"):
        check_new_folder(tmp_path / "a" / "b")


# A full disk


def full_disk(*_args, **_keywords):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("there", [False, True], ids=["new folder", "empty folder"])
@pytest.mark.parametrize("writer", ["nifti.write_label_map", "write_volumes", "write_json", "os.replace"])
def test_a_full_disk_leaves_nothing_behind(tmp_path, case, monkeypatch, writer, there):
    folder = tmp_path / "case"
    if there:
        folder.mkdir()
    monkeypatch.setattr(f"engine.io.case_folder.{writer}", full_disk)
    with pytest.raises(OutputError, match=f"no room left on the disk for {folder};"):
        save_case(case, folder)
    assert files(tmp_path) == (["case"] if there else [])


def test_a_full_disk_halfway_through_an_empty_folder_leaves_it_empty(tmp_path, case, monkeypatch):
    folder = tmp_path / "case"
    folder.mkdir()
    replace = os.replace

    def second_fails(source, target):
        if Path(target) == folder / "labels.nii.gz":
            full_disk()
        replace(source, target)

    monkeypatch.setattr(os, "replace", second_fails)
    with pytest.raises(OutputError, match=f"no room left on the disk for {folder};"):
        save_case(case, folder)
    assert files(tmp_path) == ["case"]


def test_a_full_disk_leaves_the_old_image_as_it_was(tmp_path, volume, monkeypatch):
    path = tmp_path / "image.nii.gz"
    write_volume(path, volume)
    before = path.read_bytes()

    def half_a_file(_image, where):
        Path(where).write_bytes(b"half")
        full_disk()

    monkeypatch.setattr(nib, "save", half_a_file)
    with pytest.raises(OutputError, match="No space left on device"):
        write_volume(path, volume)
    assert path.read_bytes() == before
    assert files(tmp_path) == ["image.nii.gz"]


def test_an_interrupted_save_leaves_nothing_behind(tmp_path, case, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(case_folder, "write_json", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save_case(case, tmp_path / "case")
    assert files(tmp_path) == []


# Damaged cases


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe"], ids=["empty", "cut", "list", "not text"])
def test_a_damaged_record_is_refused(tmp_path, case, content):
    folder = save_case(case, tmp_path / "case")
    (folder / "case.json").write_bytes(content)
    with pytest.raises(BadFileError, match="damaged"):
        open_case(folder)


def test_a_case_without_its_files_is_refused(tmp_path, case):
    folder = save_case(case, tmp_path / "case")
    (folder / "image.nii.gz").unlink()
    assert open_case(folder).image is None
    (folder / "labels.nii.gz").unlink()
    with pytest.raises(BadFileError, match="neither"):
        open_case(folder)
