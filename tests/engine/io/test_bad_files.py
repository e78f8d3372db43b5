"""Every way in which a file can be wrong: the right error, in one sentence."""

import gzip
import os
import re

import nibabel as nib
import numpy as np
import pytest

from engine.errors import BadFileError, BadHeaderError, BadLabelsError, EngineError
from engine.io.case_folder import open_any
from engine.io.nifti import read_any, read_label_map, read_volume

NOISE = np.random.default_rng(1).normal(100, 20, (7, 6, 5)).astype(np.float32)
SIZEOF_HEADER = 352


def save(path, data=NOISE, affine=None, **header):
    """Write a NIfTI file whose header fields are then set as given, whatever nibabel thinks of them."""
    image = nib.Nifti1Image(data, np.eye(4) if affine is None else affine)
    image.set_qform(np.eye(4), 0)
    plain = path.with_name("plain.nii")
    nib.save(image, plain)
    raw = bytearray(plain.read_bytes())
    plain.unlink()
    fields = nib.Nifti1Header(bytes(raw[:348]), check=False)
    for key, value in header.items():
        fields[key] = value
    raw[:348] = fields.structarr.tobytes()
    path.write_bytes(gzip.compress(bytes(raw)) if path.suffix == ".gz" else bytes(raw))
    return path


def missing(folder):
    return folder / "nowhere.nii.gz"


def a_folder(folder):
    path = folder / "scan.nii"
    path.mkdir()
    return path


def empty(folder):
    path = folder / "scan.nii.gz"
    path.touch()
    return path


def text(folder):
    path = folder / "scan.nii.gz"
    path.write_text("This is not an image.")
    return path


def text_called_nii(folder):
    path = folder / "scan.nii"
    path.write_text("This is not an image. " * 100)
    return path


def not_compressed(folder):
    plain = save(folder / "scan.nii")
    return plain.rename(folder / "scan.nii.gz")


def cut(folder):
    path = save(folder / "scan.nii")
    path.write_bytes(path.read_bytes()[:-100])
    return path


def cut_header(folder):
    path = save(folder / "scan.nii")
    path.write_bytes(path.read_bytes()[:200])
    return path


def cut_compressed(folder):
    path = save(folder / "scan.nii.gz")
    path.write_bytes(path.read_bytes()[:-50])
    return path


def damaged_compressed(folder):
    path = save(folder / "scan.nii.gz")
    raw = bytearray(path.read_bytes())
    raw[-200:-100] = bytes(100)
    path.write_bytes(raw)
    return path


def freesurfer(folder):
    path = folder / "scan.mgz"
    nib.save(nib.MGHImage(NOISE, np.eye(4)), path)
    return path


def pair_without_data(folder):
    nib.save(nib.Nifti1Pair(NOISE, np.eye(4)), folder / "scan.hdr")
    (folder / "scan.img").unlink()
    return folder / "scan.hdr"


def a_pipe(folder):
    path = folder / "scan.nii"
    os.mkfifo(path)
    return path


def colours(folder):
    rgb = np.zeros((7, 6, 5), dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    return save(folder / "scan.nii", rgb)


def with_nan(folder):
    data = NOISE.copy()
    data[0, 0, 0] = np.nan
    return save(folder / "scan.nii", data)


def with_infinity(folder):
    data = NOISE.copy()
    data[1, 1, 1] = -np.inf
    return save(folder / "scan.nii", data)


BAD_FILES = {
    "missing": (missing, "no file"),
    "a folder": (a_folder, "is a folder"),
    "empty": (empty, "is empty"),
    "text": (text, "could not be read"),
    "text called .nii": (text_called_nii, "could not be read"),
    "not compressed": (not_compressed, "could not be read"),
    "truncated": (cut, "damaged or incomplete"),
    "truncated header": (cut_header, "could not be read"),
    "truncated .gz": (cut_compressed, "damaged or incomplete"),
    "damaged .gz": (damaged_compressed, "damaged or incomplete"),
    "FreeSurfer": (freesurfer, "not a NIfTI file"),
    "pair without data": (pair_without_data, "half of a pair and scan.img is not beside it"),
    "a pipe": (a_pipe, "not a NIfTI file"),
    "2D": (lambda f: save(f / "scan.nii", NOISE[:, :, 0]), "single slice"),
    "one slice": (lambda f: save(f / "scan.nii", NOISE[:, :, :1]), "single slice"),
    "4D": (lambda f: save(f / "scan.nii.gz", np.stack([NOISE] * 2, axis=-1)), "4 dimensions"),
    "5D": (lambda f: save(f / "scan.nii.gz", np.stack([NOISE[..., None]] * 2, axis=-1)), "5 dimensions"),
    "NaN": (with_nan, r"not finite numbers \(0\.476 %"),
    "all NaN": (lambda f: save(f / "scan.nii", np.full_like(NOISE, np.nan)), r"not finite numbers \(100 %"),
    "infinity": (with_infinity, "not finite numbers"),
    "too large": (lambda f: save(f / "scan.nii.gz", NOISE.astype(np.float64) * 1e300), "too large"),
    "scaled beyond all numbers": (
        lambda f: save(f / "scan.nii", (NOISE * 1e30).astype(np.float32), scl_slope=3e38, scl_inter=0),
        "too large|not finite",
    ),
    "constant": (lambda f: save(f / "scan.nii", np.ones_like(NOISE)), "same value everywhere"),
    "colours": (colours, "colours"),
    "complex": (lambda f: save(f / "scan.nii", NOISE.astype(np.complex64)), "colours or complex"),
    "unknown type": (lambda f: save(f / "scan.nii", datatype=77), "could not be read"),
    "claims 30000^3": (
        lambda f: save(f / "scan.nii.gz", dim=[3, 30000, 30000, 30000, 1, 1, 1, 1]),
        "more than any head scan",
    ),
    "claims 1000^3": (lambda f: save(f / "scan.nii.gz", dim=[3, 1000, 1000, 1000, 1, 1, 1, 1]), "incomplete"),
    "claims 1000^3, .nii": (lambda f: save(f / "scan.nii", dim=[3, 1000, 1000, 1000, 1, 1, 1, 1]), "incomplete"),
    "negative size": (lambda f: save(f / "scan.nii", dim=[3, -7, 6, 5, 1, 1, 1, 1]), "."),
}


@pytest.mark.parametrize(("make", "sentence"), BAD_FILES.values(), ids=list(BAD_FILES))
@pytest.mark.parametrize("read", [read_volume, read_any, read_label_map])
def test_a_bad_file_is_refused_in_one_sentence(tmp_path, capfd, make, sentence, read):
    path = make(tmp_path)
    with pytest.raises(EngineError) as caught:
        read(path)
    said = str(caught.value)
    if read is not read_label_map:
        assert isinstance(caught.value, BadFileError)
        assert re.search(sentence, said)
    assert said.endswith(".")
    assert "\n" not in said
    assert capfd.readouterr() == ("", "")


BAD_HEADERS = {
    "zero voxel size": {"pixdim": [1, 0, 1, 1, 0, 0, 0, 0]},
    "zero voxel size, qform": {"pixdim": [1, 0, 1, 1, 0, 0, 0, 0], "qform_code": 1, "sform_code": 0},
    "negative voxel size": {"pixdim": [1, 1, -1, 1, 0, 0, 0, 0]},
    "voxel size NaN": {"pixdim": [1, np.nan, 1, 1, 0, 0, 0, 0]},
    "voxel size infinite": {"pixdim": [1, np.inf, 1, 1, 0, 0, 0, 0]},
    "voxels of a micron": {"srow_x": [0.001, 0, 0, 0]},
    "voxels of a metre": {"srow_y": [0, 1000, 0, 0]},
    "no transform": {"sform_code": 0, "qform_code": 0},
    "singular affine": {"srow_x": [1, 1, 0, 0], "srow_y": [1, 1, 0, 0]},
    "zero affine": {"srow_x": [0, 0, 0, 0], "srow_y": [0, 0, 0, 0], "srow_z": [0, 0, 0, 0]},
    "affine NaN": {"srow_z": [0, 0, np.nan, 0]},
    "affine infinite": {"srow_z": [0, 0, 1, np.inf]},
}


@pytest.mark.parametrize("header", BAD_HEADERS.values(), ids=list(BAD_HEADERS))
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_a_header_whose_geometry_cannot_be_trusted_is_refused(tmp_path, capfd, header, suffix):
    path = save(tmp_path / f"scan{suffix}", **header)
    for read in (read_volume, read_any, read_label_map):
        with pytest.raises(BadHeaderError) as caught:
            read(path)
        said = str(caught.value)
        assert "scan.nii" in said
        assert said.endswith(".")
        assert "\n" not in said
    assert capfd.readouterr() == ("", "")


def test_an_impossible_quaternion_is_refused(tmp_path):
    path = save(tmp_path / "scan.nii", qform_code=1, sform_code=0, quatern_b=1, quatern_c=1)
    with pytest.raises(BadFileError):
        read_volume(path)


def test_a_file_one_may_not_read_is_refused(tmp_path, monkeypatch):
    path = save(tmp_path / "scan.nii")

    def refuse(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(nib, "load", refuse)
    with pytest.raises(BadFileError, match="change its permissions"):
        read_volume(path)


def test_too_little_memory_is_not_the_files_fault(tmp_path, monkeypatch):
    path = save(tmp_path / "scan.nii")

    def refuse(_path):
        raise MemoryError

    monkeypatch.setattr(nib, "load", refuse)
    with pytest.raises(MemoryError):
        read_volume(path)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (NOISE, "fractions"),
        (np.full((7, 6, 5), -1, np.int16), "-1"),
        (np.full((7, 6, 5), 70_000, np.int32), "70000"),
        (np.full((7, 6, 5), 2**16 + 4, np.int64), "65540"),
        (np.full((7, 6, 5), 2**62, np.int64), "4.6"),
        (np.full((7, 6, 5), 1e20, np.float64), "1e"),
        (np.full((7, 6, 5), 6, np.uint8), "6"),
        (np.full((7, 6, 5), 1000, np.int16), "1000"),
    ],
    ids=["image", "negative", "beyond uint16", "4 after overflow", "int64", "float64", "gap", "beyond the table"],
)
def test_wrong_label_values_are_named_and_never_wrapped(tmp_path, data, sentence):
    path = tmp_path / "labels.nii.gz"
    image = nib.Nifti1Image(data, np.eye(4), dtype=data.dtype)
    image.set_qform(np.eye(4), 0)
    nib.save(image, path)
    with pytest.raises(BadLabelsError, match=re.escape(sentence)) as caught:
        read_label_map(path)
    assert "labels.nii.gz" in str(caught.value)
    assert str(caught.value).endswith(".")


def test_open_any_refuses_a_folder_which_is_no_case(tmp_path):
    with pytest.raises(BadFileError, match="is empty; choose a scan, a case's folder or a folder of DICOM files"):
        open_any(tmp_path)
