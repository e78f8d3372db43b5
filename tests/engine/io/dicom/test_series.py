"""DICOM folders and files as volumes: known voxels at known places of the world, and everything that can be wrong."""

import os
import shutil
import tracemalloc
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
import pytest
import SimpleITK
from pydicom.uid import RLELossless, generate_uid

from engine.errors import BadFileError, EngineError, MissingFileError
from engine.io.case_folder import open_any
from engine.io.dicom.headers import pictures_of
from engine.io.dicom.series import list_folder, read_series, thumbnail
from engine.io.scans import one_per_series, open_one, open_steps
from engine.progress import result_of
from tests.dicom_files import CT, LPS, save, write_frames, write_series


@pytest.fixture
def data(rng):
    return rng.integers(-200, 2000, (7, 6, 5)).astype(np.int16)


def only(folder) -> Any:
    return result_of(open_one(folder))[0]


def check_places(image, data, affine):
    """Every voxel of ``data`` is found at its place."""
    index = np.indices(data.shape).reshape(3, -1).T
    world = index @ affine[:3, :3].T + affine[:3, 3]
    found = image.grid.world_to_voxel(world)
    assert np.allclose(found, np.round(found), atol=1e-3)
    assert np.array_equal(image.data[tuple(np.round(found).astype(int).T)], data[tuple(index.T)])


# Places


def test_every_voxel_of_a_folder_lies_where_it_was_scanned(tmp_path, any_grid, data):
    write_series(tmp_path / "scan", data, any_grid.affine)
    case = only(tmp_path / "scan")
    check_places(case.image, data, any_grid.affine)
    assert case.name == "t1_mprage"


def test_a_folder_lies_where_simpleitk_says(tmp_path, any_grid, data):
    write_series(tmp_path / "scan", data, any_grid.affine)
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(tmp_path / "scan")))
    reference, image = reader.Execute(), only(tmp_path / "scan").image
    for index in ((0, 0, 0), (6, 5, 4), (2, 0, 3)):
        world = LPS[:3, :3] @ reference.TransformIndexToPhysicalPoint(index)
        found = image.grid.world_to_voxel(world)
        assert np.allclose(found, np.round(found), atol=1e-3)
        assert image.data[tuple(np.round(found).astype(int))] == reference[index]


def test_every_voxel_of_an_enhanced_file_lies_where_it_was_scanned(tmp_path, any_grid, data):
    path = write_frames(tmp_path / "enhanced.dcm", data, any_grid.affine)
    check_places(only(path).image, data, any_grid.affine)
    check_places(only(tmp_path).image, data, any_grid.affine)


def test_an_enhanced_file_lies_where_simpleitk_says(tmp_path, grid, data):
    path = write_frames(tmp_path / "enhanced.dcm", data, grid.affine)
    # SimpleITK takes the frames in the order of the file, so only the first one's corner is asked.
    corner = LPS[:3, :3] @ SimpleITK.ReadImage(str(path)).TransformIndexToPhysicalPoint((0, 0, 0))
    found = only(path).image.grid.world_to_voxel(corner)
    assert np.allclose(found, np.round(found), atol=1e-3)
    assert np.allclose(found[:2], 0, atol=1e-3)


def test_one_file_of_a_series_opens_the_whole_series_and_nothing_else(tmp_path, grid, data):
    paths = write_series(tmp_path, data, grid.affine)
    write_series(tmp_path, data + 5, grid.affine, description="other", number=2)
    check_places(only(paths[2]).image, data, grid.affine)


def test_names_without_an_ending_and_folders_in_folders_are_read(tmp_path, grid, data):
    paths = write_series(tmp_path / "a" / "b", data, grid.affine)
    for n, path in enumerate(paths):
        path.rename(tmp_path / "a" / f"IM{n:06d}")
    check_places(only(tmp_path).image, data, grid.affine)
    check_places(only(tmp_path / "a" / "IM000001").image, data, grid.affine)


def test_an_index_stands_for_its_folder(tmp_path, grid, data):
    write_series(tmp_path, data, grid.affine)
    (tmp_path / "DICOMDIR").write_bytes(bytes(128) + b"DICM")
    check_places(only(tmp_path / "DICOMDIR").image, data, grid.affine)


# Intensities


def test_intensities_are_scaled_slice_by_slice(tmp_path, grid, data):
    def scale(header, k):
        header.SOPClassUID, header.Modality = CT, "CT"
        header.RescaleSlope, header.RescaleIntercept, header.RescaleType = k + 1, -1024, "HU"

    write_series(tmp_path, data, grid.affine, change=scale)
    image = only(tmp_path).image
    check_places(image, data * np.arange(1, 6) - 1024, grid.affine)
    assert image.unit == "HU"


def test_frames_are_scaled_one_by_one(tmp_path, grid, data):
    slopes = np.array([1, 2, 0.5, 4, 8])
    write_frames(tmp_path / "enhanced.dcm", data, grid.affine, slopes=slopes)
    check_places(only(tmp_path).image, (data * slopes).astype(np.float32), grid.affine)


def test_small_numbers_that_mean_bright_are_turned_round(tmp_path, grid, data):
    write_series(
        tmp_path, data, grid.affine, change=lambda h, k: setattr(h, "PhotometricInterpretation", "MONOCHROME1")
    )
    case, notes = open_any(tmp_path)
    check_places(case.image, data.max() + data.min() - data, grid.affine)
    assert "turned round" in notes[0]


def write_compressed(folder, values, compressor):
    """Files that SimpleITK compresses; pydicom has no encoder for lossless JPEG."""
    for k in range(len(values)):
        image = SimpleITK.GetImageFromArray(values[k : k + 1])
        for key, value in {
            "0008|0016": CT, "0008|0060": "CT", "0020|000e": "1.2.3", "0020|0013": str(k), "0008|103e": "packed",
            "0020|0032": f"0\\0\\{2 * k}", "0020|0037": "1\\0\\0\\0\\1\\0",
        }.items():  # fmt: skip
            image.SetMetaData(key, value)
        writer = SimpleITK.ImageFileWriter()
        writer.SetImageIO("GDCMImageIO")
        writer.UseCompressionOn()
        writer.SetCompressor(compressor)
        writer.KeepOriginalImageUIDOn()
        writer.SetFileName(str(folder / f"{k}.dcm"))
        writer.Execute(image)
        header = pydicom.dcmread(folder / f"{k}.dcm")
        header.RescaleIntercept, header.RescaleSlope = -1000, 2
        header.save_as(folder / f"{k}.dcm")


@pytest.mark.parametrize(
    ("compressor", "syntax"), [("JPEG", "1.2.840.10008.1.2.4.70"), ("JPEG2000", "1.2.840.10008.1.2.4.90")]
)
def test_compressed_pixels_are_read(tmp_path, rng, compressor, syntax):
    values = rng.integers(0, 2000, (5, 40, 41)).astype(np.uint16)
    write_compressed(tmp_path, values, compressor)
    assert pydicom.dcmread(tmp_path / "3.dcm").file_meta.TransferSyntaxUID == syntax
    assert np.array_equal(only(tmp_path).image.data[:, :, 3].T, values[3] * 2.0 - 1000)


def test_frames_that_only_simpleitk_can_decompress_are_each_where_they_belong(tmp_path, grid, data, monkeypatch):
    write_frames(tmp_path / "enhanced.dcm", data, grid.affine, slopes=np.arange(1, 6))
    decoder = type("Decoder", (), {"is_available": False})
    monkeypatch.setattr("pydicom.pixels.get_decoder", lambda _syntax: decoder)
    check_places(only(tmp_path).image, data * np.arange(1, 6), grid.affine)


def test_run_lengths_are_read(tmp_path, grid, data):
    for path in write_series(tmp_path, data, grid.affine):
        header = pydicom.dcmread(path)
        header.compress(RLELossless, generate_instance_uid=False)
        header.save_as(path)
    check_places(only(tmp_path).image, data, grid.affine)


# Series


def test_the_series_of_a_folder_are_listed_with_what_one_chooses_by(tmp_path, grid, data):
    write_series(tmp_path / "one", data, grid.affine, description="t1 mprage", number=3)
    write_series(tmp_path / "two", data[:, :, :4], grid.affine, description="FLAIR (3D)", number=2)
    listing: Any = result_of(open_steps(tmp_path))
    first, second = listing.series
    assert (first.name, first.modality, first.slices, first.size) == ("FLAIR_3D", "MR", 4, (7, 6, 4))
    assert (second.name, second.number) == ("t1_mprage", 2)
    assert np.allclose(second.spacing, grid.spacing)
    chosen: Any = result_of(open_steps(tmp_path, second))
    check_places(chosen[0].image, data, grid.affine)
    small = thumbnail(second)
    assert small.dtype == np.uint8
    assert small.shape == (6, 7)


def test_without_a_choice_the_sentence_lists_the_series(tmp_path, grid, data):
    write_series(tmp_path / "one", data, grid.affine, description="t1 mprage")
    write_series(tmp_path / "two", data + 1, grid.affine, description="flair", number=2)
    with pytest.raises(BadFileError, match=r"holds 2 series; choose one with --series: 1: t1_mprage \(MR, 5 slices\)"):
        open_any(tmp_path)
    with pytest.raises(BadFileError, match="holds 2 series"):
        result_of(open_one(tmp_path, 3))
    assert result_of(open_one(tmp_path, 2))[0].name == "flair"


def test_a_localizer_beside_a_scan_is_not_asked_about(tmp_path, grid, data):
    write_series(tmp_path, data, grid.affine)
    write_series(tmp_path, data[:, :, :1], grid.affine, description="localizer", number=2)
    assert only(tmp_path).name == "t1_mprage"


@pytest.mark.parametrize("tag", ["EchoTime", "TemporalPositionIdentifier", "DiffusionBValue"])
def test_what_lies_on_each_other_in_one_series_is_told_apart(tmp_path, grid, data, tag):
    for n in (0, 1):

        def change(header, k, n=n):
            header.SOPInstanceUID = generate_uid()
            setattr(header, tag, n + 1)

        write_series(tmp_path / str(n), data + n, grid.affine, change=change)
    listing = result_of(list_folder(tmp_path))
    assert [series.slices for series in listing.usable] == [5, 5]
    said = {"EchoTime": "echo {0} ms", "TemporalPositionIdentifier": "time {0}", "DiffusionBValue": "b {0}"}[tag]
    assert [series.detail for series in listing.usable] == [said.format(n) for n in (1, 2)]
    assert listing.usable[1].description == f"t1 mprage, {listing.usable[1].detail}"
    assert listing.usable[0].name != listing.usable[1].name
    check_places(result_of(read_series(listing.usable[1])).content, data + 1, grid.affine)


def test_repeats_without_a_name_are_told_apart_by_their_order(tmp_path, grid, data):
    def second(header, k):
        header.InstanceNumber, header.SOPInstanceUID = k + 101, generate_uid()

    write_series(tmp_path / "1", data, grid.affine)
    write_series(tmp_path / "2", data + 1, grid.affine, change=second)
    listing = result_of(list_folder(tmp_path))
    assert [series.detail for series in listing.usable] == ["part 1 of 2", "part 2 of 2"]
    contents = [result_of(read_series(series)).content for series in listing.usable]
    for n, content in enumerate(contents):
        check_places(content, data + n, grid.affine)


def test_a_copy_of_a_file_is_no_second_slice(tmp_path, grid, data):
    paths = write_series(tmp_path, data, grid.affine)
    (tmp_path / "copy.dcm").write_bytes(paths[1].read_bytes())
    check_places(only(tmp_path).image, data, grid.affine)


def test_nothing_that_names_a_person_is_kept(tmp_path, grid, data):
    write_series(tmp_path, data, grid.affine)
    said = str(dict(only(tmp_path).provenance))
    assert "Secret" not in said
    assert "12345" not in said
    assert "Maker" in said


# Spacing


def test_a_missing_slice_is_filled_in_and_told(tmp_path, grid, data):
    paths = write_series(tmp_path, data, grid.affine)
    paths[2].unlink()
    case, notes = open_any(tmp_path)
    filled = data.astype(float)
    filled[:, :, 2] = (filled[:, :, 1] + filled[:, :, 3]) / 2
    check_places(case.image, filled, grid.affine)
    assert notes[0].startswith("1 slice is missing inside the series")


def test_uneven_slices_come_to_even_places_and_it_is_told(tmp_path, data):
    affine = np.diag([1.0, 1, 2, 1])
    ramp = np.broadcast_to(np.arange(0, 50, 10), data.shape)

    def move(header, k):
        if k == 2:
            header.ImagePositionPatient = [0, 0, 4.6]

    write_series(tmp_path, ramp, affine, change=move)
    notes = open_any(tmp_path)[1]
    case = only(tmp_path)
    assert "not evenly spaced" in notes[0]
    assert np.allclose(case.image.data[0, 0], (0, 10, 10 + 10 * 2 / 2.6, 30, 40))
    assert case.grid.spacing == pytest.approx((1, 1, 2))


def test_too_large_a_gap_is_refused(tmp_path, rng):
    data = rng.integers(0, 99, (6, 6, 14)).astype(np.int16)
    paths = write_series(tmp_path, data, np.eye(4))
    for path in paths[3:9]:
        path.unlink()
    with pytest.raises(BadFileError, match="6 slices are missing at one place"):
        open_any(tmp_path)


def test_a_gap_between_slices_is_told(tmp_path, data):
    write_series(tmp_path, data, np.diag([1.0, 1, 5, 1]), change=lambda h, k: setattr(h, "SliceThickness", 4))
    assert "4 mm thick and 5 mm apart" in open_any(tmp_path)[1][0]


def test_a_tilted_gantry_shifts_the_slices_and_is_told(tmp_path, data):
    def shift(header, k):
        header.ImagePositionPatient = [0, k * 2 * np.tan(np.radians(10)), 2 * k]

    write_series(tmp_path, data, np.diag([-1.0, -1, 2, 1]), change=shift)
    case, notes = open_any(tmp_path)
    assert "by 10.0 degrees" in notes[0]
    assert np.allclose(case.grid.affine[:3, 2], (0, -2 * np.tan(np.radians(10)), 2))


# Refused, each in one sentence


def no_dicom(folder, data):
    (folder / "notes.txt").write_text("nothing here" * 50)


def empty(folder, data):
    pass


def truncated(folder, data):
    paths = write_series(folder, data, np.eye(4))
    paths[3].write_bytes(paths[3].read_bytes()[:-40])


def truncated_headers(folder, data):
    for path in write_series(folder, data, np.eye(4)):
        path.write_bytes(path.read_bytes()[:200])


def in_colour(folder, data):
    def colour(header, k):
        header.SamplesPerPixel, header.PhotometricInterpretation, header.PlanarConfiguration = 3, "RGB", 0
        header.BitsAllocated, header.BitsStored, header.HighBit, header.PixelRepresentation = 8, 8, 7, 0
        header.PixelData = bytes(7 * 6 * 3)

    write_series(folder, data, np.eye(4), change=colour)


def one_picture(folder, data):
    write_series(folder, data[:, :, :1], np.eye(4))


def without_places(folder, data):
    write_series(folder, data, np.eye(4), change=lambda h, k: delattr(h, "ImagePositionPatient"))


def mosaic(folder, data):
    write_series(folder, data, np.eye(4), change=lambda h, k: setattr(h, "ImageType", ["ORIGINAL", "X", "MOSAIC"]))


def blank(folder, data):
    write_series(folder, np.zeros_like(data), np.eye(4))


REFUSED = {
    "no DICOM": (no_dicom, "holds neither a case nor DICOM files"),
    "empty": (empty, "is empty"),
    "a truncated file": (truncated, r"01-\d{4}\.dcm is damaged or incomplete"),
    "truncated headers": (truncated_headers, "All 5 DICOM files in .* are damaged"),
    "colour": (in_colour, "it is in colour"),
    "a single picture": (one_picture, "it is a single picture"),
    "no places": (without_places, "does not say how its pictures lie"),
    "a mosaic": (mosaic, "a mosaic"),
    "nothing in it": (blank, "same value everywhere"),
}


@pytest.mark.parametrize(("make", "sentence"), REFUSED.values(), ids=list(REFUSED))
def test_a_folder_that_is_no_scan_is_refused_in_one_sentence(tmp_path, capfd, data, make, sentence):
    make(tmp_path, data)
    with pytest.raises(BadFileError, match=sentence) as caught:
        open_any(tmp_path)
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    assert capfd.readouterr() == ("", "")


def test_files_that_are_no_dicom_or_damaged_are_passed_over_and_counted(tmp_path, grid, data):
    write_series(tmp_path / "scan", data, grid.affine)
    (tmp_path / "readme.txt").write_text("words " * 40)
    (tmp_path / "small").write_text("w")
    (tmp_path / "broken.dcm").write_bytes(bytes(128) + b"DICM" + bytes(50))
    case, notes = open_any(tmp_path)
    check_places(case.image, data, grid.affine)
    assert notes == (
        "1 file is damaged and was left out, so slices may be missing.",
        "2 files are not DICOM and were passed over.",
    )


def test_a_file_that_changed_since_it_was_listed_is_refused(tmp_path, grid, data):
    paths = write_series(tmp_path, data, grid.affine)
    (series,) = result_of(list_folder(tmp_path)).usable
    header = pydicom.dcmread(paths[1])
    header.SeriesDescription = "changed since"
    save(header, paths[1])
    with pytest.raises(BadFileError, match="has changed since its folder was listed"):
        result_of(read_series(series))


def test_a_folder_that_vanished_since_it_was_listed_is_refused(tmp_path, grid, data):
    paths = write_series(tmp_path, data, grid.affine)
    (series,) = result_of(list_folder(tmp_path)).usable
    for path in paths:
        path.unlink()
    with pytest.raises(BadFileError, match="is gone since its folder was listed; check the disk or the network"):
        result_of(read_series(series))


def test_what_is_not_there_is_told_from_what_is_damaged(tmp_path):
    with pytest.raises(MissingFileError, match=r"There is no file .*nowhere; check the name, the disk and the network"):
        open_any(tmp_path / "nowhere")


def test_a_network_folder_that_stops_answering_is_one_sentence(tmp_path, grid, data, monkeypatch):
    write_series(tmp_path, data, grid.affine)

    def stale(_path):
        raise OSError(116, "Stale file handle")

    monkeypatch.setattr("engine.io.dicom.series.looks_like_dicom", stale)
    with pytest.raises(BadFileError, match=r"could not be read \(Stale file handle\); check the disk or the network"):
        open_any(tmp_path)


def test_a_file_that_goes_while_a_folder_is_listed_is_no_reason_to_stop_but_the_folder_is(tmp_path, grid, data):
    write_series(tmp_path / "scan", data, grid.affine)
    (tmp_path / "scan" / "scratch.lock").touch()
    listing = list_folder(tmp_path)
    next(listing)
    next(listing)
    (tmp_path / "scan" / "scratch.lock").unlink()
    check_places(result_of(read_series(result_of(listing).usable[0])).content, data, grid.affine)
    listing = list_folder(tmp_path)
    next(listing)
    next(listing)
    shutil.rmtree(tmp_path / "scan")
    with pytest.raises(BadFileError, match=r"could not be read \(No such file or directory\); check the disk"):
        result_of(listing)


def test_a_folder_one_may_not_look_into_is_passed_over(tmp_path, grid, data, monkeypatch):
    write_series(tmp_path / "scan", data, grid.affine)
    (tmp_path / "System Volume Information").mkdir()
    plain = os.scandir

    def refuse(place):
        if "System" in str(place):
            raise PermissionError(13, "Permission denied", str(place))
        return plain(place)

    monkeypatch.setattr(os, "scandir", refuse)
    check_places(only(tmp_path).image, data, grid.affine)
    with pytest.raises(BadFileError, match=r"could not be read \(Permission denied\)"):
        open_any(tmp_path / "System Volume Information")


def test_a_file_with_wrong_bytes_is_read_or_refused_in_one_sentence(tmp_path, data, rng):
    paths = [write_series(tmp_path / "scan", data, np.eye(4))[1], write_frames(tmp_path / "f.dcm", data, np.eye(4))]
    whole = [path.read_bytes() for path in paths]
    for _ in range(30):
        for path, before in zip(paths, whole, strict=True):
            raw = bytearray(before)
            for place in rng.integers(128, len(raw) - data[:, :, 0].nbytes, 4):
                raw[place] = rng.integers(0, 256)
            path.write_bytes(raw)
            said = "."
            try:
                open_any(path)
            except EngineError as error:
                said = str(error)
            assert said.endswith(".")
            assert "\n" not in said


def test_a_report_is_no_scan(tmp_path, grid, data):
    (path,) = write_series(tmp_path, data[:, :, :1], grid.affine)
    report = pydicom.dcmread(path)
    report.SOPClassUID = "1.2.840.10008.5.1.4.1.1.88.11"
    del report.Rows, report.PixelData
    save(report, path)
    assert pictures_of(path) == []
    with pytest.raises(BadFileError, match="holds no picture"):
        open_any(path)


# Memory and progress


def test_a_large_scan_takes_little_more_memory_than_twice_its_intensities(tmp_path, rng):
    data = rng.integers(0, 900, (72, 72, 72)).astype(np.int16)
    write_series(tmp_path / "folder", data, np.eye(4))
    nib.save(nib.Nifti1Image(data, np.eye(4)), tmp_path / "scan.nii")
    nib.save(nib.Nifti1Image(data, np.eye(4)), tmp_path / "scan.nii.gz")
    for name in ("folder", "scan.nii", "scan.nii.gz"):
        open_any(tmp_path / name)  # imports what it needs
        tracemalloc.start()
        case = only(tmp_path / name)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 2.4 * case.image.data.nbytes, name


def test_listing_and_reading_tell_how_far_they_are(tmp_path, grid, data):
    write_series(tmp_path, data, grid.affine)
    steps = list(open_one(tmp_path))
    assert [step[1:] for step in steps if step[0] == "Reading"] == [(n + 1, 5) for n in range(5)]
    assert [step[1:] for step in steps if step[0] != "Reading"] == [(n, 5) for n in range(6)]


def test_many_files_of_one_folder_open_one_series(tmp_path):
    slices = [tmp_path / "scan" / f"{n}.dcm" for n in range(4)]
    other = [tmp_path / "a.nii.gz", tmp_path / "b.nii.gz"]
    assert one_per_series([*slices, *other]) == [slices[0], *other]
