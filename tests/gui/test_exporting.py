"""Exports through the real window, and the surface they are made of."""

import json
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from engine.case import Case
from engine.errors import BadLabelsError
from engine.grid import Grid
from engine.volume import LabelMap
from gui.exporting import file_name, mesh_of
from tests.gui.conftest import ball_labels

GRIDS = {
    "RAS": np.diag([2.0, 2, 2, 1]),
    "mirrored": np.diag([-2.0, 2, 2, 1]),
    "oblique": np.array([[0, 0.3, -1.9, 60], [-1.9, 0.6, 0, 70], [0.6, 1.9, 0.3, -60], [0, 0, 0, 1.0]]),
}


@pytest.fixture
def made(desktop, until):
    """The window with a generated case."""
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None and desktop.session.status is None)
    return desktop


def enclosed_mm3(mesh, value) -> float:
    """Volume inside the surface of a structure."""
    a, b, c = np.moveaxis(mesh.vertices[mesh.triangles[mesh.labels == value]].astype(float), 1, 0)
    return float((a * np.cross(b, c)).sum() / 6)


def open_edges(mesh, value) -> int:
    """How many edges of a structure's surface are not shared by one triangle in each direction."""
    triangles = mesh.triangles[mesh.labels == value]
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    there = {tuple(edge) for edge in edges.tolist()}
    return sum((b, a) not in there for a, b in there)


@pytest.mark.parametrize("affine", GRIDS.values(), ids=GRIDS.keys())
def test_surfaces_are_closed_and_enclose_their_structures_in_the_world(affine):
    labels = ball_labels(Grid((40, 36, 44), affine), 60)
    mesh = mesh_of(labels, frozenset(), 0)
    assert set(mesh.labels.tolist()) == {4, 43}
    for value in (4, 43):
        voxels = np.argwhere(labels.data == value)
        assert open_edges(mesh, value) == 0
        assert enclosed_mm3(mesh, value) == pytest.approx(len(voxels) * labels.grid.voxel_ml * 1000, rel=0.05)
        used = mesh.vertices[np.unique(mesh.triangles[mesh.labels == value])]
        assert np.allclose(used.mean(axis=0), labels.grid.voxel_to_world(voxels).mean(axis=0), atol=1.5)
    left = mesh.vertices[np.unique(mesh.triangles[mesh.labels == 4])]
    assert left[:, 0].max() < labels.grid.centre[0] + 3, "the left one is on the left"


def test_a_structure_at_the_rim_is_closed_too():
    data = np.zeros((10, 10, 10), dtype=int)
    data[:4, :, 3:] = 4
    mesh = mesh_of(LabelMap(data, Grid(data.shape, np.eye(4))), frozenset(), 0)
    assert open_edges(mesh, 4) == 0
    assert enclosed_mm3(mesh, 4) == pytest.approx(280, rel=0.15)


def test_hidden_structures_are_left_out_and_nothing_at_all_is_refused():
    labels = ball_labels(Grid((40, 36, 44), GRIDS["RAS"]), 60)
    mesh = mesh_of(labels, frozenset({43}), 12)
    assert set(mesh.labels.tolist()) == {4}
    assert open_edges(mesh, 4) == 0
    with pytest.raises(BadLabelsError, match="no surface"):
        mesh_of(labels, frozenset({4, 43}), 12)


def test_every_export_is_offered_under_the_cases_name_and_written(made, until, dialogs, tmp_path):
    case = made.session.case
    actions = made.window.actions_by_name
    for name, file, suggestion in (
        ("export_image", "a.nii.gz", "synthetic 30 mL.nii.gz"),
        ("export_labels", "b", "synthetic 30 mL_labels.nii.gz"),
        ("export_volumes", "c.csv", "synthetic 30 mL_volumes.csv"),
        ("export_surface", "d", "synthetic 30 mL_ventricles.stl"),
        ("export_surface", "e.PLY", "synthetic 30 mL_ventricles.stl"),
        ("export_surface", "f.obj", "synthetic 30 mL_ventricles.stl"),
    ):
        made.session.set_message(None)
        dialogs.path = tmp_path / file
        actions[name].trigger()
        assert dialogs.asked[-1] == f"export: {suggestion}"
        until(lambda: made.session.message is not None and made.session.status is None)
        assert not made.session.message.error, made.session.message
    written = ["a.nii.gz", "b.nii.gz", "c.csv", "d.stl", "e.PLY", "f.obj"]
    provenance = [f"{name}.provenance.json" for name in written]
    found = {path.name for path in tmp_path.iterdir() if path.is_file()} - {"settings.ini"}
    assert found == {*written, *provenance}
    assert np.array_equal(nib.load(tmp_path / "a.nii.gz").get_fdata(dtype=np.float32), case.image.data)
    assert np.array_equal(np.asarray(nib.load(tmp_path / "b.nii.gz").dataobj), case.labels.data)
    for name in provenance:
        assert json.loads((tmp_path / name).read_text(encoding="utf-8"))["recipe"] == case.provenance["recipe"]
    for name in ("d.stl", "e.PLY", "f.obj"):
        assert b"SYNTHETIC" in (tmp_path / name).read_bytes()[:200]


def test_what_is_not_there_is_not_offered(desktop, until, dialogs, scan):
    names = ("export_image", "export_labels", "export_volumes", "export_surface")
    actions = desktop.window.actions_by_name
    assert not any(actions[name].isEnabled() for name in names)
    desktop.controller.open(scan)
    until(lambda: desktop.session.case is not None)
    assert [actions[name].isEnabled() for name in names] == [True, False, False, False]


def test_a_picture_says_where_it_comes_from(made, until, dialogs, tmp_path):
    dialogs.path = tmp_path / "picture"
    made.window.actions_by_name["save_picture"].trigger()
    until((tmp_path / "picture.png").exists)
    with Image.open(tmp_path / "picture.png") as picture:
        texts = picture.text
    assert texts["Software"].startswith("VentriSynth")
    assert texts["Description"].startswith("SYNTHETIC")
    assert json.loads(texts["Provenance"])["recipe"] == made.session.case.provenance["recipe"]


def test_an_export_that_fails_says_so_and_leaves_nothing(made, until, dialogs, tmp_path):
    folder = tmp_path / "vanished"
    dialogs.path = folder / "a.ply"
    for name in ("export_surface", "export_image", "save_picture"):
        made.session.set_message(None)
        dialogs.path = dialogs.path.with_suffix(".png" if name == "save_picture" else dialogs.path.suffix)
        made.window.actions_by_name[name].trigger()
        until(lambda: made.session.message is not None and made.session.status is None)
        assert made.session.message.error
        assert "is not there; choose another folder" in made.session.message.sentence
    assert not folder.exists()


def test_a_cases_name_makes_a_file_name():
    assert file_name('a/b\\c: "d"?\n') == "a_b_c_ _d___"
    assert replace(Case("x", None, ball_labels(Grid((8, 8, 8), np.eye(4)), 0.1)), name="Ä ö").name == file_name("Ä ö")
