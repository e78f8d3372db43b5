import gc
import io
import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from engine.case import Case
from engine.errors import BadFileError, ChangedFileError, OutputError
from engine.io import nifti
from engine.progress import result_of
from engine.recipe import Recipe
from engine.session_files.session_file import read_record, read_session, write_session
from engine.session_files.snapshot import Home, Reference, SavedCase, Snapshot, Stamp, stamp_of

ROOT = Path(__file__).resolve().parents[3]
EDITS = [{"tool": "brush", "by": "hand", "label": 4, "voxels": 12, "step": 1}]


@pytest.fixture
def snapshot(volume, labels):
    """A generated case that was corrected, and a scan."""
    made = Case("synthetic 80 mL", volume, labels, {"synthetic": True, "edits": EDITS})
    scan = Case("Schädel / 1", replace(volume))
    return Snapshot(
        (SavedCase(made, unsaved=True), SavedCase(scan)),
        0,
        Recipe(1, 2, (("ventricular_volume", 80.0), ("guidance", 2.5))),
        (1.5, -2.0, 3.25),
        {"display": {"opacity": 0.3, "hidden": [4, 43]}},
    )


@pytest.fixture
def path(tmp_path, snapshot):
    """The session in its file."""
    write(tmp_path / "work.ventrisynth", snapshot)
    return tmp_path / "work.ventrisynth"


def write(path, snapshot, **options):
    return result_of(write_session(path, snapshot, **options))


def read(path):
    return result_of(read_session(path))[0]


def with_record(path, change):
    """The file with another ``session.json``."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    record = json.loads(members["session.json"])
    change(record)
    members["session.json"] = json.dumps(record).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_a_session_comes_back_as_it_was(path, snapshot):
    back, stamp = result_of(read_session(path))
    assert stamp == stamp_of(path)
    for ours, theirs in zip(snapshot.cases, back.cases, strict=True):
        assert (ours.case.name, ours.unsaved) == (theirs.case.name, theirs.unsaved)
        assert theirs.case.image is not None
        assert np.array_equal(ours.case.image.data, theirs.case.image.data)
        assert ours.case.grid == theirs.case.grid
        assert theirs.case.synthetic == ours.case.synthetic
    assert back.cases[0].case.labels is not None
    assert np.array_equal(back.cases[0].case.labels.data, snapshot.cases[0].case.labels.data)
    assert back.cases[1].case.labels is None
    assert back.cases[0].case.provenance["edits"] == EDITS
    assert (back.recipe, back.crosshair, back.current) == (snapshot.recipe, snapshot.crosshair, 0)
    assert back.view == snapshot.view
    assert back.home is None


def test_every_field_of_the_record_is_described(path, snapshot):
    whole = replace(snapshot, home=Home(path, None), references=(Reference("made before", 0, None, snapshot.recipe),))
    write(path, whole)
    with zipfile.ZipFile(path) as archive:
        record = json.loads(archive.read("session.json"))
        members = archive.namelist()
    described = (ROOT / "docs/session-format.md").read_text(encoding="utf-8")
    fields = {*record, *record["cases"][0], *record["references"][0], "display", "panels", "enlarged"}
    assert [field for field in fields if f"`{field}`" not in described and f'"{field}"' not in described] == []
    assert members[0] in described


def test_only_the_file_itself_is_left_in_the_folder(path):
    assert list(path.parent.iterdir()) == [path]


def test_an_unpacked_session_is_read_by_anything(path, snapshot, tmp_path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "unpacked")
    image = nib.load(tmp_path / "unpacked/case-0001/image.nii.gz")
    assert np.array_equal(image.get_fdata(dtype=np.float32), snapshot.cases[0].case.image.data)
    assert image.header["descrip"].item().startswith(b"SYNTHETIC")
    record = json.loads((tmp_path / "unpacked/case-0001/case.json").read_text(encoding="utf-8"))
    assert record["synthetic"]
    assert record["edits"] == EDITS


def test_the_record_is_read_without_the_voxels(path):
    record = read_record(path)
    assert [part.name for part in record.parts] == ["synthetic 80 mL", "Schädel / 1"]
    assert record.saved.tzinfo is not None


def test_where_an_autosaved_session_belongs_is_remembered(tmp_path, snapshot):
    for stamp in (Stamp(2**61 + 1, 10), None):
        write(tmp_path / "auto.ventrisynth", replace(snapshot, home=Home(Path("/data/work.ventrisynth"), stamp)))
        home = read(tmp_path / "auto.ventrisynth").home
        assert (home.path, home.stamp) == (Path("/data/work.ventrisynth"), stamp)


def test_cases_that_can_be_had_again_are_referred_to(tmp_path, snapshot):
    references = (
        Reference("made before", 0, None, snapshot.recipe, "SYNTHETIC", 80.0, 80.4),
        Reference("opened before", 2, Path("/data/scan.nii.gz")),
    )
    write(tmp_path / "a.ventrisynth", replace(snapshot, references=references))
    assert read(tmp_path / "a.ventrisynth").references == references
    with_record(tmp_path / "a.ventrisynth", lambda r: r["references"][0].update(recipe=None))
    with pytest.raises(BadFileError, match="references"):
        read(tmp_path / "a.ventrisynth")


def test_a_snapshot_shows_one_of_its_cases(snapshot):
    with pytest.raises(ValueError, match="cannot be shown"):
        replace(snapshot, current=2)


# Files that are none


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.97, 0.999])
def test_a_truncated_session_is_refused(path, share):
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(BadFileError, match="not a whole VentriSynth session"):
        read(path)


def test_every_damaged_byte_of_the_voxels_is_noticed(path):
    whole = bytearray(path.read_bytes())
    at = whole.index(b"case-0001/labels.nii.gz") + 200
    whole[at] ^= 0xFF
    path.write_bytes(whole)
    with pytest.raises(BadFileError, match=r"\Awork\.ventrisynth"):
        read(path)


def test_a_foreign_archive_is_refused(tmp_path):
    path = tmp_path / "letter.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    with pytest.raises(BadFileError, match="not a VentriSynth session; choose a file that Save session wrote"):
        read(path)


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path):
    for path in (tmp_path / "none.ventrisynth", tmp_path):
        with pytest.raises(BadFileError, match="There is no file"):
            read(path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda r: r.update(version=2), "another version of VentriSynth"),
        (lambda r: r.update(format="Something"), "not a VentriSynth session"),
        (lambda r: r.pop("cases"), "'cases'"),
        (lambda r: r.update(cases=[]), "current"),
        (lambda r: r.update(current=True), "current"),
        (lambda r: r["cases"][0].update(unsaved="no"), "unsaved"),
        (lambda r: r["cases"][0].update(image=False, labels=False), "cases"),
        (lambda r: r.update(crosshair_mm=[1, 2]), "damaged"),
        (lambda r: r.update(crosshair_mm=[1, 2, float("nan")]), "crosshair_mm"),
        (lambda r: r.update(recipe={"anatomy_seed": 1}), "recipe is incomplete"),
        (lambda r: r.update(recipe={**r["recipe"], "anatomy_seed": -1}), "seed -1"),
        (lambda r: r.update(view=None), "view"),
        (lambda r: r.update(saved="yesterday"), "damaged"),
        (lambda r: r["cases"].append(r["cases"][0]), "case-0003"),
        (lambda r: r["cases"][1].update(labels=True), "case-0002"),
    ],
)
def test_a_wrong_record_is_one_sentence(path, change, says):
    with_record(path, change)
    with pytest.raises(BadFileError) as caught:
        read(path)
    sentence = str(caught.value)
    assert says in sentence
    assert sentence.startswith("work.ventrisynth")
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_a_record_that_is_no_text_is_refused(path):
    for content in (b"", b"{", b"[]", b"\xff\xfe"):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("session.json", content)
        path.write_bytes(packed.getvalue())
        with pytest.raises(BadFileError):
            read(path)


# Files that cannot be written


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.99])
def test_a_disk_that_fills_up_at_any_byte_leaves_the_old_session(path, snapshot, largest_file, share):
    before = path.read_bytes()
    largest_file(int(share * len(before)))
    with pytest.raises(OutputError, match=r"work\.ventrisynth is larger than a file may be there"):
        write(path, snapshot)
    largest_file(None)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_vanished_is_said(path, snapshot):
    with pytest.raises(OutputError, match="is not there; choose another folder"):
        write(path.parent / "gone" / "work.ventrisynth", snapshot)


def test_a_session_that_is_given_up_leaves_the_old_one(path, snapshot):
    before = path.read_bytes()
    writing = write_session(path, snapshot)
    next(writing)
    writing.close()
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


# Somebody else


def test_a_file_that_somebody_else_changed_is_not_replaced(path, snapshot):
    stamp = stamp_of(path)
    write(path, snapshot, expected=stamp)
    with pytest.raises(ChangedFileError, match="changed by somebody else"):
        write(path, snapshot, expected=stamp)
    write(path, snapshot, expected=stamp_of(path))
    path.unlink()
    write(path, snapshot, expected=stamp)


def test_a_file_that_changes_while_the_new_one_is_written_is_not_replaced(path, snapshot):
    stamp = stamp_of(path)
    writing = write_session(path, snapshot, expected=stamp)
    next(writing)
    path.write_bytes(b"theirs")
    with pytest.raises(ChangedFileError):
        list(writing)
    assert path.read_bytes() == b"theirs"


# Images that are in the file already


def test_an_image_that_is_in_the_file_is_not_compressed_again(path, snapshot, labels, monkeypatch):
    written = write(path, snapshot)
    compressed = []
    write_volume = nifti.write_volume

    def watched(*parts):
        compressed.append(parts[1])
        return write_volume(*parts)

    monkeypatch.setattr(nifti, "write_volume", watched)
    first, second = snapshot.cases
    other = replace(second.case.image)
    changed = replace(
        snapshot,
        cases=(
            SavedCase(replace(first.case, labels=replace(labels, data=labels.data[::-1]))),
            SavedCase(replace(second.case, image=other)),
        ),
    )
    write(path, changed, earlier=written)
    assert compressed == [other]
    back = read(path)
    assert np.array_equal(back.cases[0].case.image.data, first.case.image.data)
    assert np.array_equal(back.cases[0].case.labels.data, labels.data[::-1])


def test_images_are_not_taken_from_a_file_that_changed(path, snapshot):
    written = write(path, snapshot)
    path.write_bytes(b"theirs")
    write(path, snapshot, earlier=written)
    assert np.array_equal(read(path).cases[0].case.image.data, snapshot.cases[0].case.image.data)


def test_what_is_known_of_an_image_does_not_keep_it_in_memory(path, snapshot):
    written = write(path, snapshot)
    image = replace(snapshot.cases[0].case.image)
    again = write(path, replace(snapshot, cases=(SavedCase(Case("a", image)),), current=0), earlier=written)
    assert again.member(image) == "case-0001/image.nii.gz"
    del image
    gc.collect()
    assert [reference() for reference, _ in again.images] == [None]
    assert os.path.samefile(again.path, path)
