"""Every format that is read, and every orientation in it: known voxels come out at known places of the world."""

import gzip

import nibabel as nib
import numpy as np
import pytest
import SimpleITK

from engine.errors import BadFileError, BadHeaderError, EngineError
from engine.io import formats, nifti
from engine.io.formats import read_any, stem_of
from engine.volume import LabelMap

LPS = np.diag([-1.0, -1, 1])


def write_pair(path, data, affine):
    nib.save(nib.Nifti1Pair(data, affine), path)


def write_mgh(path, data, affine):
    nib.save(nib.MGHImage(data, affine), path)


def write_nrrd(path, data, affine):
    image = SimpleITK.GetImageFromArray(data.T)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((LPS @ (affine[:3, :3] / spacing)).ravel().tolist())
    image.SetOrigin((LPS @ affine[:3, 3]).tolist())
    SimpleITK.WriteImage(image, str(path), True)


WRITERS = {
    "scan.hdr": write_pair,
    "scan.img": write_pair,
    "scan.img.gz": write_pair,
    "scan.mgz": write_mgh,
    "scan.mgh": write_mgh,
    "scan.nrrd": write_nrrd,
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_marked_voxel_is_where_it_was_put_in_the_world(tmp_path, any_grid, rng, name):
    data = rng.normal(100, 20, any_grid.shape).astype(np.float32)
    WRITERS[name](tmp_path / name, data, any_grid.affine)
    opened = read_any(tmp_path / name)
    grid = opened.content.grid
    for index in ((0, 0, 0), (6, 5, 4), (1, 4, 2)):
        world = any_grid.voxel_to_world(index)
        found = tuple(np.round(grid.world_to_voxel(world)).astype(int))
        assert opened.content.data[found] == data[index]
        assert np.allclose(grid.voxel_to_world(found), world, atol=1e-3)
    assert opened.notes == ()
    assert opened.header.grid == grid
    assert opened.header.sides_known


def test_an_nrrd_file_lies_where_simpleitk_says(tmp_path, grid, rng):
    write_nrrd(tmp_path / "scan.nrrd", rng.normal(size=grid.shape).astype(np.float32), grid.affine)
    image = SimpleITK.ReadImage(str(tmp_path / "scan.nrrd"))
    expected = LPS @ image.TransformIndexToPhysicalPoint((2, 3, 4))
    assert np.allclose(read_any(tmp_path / "scan.nrrd").content.grid.voxel_to_world((2, 3, 4)), expected)


@pytest.mark.parametrize(("name", "writer"), [("aseg.mgz", write_mgh), ("labels.nrrd", write_nrrd)])
def test_a_label_map_of_another_format_is_one(tmp_path, labels, name, writer):
    writer(tmp_path / name, labels.data.astype(np.int32), labels.grid.affine)
    content = read_any(tmp_path / name).content
    assert isinstance(content, LabelMap)
    assert np.array_equal(content.data, labels.data)


@pytest.mark.parametrize(
    ("name", "stem"),
    [("a.b.nii.gz", "a.b"), ("scan.MGZ", "scan"), ("x.img.gz", "x"), ("IM0001", "IM0001"), ("head.dcm", "head")],
)
def test_a_name_loses_the_ending_of_its_format(tmp_path, name, stem):
    assert stem_of(tmp_path / name) == stem


# Sides


def test_an_analyze_file_says_that_left_and_right_are_uncertain(tmp_path, rng):
    data = rng.normal(size=(7, 6, 5)).astype(np.float32)
    nib.save(nib.AnalyzeImage(data, None), tmp_path / "scan.hdr")
    opened = read_any(tmp_path / "scan.hdr")
    assert opened.content.grid.codes == "LAS"
    assert not opened.header.sides_known
    assert "cannot tell left from right" in opened.notes[0]


def test_an_analyze_file_with_its_matrix_knows_its_sides(tmp_path, rng):
    affine = np.diag([2.0, 2, 2, 1])
    nib.save(nib.Spm2AnalyzeImage(rng.normal(size=(7, 6, 5)).astype(np.float32), affine), tmp_path / "scan.img")
    assert (tmp_path / "scan.mat").exists()
    opened = read_any(tmp_path / "scan.hdr")
    assert opened.content.grid.codes == "RAS"
    assert opened.header.sides_known
    assert opened.notes == ()


def test_an_mgz_file_without_directions_says_so(tmp_path, rng):
    write_mgh(tmp_path / "scan.mgh", rng.normal(size=(7, 6, 5)).astype(np.float32), np.eye(4))
    raw = bytearray((tmp_path / "scan.mgh").read_bytes())
    raw[28:30] = bytes(2)
    (tmp_path / "scan.mgh").write_bytes(raw)
    opened = read_any(tmp_path / "scan.mgh")
    assert not opened.header.sides_known
    assert "does not say how it lies in space" in opened.notes[0]


def test_two_transforms_that_disagree_are_told_with_the_distance(tmp_path, grid, rng):
    image = nib.Nifti1Image(rng.normal(size=grid.shape).astype(np.float32), grid.affine)
    moved = grid.affine.copy()
    moved[0, 3] += 30
    image.set_sform(grid.affine, code=1)
    image.set_qform(moved, code=1)
    nib.save(image, tmp_path / "scan.nii")
    opened = read_any(tmp_path / "scan.nii")
    assert opened.content.grid == grid
    assert "up to 30.0 mm apart; the sform is used" in opened.notes[0]
    assert opened.header.disagreement_mm == pytest.approx(30, abs=0.01)
    assert opened.header.affine_source == "sform (scanner)"


def test_the_header_is_plain_data_and_comes_back(tmp_path, grid, rng):
    nib.save(nib.Nifti1Image(rng.integers(0, 900, grid.shape).astype(np.int16), grid.affine), tmp_path / "scan.nii")
    header = read_any(tmp_path / "scan.nii").header
    assert header.from_json(header.to_json()) == header
    assert (header.format, header.stored_as) == ("NIfTI-1", "int16")
    assert header.high is not None
    assert 800 < header.high <= 900


# Refused


def no_space(path):
    write_nrrd(path, np.arange(60.0).reshape(3, 4, 5), np.eye(4))
    raw = path.read_bytes()
    start = raw.index(b"space: ")
    rest = raw[raw.index(b"\n", start) + 1 :].replace(b"space directions:", b"#").replace(b"space origin:", b"#")
    path.write_bytes(raw[:start] + rest)


def colours(path):
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(np.zeros((3, 4, 5, 3), np.uint8), isVector=True), str(path))


def flat(path):
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(np.zeros((4, 5), np.uint8)), str(path))


def cut(path):
    write_nrrd(path, np.random.default_rng(0).normal(size=(9, 9, 9)), np.eye(4))
    path.write_bytes(path.read_bytes()[:-500])


def cut_mgz(path):
    write_mgh(path, np.random.default_rng(0).normal(size=(9, 9, 9)).astype(np.float32), np.eye(4))
    path.write_bytes(path.read_bytes()[:-500])


def cut_inside_mgz(path):
    write_mgh(path, np.random.default_rng(0).normal(size=(9, 9, 9)).astype(np.float32), np.eye(4))
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-1500]))


def film(path):
    write_mgh(path, np.zeros((4, 4, 4, 3), np.float32), np.eye(4))


REFUSED = {
    "NRRD without space": (no_space, "scan.nrrd", "no space field"),
    "NRRD in colour": (colours, "scan.nrrd", "colours"),
    "NRRD of a picture": (flat, "scan.nrrd", "2 dimensions"),
    "NRRD cut": (cut, "scan.nrrd", "could not be read as NRRD"),
    "NRRD of text": (lambda path: path.write_text("This is not an image."), "scan.nrrd", "could not be read as NRRD"),
    "NRRD missing": (lambda path: None, "scan.nrrd", "no file"),
    "MGZ cut": (cut_mgz, "scan.mgz", "damaged or incomplete|could not be read as MGZ"),
    "MGZ cut inside": (cut_inside_mgz, "scan.mgz", "damaged or incomplete"),
    "MGZ of text": (lambda path: path.write_text("This is not an image."), "scan.mgz", "could not be read as MGZ"),
    "MGZ of four dimensions": (film, "scan.mgz", "4 dimensions"),
    "MGZ empty": (lambda path: path.touch(), "scan.mgz", "is empty"),
    "unknown ending": (lambda path: path.write_text("words"), "notes.txt", "in no format"),
    "unknown and missing": (lambda path: None, "notes.txt", "no file"),
}


@pytest.mark.parametrize(("make", "name", "sentence"), REFUSED.values(), ids=list(REFUSED))
def test_a_bad_file_of_another_format_is_refused_in_one_sentence(tmp_path, capfd, make, name, sentence):
    make(tmp_path / name)
    with pytest.raises(EngineError, match=sentence) as caught:
        read_any(tmp_path / name)
    assert isinstance(caught.value, BadFileError | BadHeaderError)
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    assert capfd.readouterr().out == ""


def test_every_ending_of_nifti_goes_to_its_reader():
    assert all(formats.READERS[suffix] is nifti.read_any for suffix in nifti.SUFFIXES)
