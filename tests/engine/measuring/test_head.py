import json

import numpy as np
import pytest

from engine.labels import CSF
from engine.measures import group_volumes
from engine.measuring import definitions
from engine.measuring.frame import ESTIMATED
from engine.measuring.head import measure_head
from engine.measuring.record import Definition
from engine.measuring.texts import csv_row, measures_as_data, measures_as_text
from engine.measuring.widths import NO_SKULL
from engine.volume import LabelMap
from tests.engine.measuring.conftest import PHANTOM, posed, turned

POSES = {
    "mirrored and permuted axes": (np.array([[0, -2.0, 0], [0, 0, 2], [-2.0, 0, 0]]), turned(0, 0, 0)),
    "turned head": (2 * np.eye(3), turned(14, -11, 9)),
    "oblique, thick slices": (turned(-12, 8, 17) @ np.diag([1.75, 1.75, 3]), turned(0, 0, 0)),
    "both turned, negative determinant": (turned(9, 9, -6) @ np.diag([-2.0, 2.5, 2]), turned(-8, 5, 12)),
}


def without(labels, *values):
    """The map with some labels taken for white matter."""
    data = np.array(labels.data)
    data[np.isin(data, values)] = 2
    return LabelMap(data, labels.grid)


def lengths(found):
    return {line.name: line.length_mm for measure in found.measures for line in measure.lines}


def test_edges_on_voxel_borders_are_found_exactly(measured):
    for name, length in PHANTOM.lengths().items():
        assert lengths(measured)[name] == pytest.approx(length, abs=0.1), name


@pytest.mark.parametrize("pose", POSES.values(), ids=POSES)
def test_the_measures_are_the_same_in_any_pose_and_on_any_grid(pose):
    found = measure_head(posed(*pose))
    assert found.notes == ()
    half = max(np.linalg.norm(pose[0], axis=0)) / 2
    for name, length in PHANTOM.lengths().items():
        assert lengths(found)[name] == pytest.approx(length, abs=half), name
    assert found["callosal_angle"].value == pytest.approx(PHANTOM.callosal_deg, abs=6)
    for key in ("evans_index", "frontal_occipital_horn_ratio"):
        assert found[key].value == pytest.approx(PHANTOM.truth()[key], abs=0.015), key
    assert found["lateral_ventricle_asymmetry"].value == pytest.approx(0, abs=0.01)


def test_lines_lie_on_their_planes_and_turn_with_the_head():
    turn = turned(14, -11, 9)
    found = measure_head(posed(2.5 * np.eye(3), turn))
    for measure in found.measures:
        for line in measure.lines:
            for end in (line.start, line.end):
                assert np.subtract(end, line.plane.point) @ line.plane.normal == pytest.approx(0, abs=1e-6)
    frontal, skull = found["evans_index"].lines
    assert frontal.plane == skull.plane == found["evans_index"].plane
    assert turn.T @ frontal.end == pytest.approx([20, 20, 20], abs=12)
    assert (turn.T @ frontal.start)[0] < -18.5
    angle = found["callosal_angle"]
    apex = np.array(angle.apex)
    left, right = (np.subtract(line.end, apex) for line in angle.lines)
    cosine = left @ right / np.linalg.norm(left) / np.linalg.norm(right)
    assert np.degrees(np.arccos(cosine)) == pytest.approx(angle.value, abs=1e-3)
    assert (turn.T @ apex)[0] == pytest.approx(0, abs=1)
    assert ESTIMATED in angle.notes


def test_asymmetry_and_share_are_ratios_of_counted_volumes(measured, straight):
    data = np.array(straight.data)
    half = (data == 4) & (np.indices(data.shape)[1] % 2 == 0)
    data[half] = 2
    left, right = (data == 4).sum(), (data == 43).sum()
    found = measure_head(LabelMap(data, straight.grid))
    assert found["lateral_ventricle_asymmetry"].value == pytest.approx((left - right) / (left + right))
    ventricles = np.isin(data, [4, 5, 14, 15, 43, 44]).sum()
    assert found["ventricular_share"].value == pytest.approx(ventricles / (data > 0).sum())


@pytest.mark.parametrize(
    ("absent", "lost", "said"),
    [
        ((26,), 6, "left accumbens area"),
        ((16,), 6, "brain stem"),
        ((43,), 4, "right lateral ventricle"),
        ((14,), 6, "third ventricle"),
        ((44,), 2, "right inferior lateral ventricle"),
        ((8, 10, 11, 12, 13, 17, 18), 6, "mid-sagittal plane"),
    ],
)
def test_what_cannot_be_found_is_said_and_never_a_number(straight, absent, lost, said):
    found = measure_head(without(straight, *absent))
    unknown = [measure for measure in found.measures if measure.value is None]
    assert len(unknown) == lost
    for measure in unknown:
        assert said in measure.reason
        assert measure.reason.endswith(".")
        assert measure.lines == ()
        assert measure.plane is None


def test_a_map_without_ventricles_measures_nothing(straight):
    found = measure_head(without(straight, 4, 43, 5, 44, 14, 15))
    assert all(measure.value is None and measure.reason for measure in found.measures)


def test_an_empty_map_measures_nothing(grid):
    found = measure_head(LabelMap(np.zeros(grid.shape, int), grid))
    assert all(measure.value is None and measure.reason for measure in found.measures)


def test_without_the_csf_the_skull_is_said_to_be_missing(straight):
    data = np.array(straight.data)
    data[data == CSF] = 0
    found = measure_head(LabelMap(data, straight.grid))
    assert NO_SKULL in found["evans_index"].notes
    assert found["evans_index"].value == pytest.approx(40 / 126, abs=0.01)


def test_stray_voxels_do_not_widen_anything(measured, straight):
    data = np.array(straight.data)
    data[5:7, 60, 45] = 4
    data[-1, 60, 45] = 42
    again = measure_head(LabelMap(data, straight.grid))
    assert lengths(again) == pytest.approx(lengths(measured))


def test_every_definition_has_a_sentence_and_a_source():
    known = [value for value in vars(definitions).values() if isinstance(value, Definition)]
    assert len({definition.key for definition in known}) == len(known) == 9
    for definition in known:
        assert definition.sentence.endswith(".")
        assert definition.citation.endswith(".")
        assert not definition.doi or definition.doi.startswith("10.")


def test_json_csv_and_table_say_the_same(measured, straight):
    data = json.loads(json.dumps(measures_as_data(measured, straight.table)))
    by_key = {measure["key"]: measure for measure in data["measures"]}
    assert by_key["evans_index"]["value"] == round(measured["evans_index"].value, 4)
    assert by_key["evans_index"]["lines"][0]["length_mm"] == pytest.approx(40, abs=0.01)
    assert by_key["callosal_angle"]["apex"] is not None
    assert by_key["third_ventricle_width"]["doi"]
    row = csv_row("a.nii", measured, straight.table)
    assert float(row["evans_index"]) == by_key["evans_index"]["value"]
    assert float(row["third_ventricle_width_mm"]) == pytest.approx(8, abs=0.1)
    assert row["left_cerebral_cortex_ml"] == ""
    groups = dict(group_volumes(measured.volumes, straight.table))
    assert float(row["ventricles_group_ml"]) == pytest.approx(groups["ventricles"], abs=1e-3)
    assert groups["ventricles"] == pytest.approx(measured.volumes.ventricular_ml)
    assert groups["cortex"] is None
    assert f"{measured['evans_index'].value:.4f}" in measures_as_text(measured)
