import json

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from engine.case import Case
from engine.edit.editor import CaseEditor
from engine.events import Progressed
from engine.grid import Grid
from engine.io.case_folder import open_case, save_case
from engine.measuring import definitions as d
from engine.measuring.by_hand import (
    ANGLE,
    DISTANCE,
    ELLIPSE,
    KEY,
    LINES,
    MOVED_NOTE,
    RECTANGLE,
    Drawn,
    drawn_of,
    moved_of,
    noted,
    statistics,
    value_of,
    voxels_in,
    with_end_at,
    with_moved,
)
from engine.measuring.job import HeadMeasuresJob
from engine.measuring.record import point
from engine.progress import result_of
from engine.volume import Volume

turns = st.tuples(*(st.floats(-180, 180) for _ in range(3)))
positions = st.tuples(*(st.floats(-50, 50, allow_nan=False) for _ in range(3)))


def drawn(kind, *points, normal=(0.0, 0.0, 1.0)):
    return Drawn(kind, tuple(point(np.array(at, float)) for at in points), normal)


@pytest.fixture
def scan(rng):
    """An oblique, anisotropic scan with mirrored axes."""
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", [10, -20, 30], degrees=True).as_matrix() @ np.diag([-1.0, 2.0, 3.0])
    affine[:3, 3] = 5, -7, 9
    grid = Grid((20, 18, 12), affine)
    return Case("scan", Volume(rng.normal(100, 20, grid.shape), grid), None, {"source": "somewhere"})


def test_a_distance_and_an_angle_are_those_of_the_drawing_board():
    assert drawn(DISTANCE, (0, 0, 0), (3, 4, 12)).value == pytest.approx(13)
    assert drawn(ANGLE, (5, 0, 0), (0, 0, 0), (0, 0, 2)).value == pytest.approx(90)
    assert drawn(ANGLE, (1, 1, 0), (0, 0, 0), (3, 0, 0)).value == pytest.approx(45)
    assert drawn(ANGLE, (1, 1, 0), (1, 1, 0), (3, 0, 0)).value == 0
    assert drawn(RECTANGLE, (0, 0, 0), (1, 1, 0)).value is None


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(positions, min_size=3, max_size=3), turns, positions)
def test_distances_and_angles_stay_when_the_head_is_moved(points, turn, shift):
    matrix = Rotation.from_euler("xyz", turn, degrees=True).as_matrix()
    moved = [matrix @ np.array(at) + shift for at in points]
    one, other = drawn(DISTANCE, *points[:2]).value, drawn(DISTANCE, *moved[:2]).value
    assert other == pytest.approx(one, abs=1e-6)
    # Where an arm has as good as no length, its direction is anybody's guess.
    if min(np.linalg.norm(np.subtract(points[n], points[1])) for n in (0, 2)) > 1e-3:
        assert drawn(ANGLE, *moved).value == pytest.approx(drawn(ANGLE, *points).value, abs=1e-3)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_rectangle_counts_the_voxels_between_its_corners(scan, axis):
    low, high = np.array([4, 3, 2]), np.array([9, 11, 7])
    high[axis] = low[axis]
    grid = scan.grid
    across = np.cross(*np.delete(grid.direction, axis, axis=1).T)
    region = drawn(RECTANGLE, *grid.voxel_to_world(np.array([low, high])), normal=point(across))
    cut = tuple(slice(a, b + 1) for a, b in zip(low, high, strict=True))
    grey = np.asarray(scan.image.data)[cut].astype(float)
    found = statistics(region, scan)
    assert found.voxels == grey.size
    assert found.mean == pytest.approx(grey.mean())
    assert found.sd == pytest.approx(grey.std())
    assert (found.low, found.high) == (grey.min(), grey.max())
    sides = np.delete(grid.spacing, axis)
    assert found.area_mm2 == pytest.approx(grey.size * sides.prod())
    assert found.volume_ml == pytest.approx(grey.size * np.prod(grid.spacing) / 1000)


def test_an_ellipse_counts_the_voxels_inside_it(scan):
    corners = scan.grid.voxel_to_world(np.array([[2, 3, 6], [12, 13, 6.0]]))
    region = drawn(ELLIPSE, *corners, normal=point(scan.grid.direction[:, 2]))
    i, j = np.meshgrid(np.arange(20), np.arange(18), indexing="ij")
    inside = np.argwhere(((i - 7) / 5) ** 2 + ((j - 8) / 5) ** 2 <= 1)
    assert {tuple(at) for at in voxels_in(region, scan.grid).tolist()} == {(a, b, 6) for a, b in inside.tolist()}


def test_a_region_outside_has_no_voxels_and_no_mean(scan):
    region = drawn(RECTANGLE, (900, 900, 900), (910, 910, 900), normal=point(scan.grid.direction[:, 2]))
    found = statistics(region, scan)
    assert (found.voxels, found.mean) == (0, None)


def test_measurements_are_saved_and_opened_with_the_case(scan, measured, tmp_path):
    region = drawn(ELLIPSE, *scan.grid.voxel_to_world(np.array([[2, 3, 6], [12, 13, 6.0]])), normal=(0.0, 0.0, 1.0))
    marks = (drawn(DISTANCE, (0, 0, 0), (3, 4, 0)), drawn(ANGLE, (5, 0, 0), (0, 0, 0), (0, 0, 2)), region)
    moved = with_end_at(measured["evans_index"], 0, np.array(measured["evans_index"].lines[0].start) - [4, 0, 0])
    folder = save_case(noted(scan, marks, [moved]), tmp_path / "case")
    entries = json.loads((folder / "case.json").read_text(encoding="utf-8"))[KEY]
    assert [entry["kind"] for entry in entries] == ["distance", "angle", "ellipse", "moved"]
    assert all(entry["by"] == "hand" for entry in entries)
    assert entries[0]["value"] == 5
    grey = nib.load(folder / "image.nii.gz").get_fdata()[tuple(voxels_in(region, scan.grid).T)]
    assert entries[2]["mean"] == pytest.approx(grey.mean(), abs=1e-3)
    opened = open_case(folder)
    for one, other in zip(drawn_of(opened.provenance), marks, strict=True):
        assert np.allclose(one.points, other.points, atol=1e-3)
    assert np.allclose(moved_of(opened.provenance)[0].lines[0].start, moved.lines[0].start, atol=1e-3)


def test_a_case_without_measurements_has_no_record_of_them(scan):
    assert KEY not in noted(noted(scan, [drawn(DISTANCE, (0, 0, 0), (3, 4, 0))], []), [], []).provenance


@pytest.mark.parametrize(
    "entry",
    [
        "nonsense",
        {"kind": "distance", "points": [[0, 0, 0]], "normal": [0, 0, 1]},
        {"kind": "distance", "points": [[0, 0, 0], [1, None, 2]], "normal": [0, 0, 1]},
        {"kind": "distance", "points": [[0, 0, 0], [1, float("nan"), 2]], "normal": [0, 0, 1]},
        {"kind": "area", "points": [[0, 0, 0], [1, 1, 2]], "normal": [0, 0, 1]},
        {"kind": "moved", "key": "evans_index", "lines": []},
        {"kind": "moved", "key": "evans_index", "lines": [{"name": "a"}]},
    ],
)
def test_damaged_entries_are_passed_over(entry):
    assert drawn_of({KEY: [entry]}) == ()
    assert moved_of({KEY: [entry]}) == ()
    assert drawn_of({KEY: 7}) == ()


def test_the_lines_of_every_measure_give_its_value(measured):
    for key, count in LINES.items():
        measure = measured[key]
        assert len(measure.lines) == count
        assert value_of(key, measure.lines) == pytest.approx(measure.value, abs=1e-6)


def test_a_moved_end_stays_on_the_plane_and_changes_the_value(measured):
    evans = measured["evans_index"]
    end = np.array(evans.lines[0].end)
    moved = with_end_at(evans, 1, np.add(end, [3, 0, 9]))
    assert moved.lines[0].end == pytest.approx(np.add(end, [3, 0, 0]), abs=1e-6)
    after = with_moved(measured, noted_record(moved))
    assert after["evans_index"].value == pytest.approx((40 + 3) / 136, abs=1e-3)
    assert after["evans_index"].by_hand
    assert MOVED_NOTE in after["evans_index"].notes
    assert after["third_ventricle_width"] == measured["third_ventricle_width"]


def noted_record(*moved):
    labels = Case("x", Volume(np.arange(8).reshape(2, 2, 2), Grid((2, 2, 2), np.eye(4))))
    return noted(labels, [], moved).provenance


def test_both_arms_follow_the_apex_of_an_angle(measured):
    angle = measured[d.CALLOSAL_ANGLE.key]
    moved = with_end_at(angle, 2, np.add(angle.apex, [0, 0, 2]))
    assert moved.lines[0].start == moved.lines[1].start == pytest.approx(np.add(angle.apex, [0, 0, 2]), abs=1e-6)
    assert moved.lines[0].end == angle.lines[0].end
    after = with_moved(measured, noted_record(moved))[d.CALLOSAL_ANGLE.key]
    assert after.value > angle.value
    assert after.apex == pytest.approx(moved.lines[0].start, abs=1e-3)


def test_the_editor_undoes_and_redoes_a_measurement_and_keeps_the_voxels(straight):
    case, editor = Case("head", None, straight), CaseEditor()
    editor.open(case)
    after = editor.note("distance", noted(case, [drawn(DISTANCE, (0, 0, 0), (3, 4, 0))], []))
    assert editor.history.last is not None
    assert editor.history.last.name == "distance"
    assert editor.history.used_bytes == 0
    assert editor.undo() is case
    assert editor.redo() is after
    assert after.labels is straight


def test_a_measured_synthetic_case_can_be_returned_to_after_the_next_one(straight):
    case = Case("made", None, straight, {"synthetic": True, "recipe": {}})
    editor = CaseEditor()
    editor.open(case)
    measured = editor.note("distance", noted(case, [drawn(DISTANCE, (0, 0, 0), (3, 4, 0))], []))
    editor.replace(
        Case("next", None, straight.__class__(straight.data, straight.grid), {"synthetic": True, "recipe": {}})
    )
    assert editor.undo() is measured


def test_the_job_takes_the_measures_step_by_step(straight, measured):
    events = list(HeadMeasuresJob(straight).run())
    fractions = [event.fraction for event in events if isinstance(event, Progressed)]
    assert fractions == sorted(fractions)
    assert len(fractions) == len(events) == 8
    found = result_of(HeadMeasuresJob(straight).run())
    assert [one.value for one in found.measures] == [one.value for one in measured.measures]
