"""What is written comes back: values, geometry, and nothing turned round."""

import gzip

import nibabel as nib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import EngineError, OutputError
from engine.grid import Grid
from engine.io.nifti import read_any, read_label_map, read_volume, write_label_map, write_volume
from engine.labels import synthseg33
from engine.volume import LabelMap, Volume


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_an_image_comes_back_as_it_was(tmp_path, any_grid, rng, suffix):
    volume = Volume(rng.normal(0, 100, any_grid.shape), any_grid)
    path = tmp_path / f"image{suffix}"
    write_volume(path, volume, "A description")
    back = read_volume(path)
    assert np.array_equal(back.data, volume.data)
    assert back.grid == any_grid
    assert back.grid.codes == any_grid.codes
    assert read_any(path).description == "A description"
    assert read_any(path).notes == ()


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_a_label_map_comes_back_as_it_was(tmp_path, any_grid, rng, suffix):
    labels = LabelMap(rng.choice(synthseg33().values, any_grid.shape), any_grid)
    path = tmp_path / f"labels{suffix}"
    write_label_map(path, labels)
    for back in (read_label_map(path), read_any(path).content):
        assert isinstance(back, LabelMap)
        assert np.array_equal(back.data, labels.data)
        assert back.grid == any_grid


def test_nibabel_reads_what_is_written(tmp_path, any_grid, rng):
    labels = LabelMap(rng.choice(synthseg33().values, any_grid.shape), any_grid)
    write_label_map(tmp_path / "labels.nii.gz", labels, "SYNTHETIC " + "x" * 200)
    image = nib.load(tmp_path / "labels.nii.gz")
    assert image.get_data_dtype() == np.int16
    np.testing.assert_allclose(image.affine, any_grid.affine, atol=1e-5)
    np.testing.assert_allclose(image.get_qform(), any_grid.affine, atol=1e-4)
    assert image.header.get_xyzt_units()[0] == "mm"
    assert image.header["descrip"].item().startswith(b"SYNTHETIC")
    assert np.array_equal(np.asarray(image.dataobj), labels.data)


def test_what_is_read_needs_only_one_of_the_two_transforms(tmp_path, any_grid, rng):
    for codes in ((1, 0), (0, 1)):
        image = nib.Nifti1Image(rng.normal(size=any_grid.shape).astype(np.float32), any_grid.affine)
        image.set_sform(any_grid.affine, code=codes[0])
        image.set_qform(any_grid.affine, code=codes[1])
        nib.save(image, tmp_path / "image.nii")
        assert read_volume(tmp_path / "image.nii").grid == any_grid


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.int64, np.float32, np.float64])
@pytest.mark.parametrize("order", ["<", ">"])
def test_every_type_of_number_is_read(tmp_path, grid, rng, dtype, order):
    values = rng.integers(0, 200, grid.shape).astype(np.dtype(dtype).newbyteorder(order))
    header = nib.Nifti1Header(endianness=order)
    header.set_data_dtype(values.dtype)
    nib.save(nib.Nifti1Image(values, grid.affine, header), tmp_path / "image.nii")
    assert np.array_equal(read_volume(tmp_path / "image.nii").data, values)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_integers_are_scaled_as_the_header_says(tmp_path, grid, rng, suffix):
    stored = rng.integers(0, 1000, grid.shape).astype(np.int16)
    header = nib.Nifti1Header()
    header.set_data_dtype(np.int16)
    header.set_data_shape(grid.shape)
    header.set_sform(grid.affine, 1)
    header.set_slope_inter(0.25, -10)
    header["magic"], header["vox_offset"] = b"n+1", 352
    raw = header.binaryblock + b"\0" * 4 + stored.tobytes(order="F")
    path = tmp_path / f"image{suffix}"
    path.write_bytes(gzip.compress(raw) if suffix == ".nii.gz" else raw)
    np.testing.assert_allclose(read_volume(path).data, stored * 0.25 - 10, rtol=1e-6)
    np.testing.assert_allclose(read_volume(path).data, nib.load(path).get_fdata(), rtol=1e-6)


def test_label_values_stored_as_floats_are_labels(tmp_path, labels):
    nib.save(nib.Nifti1Image(labels.data.astype(np.float32), labels.grid.affine), tmp_path / "labels.nii.gz")
    assert isinstance(read_any(tmp_path / "labels.nii.gz").content, LabelMap)
    assert np.array_equal(read_label_map(tmp_path / "labels.nii.gz").data, labels.data)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0, 4, 43], LabelMap),
        ([0, 4], Volume),
        ([0, 1], Volume),
        ([0, 4, 43, 6], Volume),
        ([0, 4, 43, 500], Volume),
        ([0, 4, 43, -2], Volume),
        ([0, 4.5, 43], Volume),
    ],
    ids=["two structures", "one value", "a mask", "a gap", "too large", "negative", "fractions"],
)
def test_what_looks_like_a_label_map(tmp_path, grid, values, kind):
    data = np.resize(np.array(values, np.float32), grid.shape)
    nib.save(nib.Nifti1Image(data, grid.affine), tmp_path / "file.nii")
    assert type(read_any(tmp_path / "file.nii").content) is kind


def test_a_last_axis_of_one_is_no_fourth_dimension(tmp_path, grid, rng):
    data = rng.normal(size=(*grid.shape, 1)).astype(np.float32)
    nib.save(nib.Nifti1Image(data, grid.affine), tmp_path / "image.nii.gz")
    assert np.array_equal(read_volume(tmp_path / "image.nii.gz").data, data[..., 0])


def test_a_pair_of_header_and_data_is_read(tmp_path, grid, rng):
    data = rng.normal(size=grid.shape).astype(np.float32)
    nib.save(nib.Nifti1Pair(data, grid.affine), tmp_path / "image.hdr")
    for name in ("image.hdr", "image.img"):
        assert np.array_equal(read_volume(tmp_path / name).data, data)


def test_two_voxel_sizes_in_one_header_are_told(tmp_path, grid, rng):
    image = nib.Nifti1Image(rng.normal(size=grid.shape).astype(np.float32), grid.affine)
    image.header["pixdim"][1:4] = (3, 3, 3)
    nib.save(image, tmp_path / "image.nii")
    # nibabel writes the voxel size of the affine again, so the bytes are changed.
    raw = bytearray((tmp_path / "image.nii").read_bytes())
    raw[80:92] = np.array([3, 3, 3], "<f4").tobytes()
    (tmp_path / "image.nii").write_bytes(raw)
    opened = read_any(tmp_path / "image.nii")
    assert opened.content.grid == grid
    assert "two voxel sizes, 3 x 3 x 3 and 0.7 x 0.7 x 1.4 mm" in opened.notes[0]


def test_values_beyond_int16_are_written_as_uint16(tmp_path):
    from engine.labels import Label, LabelTable

    table = LabelTable("large", tuple(Label(v, str(v), (0, 0, 0), "g", v) for v in (0, 40_000)))
    grid = Grid((2, 2, 2), np.eye(4))
    write_label_map(tmp_path / "labels.nii.gz", LabelMap(np.full((2, 2, 2), 40_000), grid, table))
    assert nib.load(tmp_path / "labels.nii.gz").get_data_dtype() == np.uint16
    assert read_label_map(tmp_path / "labels.nii.gz", table).data.max() == 40_000


def test_the_same_image_gives_the_same_bytes(tmp_path, volume):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_volume(tmp_path / name / "image.nii.gz", volume)
    assert (tmp_path / "one/image.nii.gz").read_bytes() == (tmp_path / "two/image.nii.gz").read_bytes()


def test_another_ending_is_not_written(tmp_path, volume):
    with pytest.raises(OutputError, match=r"\.nii or \.nii\.gz"):
        write_volume(tmp_path / "image.mgz", volume)
    with pytest.raises(OutputError, match="No such file"):
        write_volume(tmp_path / "nowhere" / "image.nii", volume)
    assert list(tmp_path.iterdir()) == []


@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(0, 351), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_header_with_wrong_bytes_is_read_or_refused_in_one_sentence(tmp_path, changes):
    path = tmp_path / "image.nii"
    if not path.exists():
        write_volume(path, Volume(np.arange(60).reshape(3, 4, 5), Grid((3, 4, 5), np.eye(4))))
    raw = bytearray(path.read_bytes())
    for place, byte in changes:
        raw[place] = byte
    damaged = tmp_path / "damaged.nii"
    damaged.write_bytes(raw)
    said = "."
    try:
        read_any(damaged)
    except EngineError as error:
        said = str(error)
    assert said.endswith(".")
    assert "\n" not in said
