import numpy as np
import pytest

from engine.errors import TrainingError
from engine.labels import VENTRICLES, synthseg33
from engine.training import shapes as shapes_module
from engine.training.label_maps import HeadMap
from engine.training.shapes import (
    ShapeLibrary,
    grown_heads,
    intracranial_ml,
    placed,
    variants,
    ventricular_ml,
    write_shapes,
)

SHAPE = (60, 64, 56)


def ellipsoid(radii, middle=0.0):
    i, j, k = np.meshgrid(*(np.arange(n) - (n - 1) / 2 for n in SHAPE), indexing="ij")
    return ((i - middle) / radii[0]) ** 2 + (j / radii[1]) ** 2 + (k / radii[2]) ** 2 <= 1


@pytest.fixture(scope="module")
def round_brain():
    """(60, 64, 56) class indices: ventricles of 13 mL in white matter, CSF around it."""
    values = np.zeros(SHAPE, np.uint16)
    values[ellipsoid((28, 30, 26))] = 24
    values[ellipsoid((24, 26, 22))] = 2
    values[ellipsoid((7, 14, 8), -9)] = 4
    values[ellipsoid((7, 14, 8), 9)] = 43
    return synthseg33().classes(values)


@pytest.mark.parametrize("offset", [(0, 0, 0), (-7, 3, 0), (30, -30, 4), (100, 0, 0)])
def test_a_placed_array_has_the_centre_in_its_middle_and_zero_around(rng, offset):
    array = rng.integers(1, 99, (12, 13, 14))
    centre = np.array([5.5, 6.0, 6.5]) + offset
    found = placed(array, centre, (10, 11, 8))
    assert found.shape == (10, 11, 8)
    assert found.dtype == array.dtype
    wanted = np.zeros((10, 11, 8), int)
    for index in np.ndindex(*found.shape):
        source = np.round(centre - (4.5, 5, 3.5)).astype(int) + index
        if ((source >= 0) & (source < array.shape)).all():
            wanted[index] = array[tuple(source)]
    assert np.array_equal(found, wanted)


def test_volumes_are_counted_in_ml(round_brain):
    values = synthseg33().values[round_brain]
    assert ventricular_ml(round_brain) == np.isin(values, VENTRICLES).sum() / 1000 > 5
    assert intracranial_ml(round_brain) == (values > 0).sum() / 1000 > ventricular_ml(round_brain)


def test_variants_begin_with_the_brain_itself_and_go_through_the_range(round_brain, monkeypatch):
    monkeypatch.setattr(shapes_module, "SMALLEST_ML", 3.0)
    monkeypatch.setattr(shapes_module, "LARGEST_ML", 20.0)
    (start, first), *others = list(variants(round_brain, growth=1.3))
    assert first is None
    assert start == ventricular_ml(round_brain)
    volumes = [ml for ml, _ in others]
    grown, shrunk = [ml for ml in volumes if ml > start], [ml for ml in volumes if ml < start]
    assert grown == sorted(grown)
    assert shrunk == sorted(shrunk, reverse=True)
    assert grown
    assert shrunk
    for direction in (grown, shrunk):
        for a, b in zip([start, *direction], direction, strict=False):
            assert max(a / b, b / a) >= 1.3
    assert all(3 <= ml <= 20 for ml in volumes)
    for ml, warp in others:
        assert warp is not None
        assert warp.smallest_jacobian() > 0
        assert ventricular_ml(warp.labels(round_brain)) == pytest.approx(ml, rel=0.1)


@pytest.fixture
def one_head(round_brain, monkeypatch):
    """The data folder holds one small head; what is read is counted."""
    tissue = round_brain.astype(np.uint8)
    head = HeadMap("round", tissue, synthseg33().values, round_brain, (np.array(SHAPE) - 1) / 2)
    monkeypatch.setattr(shapes_module, "read_head_maps", lambda data: [head])
    monkeypatch.setattr(shapes_module, "SMALLEST_ML", 3.0)
    monkeypatch.setattr(shapes_module, "LARGEST_ML", 20.0)
    monkeypatch.setattr(shapes_module, "GRID", SHAPE)
    monkeypatch.setattr(shapes_module, "placed", lambda array, centre: placed(array, centre, SHAPE))
    written = []
    write = shapes_module._write_subject

    def watched(head, folder):
        written.append(head)
        write(head, folder)

    monkeypatch.setattr(shapes_module, "_write_subject", watched)
    return written


def test_every_variant_is_written_once_and_read_back(round_brain, one_head, tmp_path):
    folder = write_shapes(tmp_path / "data", tmp_path)
    library = ShapeLibrary(tmp_path)
    assert len(library) >= 3
    rng = np.random.default_rng(0)
    found = [library.pick(rng) for _ in range(40)]
    assert any(np.array_equal(shape, round_brain) for shape in found)
    volumes = [ventricular_ml(shape) for shape in found]
    assert min(volumes) < ventricular_ml(round_brain) < max(volumes)
    assert sorted(path.name for path in folder.glob("*.done")) == ["round.done"]
    write_shapes(tmp_path / "data", tmp_path)
    assert len(one_head) == 1


def test_a_subject_that_was_not_finished_is_written_again(one_head, tmp_path):
    folder = write_shapes(tmp_path / "data", tmp_path)
    (folder / "round.done").unlink()
    write_shapes(tmp_path / "data", tmp_path)
    assert len(one_head) == 2


def test_without_shapes_the_stage_that_makes_them_is_named(tmp_path):
    with pytest.raises(TrainingError, match="run `train shapes` first"):
        ShapeLibrary(tmp_path)


def test_label_maps_of_scans_join_the_shapes(round_brain, one_head, tmp_path):
    write_shapes(tmp_path / "data", tmp_path)
    (tmp_path / "images").mkdir()
    scanned = np.full_like(round_brain, 7)
    np.save(tmp_path / "images" / "scan_00_classes.npy", scanned)
    library, rng = ShapeLibrary(tmp_path), np.random.default_rng(0)
    from_scans = [np.array_equal(library.pick(rng), scanned) for _ in range(60)]
    assert 0.2 < np.mean(from_scans) < 0.6


def test_a_grown_head_has_its_tissue_moved_with_its_classes(round_brain, monkeypatch):
    monkeypatch.setattr(shapes_module, "SMALLEST_ML", 3.0)
    monkeypatch.setattr(shapes_module, "LARGEST_ML", 30.0)
    head = HeadMap("round", round_brain, synthseg33().values, round_brain, np.array([29.5, 31.5, 27.5]))
    first, *others = grown_heads(head, 1.3)
    assert first is head
    assert {ventricular_ml(h.classes) > ventricular_ml(round_brain) for h in others} == {True, False}
    assert all(np.array_equal(h.tissue, h.classes) for h in others)
