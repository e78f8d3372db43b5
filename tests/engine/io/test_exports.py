import csv
import json
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest

from engine.case import Case
from engine.errors import BadFileError, OutputError
from engine.grid import centred_grid
from engine.io.exports import export_bytes, export_image, export_labels, export_surface, export_volumes
from engine.io.surface_files import Mesh
from engine.labels import synthseg33
from engine.volume import LabelMap, Volume
from resources import version

EDITS = [{"tool": "brush", "by": "hand", "label": 4, "voxels": 12, "step": 1}]


@pytest.fixture
def case(volume, labels):
    """A generated case that was corrected by hand."""
    return Case("case Ä\n1", volume, labels, {"synthetic": True, "edits": EDITS, "recipe": {"anatomy_seed": 1}})


@pytest.fixture
def mesh():
    """Two tetrahedra, one of each lateral ventricle, 10 mm at their legs."""
    corners = np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0, 10]], dtype=np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], dtype=np.int32)
    return Mesh(
        np.concatenate([corners - np.array([20, 0, 0]), corners + np.array([5, 1, 2])]).astype(np.float32),
        np.concatenate([faces, faces + 4]).astype(np.int32),
        np.repeat(np.array([4, 43], dtype=np.uint16), 4),
        synthseg33(),
    )


def test_image_and_labels_are_nifti_with_the_mark_and_the_record_beside(tmp_path, case):
    export_image(case, tmp_path / "a.nii.gz")
    export_labels(case, tmp_path / "b.nii.gz")
    assert np.array_equal(nib.load(tmp_path / "a.nii.gz").get_fdata(dtype=np.float32), case.image.data)
    assert np.array_equal(np.asarray(nib.load(tmp_path / "b.nii.gz").dataobj), case.labels.data)
    for name in ("a.nii.gz", "b.nii.gz"):
        image = nib.load(tmp_path / name)
        assert image.header["descrip"].item().startswith(b"SYNTHETIC")
        assert np.allclose(image.affine, case.grid.affine, atol=1e-4)
        record = json.loads((tmp_path / f"{name}.provenance.json").read_text(encoding="utf-8"))
        assert (record["file"], record["synthetic"], record["edits"]) == (name, True, EDITS)
        assert record["program"] == f"VentriSynth {version()}"
        assert record["exported"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        name + end for name in ("a.nii.gz", "b.nii.gz") for end in ("", ".provenance.json")
    )


def test_volumes_are_a_plain_table_with_the_record_beside(tmp_path, case):
    export_volumes(case, tmp_path / "a.csv")
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 32 + 3
    assert json.loads((tmp_path / "a.csv.provenance.json").read_text(encoding="utf-8"))["synthetic"]


def test_a_stl_file_holds_the_triangles_with_their_fronts_outside(tmp_path, case, mesh):
    export_surface(case, mesh, tmp_path / "a.stl")
    content = (tmp_path / "a.stl").read_bytes()
    assert content.startswith(b"RAS mm; SYNTHETIC")
    assert int.from_bytes(content[80:84], "little") == 8
    kind = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    records = np.frombuffer(content, kind, offset=84)
    assert np.array_equal(records["corners"], mesh.vertices[mesh.triangles])
    assert np.allclose(records["normal"][0], [0, 0, -1])
    assert np.allclose(np.linalg.norm(records["normal"], axis=1), 1)


def test_a_ply_file_names_structures_and_colours_them(tmp_path, case, mesh):
    export_surface(case, mesh, tmp_path / "a.ply")
    header, _, body = (tmp_path / "a.ply").read_bytes().partition(b"end_header\n")
    lines = header.decode("ascii").splitlines()
    assert lines[:2] == ["ply", "format binary_little_endian 1.0"]
    comments = [line for line in lines if line.startswith("comment ")]
    assert "SYNTHETIC" in comments[0]
    assert json.loads(comments[1].partition("Provenance: ")[2])["edits"] == EDITS
    assert "world RAS mm" in comments[2]
    assert "comment label 43 = Right lateral ventricle" in comments
    vertices = np.frombuffer(body, "<f4", 24).reshape(8, 3)
    assert np.array_equal(vertices, mesh.vertices)
    kind = np.dtype([("count", "u1"), ("corners", "<i4", 3), ("label", "<u2"), ("colour", "u1", 3)])
    faces = np.frombuffer(body, kind, offset=96)
    assert np.array_equal(faces["corners"], mesh.triangles)
    assert faces["label"].tolist() == [4] * 4 + [43] * 4
    assert tuple(faces["colour"][-1]) == synthseg33()[43].colour


def test_an_obj_file_has_an_object_for_each_structure(tmp_path, case, mesh):
    export_surface(case, mesh, tmp_path / "a.obj")
    lines = (tmp_path / "a.obj").read_text(encoding="ascii").splitlines()
    assert "SYNTHETIC" in lines[0]
    assert any("world RAS mm" in line for line in lines[:3])
    vertices = np.array([line.split()[1:] for line in lines if line.startswith("v ")], dtype=float)
    assert np.allclose(vertices, mesh.vertices, atol=1e-4)
    assert [line for line in lines if line.startswith("o ")] == [
        "o Left_lateral_ventricle",
        "o Right_lateral_ventricle",
    ]
    faces = np.array([line.split()[1:] for line in lines if line.startswith("f ")], dtype=int)
    assert np.array_equal(faces, mesh.triangles + 1)


def test_what_a_case_lacks_is_not_exported(tmp_path, volume, labels):
    with pytest.raises(BadFileError, match="has no image"):
        export_image(Case("a", labels=labels), tmp_path / "a.nii.gz")
    for export, name in ((export_labels, "a.nii.gz"), (export_volumes, "a.csv")):
        with pytest.raises(BadFileError, match="segment the scan first"):
            export(Case("a", volume), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_another_ending_is_refused(tmp_path, case, mesh):
    with pytest.raises(OutputError, match=r"\.stl, \.ply or \.obj"):
        export_surface(case, mesh, tmp_path / "a.vtk")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("room", [0, 100, 800])
@pytest.mark.parametrize("name", ["a.nii.gz", "b.nii.gz", "a.csv", "a.stl", "a.ply", "a.obj", "a.png"])
def test_a_full_disk_leaves_what_was_there_and_one_sentence(tmp_path, mesh, largest_file, name, room):
    path = tmp_path / name
    path.write_bytes(b"before")
    # Every file needs more room than its record does.
    mesh = replace(mesh, triangles=np.tile(mesh.triangles, (9, 1)), labels=np.tile(mesh.labels, 9))
    values = np.resize(synthseg33().values, 4096)
    grid = centred_grid((16, 16, 16), 1.0, np.zeros(3))
    labels = LabelMap(np.random.default_rng(0).permutation(values).reshape(grid.shape), grid)
    case = Case("a", Volume(labels.data, grid), labels)

    def export():
        if name.endswith(".nii.gz"):
            return (export_image if name[0] == "a" else export_labels)(case, path)
        if name.endswith(".csv"):
            return export_volumes(case, path)
        return export_bytes(bytes(1000), path) if name.endswith(".png") else export_surface(case, mesh, path)

    largest_file(room)
    with pytest.raises(OutputError) as caught:
        export()
    largest_file(None)
    assert str(caught.value) == f"{path} is larger than a file may be there; choose another disk."
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]
