"""A series as a film: read from its folder, and written as an animated picture."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from engine import film as film_module
from engine.case import Case
from engine.errors import BadFileError, OutputError
from engine.film import CAPTION, Film, Frame, OpenFilmJob, SaveFilmJob, picture
from engine.grid import Grid, centred_grid
from engine.io.case_folder import save_case
from engine.progress import result_of
from engine.series import Series, member, write_series
from engine.volume import LabelMap, Volume

GRID = centred_grid((20, 24, 20), 2.0, np.zeros(3))
PURPLE = (120, 18, 134)


def made(ventricle_voxels: int, grid: Grid = GRID) -> Case:
    """A synthetic case whose left lateral ventricle lies at the patient's left, in the middle of the grid."""
    labels = np.zeros(grid.shape, dtype=int)
    labels[4:-4, 4:-4, 4:-4] = 2
    labels[4:8, 12 : 12 + ventricle_voxels, 8:12] = 4
    image = np.where(labels == 0, 0.0, 800.0)
    return Case("case", Volume(image, grid), LabelMap(labels, grid), {"synthetic": True})


def write(folder: Path, cases: dict[str, Case]) -> Path:
    series = Series(folder)
    for number, (name, case) in enumerate(cases.items()):
        save_case(replace(case, name=name), folder / name)
        series = replace(series, members=(*series.members, member(replace(case, name=name), 1.0 + number, None)))
    write_series(series, {"synthetic": True})
    return folder


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path / "growing", {f"case-000{n}": made(n) for n in (1, 2, 3)})


def test_the_cases_of_a_series_come_in_their_order(folder):
    film = result_of(OpenFilmJob(folder).run())
    assert [frame.case.name for frame in film.frames] == [f"growing, case-000{n}" for n in (1, 2, 3)]
    assert [frame.target_ml for frame in film.frames] == [1, 2, 3]
    assert [frame.achieved_ml for frame in film.frames] == pytest.approx([0.128, 0.256, 0.384])
    assert all(frame.mark == "SYNTHETIC" for frame in film.frames)


def test_each_case_is_a_step_of_the_progress(folder):
    fractions = [event.fraction for event in OpenFilmJob(folder).run()]
    assert fractions == pytest.approx([0, 1 / 3, 2 / 3])


def test_a_folder_without_a_series_is_refused(tmp_path):
    with pytest.raises(BadFileError, match="not a series"):
        result_of(OpenFilmJob(tmp_path).run())


@pytest.mark.parametrize("text", ["{", "{}", '{"cases": [{"name": "x"}]}', '{"cases": []}'])
def test_a_damaged_record_is_refused(tmp_path, text):
    (tmp_path / "series.json").write_text(text)
    with pytest.raises(BadFileError):
        result_of(OpenFilmJob(tmp_path).run())


def test_cases_on_different_voxels_are_no_film(tmp_path):
    other = centred_grid((20, 24, 20), 2.0, np.ones(3))
    folder = write(tmp_path / "mixed", {"a": made(1), "b": made(2, other)})
    with pytest.raises(BadFileError, match="same voxels"):
        result_of(OpenFilmJob(folder).run())


def test_a_film_too_large_for_memory_is_refused(folder, monkeypatch):
    monkeypatch.setattr(film_module, "MOST_BYTES", 1000)
    with pytest.raises(BadFileError, match="memory"):
        result_of(OpenFilmJob(folder).run())


def as_film(folder: Path) -> Film:
    return result_of(OpenFilmJob(folder).run())


def amber(pixels: np.ndarray) -> int:
    return int((np.abs(pixels.astype(int) - film_module.AMBER).max(axis=-1) < 40).sum())


def test_the_gif_has_a_picture_of_each_case_with_mark_and_volume(folder, tmp_path):
    path = result_of(SaveFilmJob(as_film(folder), tmp_path / "film.gif").run())
    with Image.open(path) as gif:
        frames = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(gif)]
        assert gif.info["loop"] == 0
        assert json.loads(gif.info["comment"])["mark"] == "SYNTHETIC"
    assert len(frames) == 3
    for frame in frames:
        assert amber(frame[:CAPTION, : frame.shape[1] // 2]) > 100, "the mark is burnt in"
    right = [frame[:CAPTION, frame.shape[1] // 2 :] for frame in frames]
    assert not np.array_equal(right[0], right[1]), "each says its own volume"


def test_a_real_case_has_no_synthetic_mark():
    real = replace(made(2), provenance={})
    assert Frame(real, 1, 1).mark == ""
    assert Frame(replace(real, provenance={"morphed": True}), 1, 1).mark == "MORPHED"


def purple_columns(case: Case, *, radiological: bool) -> np.ndarray:
    """Where along the width of the axial slice the left ventricle is drawn, 0 to 1."""
    at = np.array([-16.0, 4.0, 0.0])
    drawn = np.asarray(picture(Frame(case, 1, 1), at, contrast=(0, 1600), radiological=radiological))
    axial = drawn[CAPTION:, : round(20 * 2 * film_module.SCALE) + film_module.MARGIN].astype(int)
    purple = (axial[..., 0] - axial[..., 1] > 30) & (axial[..., 2] - axial[..., 1] > 30)
    return np.flatnonzero(purple.any(axis=0)) / axial.shape[1]


@pytest.mark.parametrize("flip", [False, True])
def test_the_patients_left_is_on_the_right_in_the_radiological_convention(flip):
    case = made(4)
    if flip:  # the same brain, stored from right to left
        affine = GRID.affine @ np.diag([-1, 1, 1, 1])
        affine[:3, 3] = GRID.voxel_to_world((19, 0, 0))
        grid = Grid(GRID.shape, affine)
        assert case.image is not None
        assert case.labels is not None
        case = Case("case", Volume(case.image.data[::-1], grid), LabelMap(case.labels.data[::-1], grid), {})
    assert purple_columns(case, radiological=True).min() > 0.5
    assert purple_columns(case, radiological=False).max() < 0.5


def test_a_gif_that_cannot_be_written_leaves_nothing(folder, tmp_path):
    with pytest.raises(OutputError):
        result_of(SaveFilmJob(as_film(folder), tmp_path / "nowhere" / "film.gif").run())
    assert not (tmp_path / "nowhere").exists()
