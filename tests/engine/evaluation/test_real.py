import numpy as np
import pytest

from engine.errors import EvaluationError
from engine.evaluation import real
from engine.evaluation.real import images, label_maps, scan_paths
from engine.grid import Grid
from engine.labels import CSF, synthseg33
from engine.training.images import around_brain
from engine.volume import LabelMap, Volume
from tests.engine.evaluation.conftest import save
from tests.engine.training.conftest import small_brain


def test_every_label_map_comes_onto_the_packs_grid_with_its_brain_in_the_middle(setting, data, pack):
    found = list(label_maps(setting(data)))
    assert [(each.name, each.held_out) for each in found] == [
        ("a", False),
        ("b", False),
        ("c", False),
        ("synthseg_05", True),
    ]
    for n, each in enumerate(found):
        assert each.labels.grid == pack.grid
        # The small brain has the size of the tiny pack's grid, and its tissue lies in the middle already.
        classes = synthseg33().classes(each.labels.data)
        tissue = np.argwhere((classes > 0) & (classes != synthseg33().class_of_value[CSF]))
        assert np.allclose((tissue.min(axis=0) + tissue.max(axis=0)) / 2, 15.5, atol=0.51)
        assert np.count_nonzero(classes == 1) == np.count_nonzero(small_brain(n) == 1)


def test_without_a_data_folder_it_is_asked_for(setting, tmp_path):
    with pytest.raises(EvaluationError, match="--data"):
        list(label_maps(setting()))
    with pytest.raises(EvaluationError, match="There is no folder"):
        list(label_maps(setting(tmp_path / "nowhere")))


def test_scans_are_taken_evenly_from_all_there_are(tmp_path):
    for n in range(8):
        save(tmp_path / "t1_brain" / f"b{n}.nii.gz", np.zeros((2, 2, 2), np.uint8))
    save(tmp_path / "t1_head" / "h.nii.gz", np.zeros((2, 2, 2), np.uint8))
    assert len(scan_paths(tmp_path, 60)) == 9
    assert [path.name for path in scan_paths(tmp_path, 3)] == ["b0.nii.gz", "b4.nii.gz", "h.nii.gz"]
    with pytest.raises(EvaluationError, match="fewer than two scans"):
        scan_paths(tmp_path / "t1_head", 60)
    with pytest.raises(EvaluationError, match="fewer than two scans"):
        scan_paths(tmp_path, 1)


def shifted_scan():
    """A scan of the small brain on a larger grid elsewhere, and its labels."""
    values = np.zeros((40, 44, 42), np.uint16)
    values[5:37, 3:35, 8:40] = synthseg33().values[small_brain()]
    affine = np.diag([1.0, 1, 1, 1])
    affine[:3, 3] = (-70, 30, 12)
    grid = Grid(values.shape, affine)
    return Volume(10.0 * values + (values > 0), grid), LabelMap(values, grid)


def test_a_scan_and_its_labels_come_onto_the_packs_grid_together(pack):
    scan, labels = shifted_scan()
    image, classes = around_brain(scan, labels, pack.shape, pack.spacing_mm)
    assert image.shape == classes.shape == pack.shape
    values = synthseg33().values[classes]
    assert np.allclose(image[values > 0], 10.0 * values[values > 0] + 1)


def test_a_scan_that_fails_is_left_out_and_said(setting, tmp_path, monkeypatch, capsys):
    scan, labels = shifted_scan()
    save(tmp_path / "good.nii.gz", np.asarray(scan.data), scan.grid.affine)
    save(tmp_path / "small.nii.gz", np.asarray(scan.data), scan.grid.affine)
    (tmp_path / "broken.nii.gz").write_bytes(b"nothing")

    def segment_scan(pack, volume, device, progress):
        yield progress.at("Labelling", 1, 1)
        return labels, {}

    verdicts = iter([None, "intracranial volume 14 mL"])
    monkeypatch.setattr(real, "segment_scan", segment_scan)
    monkeypatch.setattr(real, "implausible", lambda classes: next(verdicts))
    found = list(images(setting(), [tmp_path / f"{n}.nii.gz" for n in ("good", "broken", "small")]))
    assert [each.name for each in found] == ["good"]
    white = synthseg33().class_of_value[[2, 41]]
    assert np.median(found[0].image[np.isin(found[0].classes, white)]) == pytest.approx(0.75)
    said = capsys.readouterr().err
    assert "broken: broken.nii.gz could not be read" in said
    assert "small: its labels are implausible (intracranial volume 14 mL)" in said
