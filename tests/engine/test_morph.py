import itertools
from types import MappingProxyType

import numpy as np
import pytest
from scipy import ndimage

from engine.case import Case
from engine.errors import BadLabelsError, BadRecipeError
from engine.events import Noticed, Progressed
from engine.grid import Grid, centred_grid
from engine.labels import VENTRICLES
from engine.measures import measure_volumes
from engine.morph import STAGES, morph
from engine.overlap import dice
from engine.progress import Progress
from engine.resample import resampled_labels
from engine.volume import LabelMap, Volume

from .conftest import AFFINES
from .small_brain import SHAPE, small_brain, small_brain_on


@pytest.fixture(scope="module")
def brain():
    return small_brain()


def morphed(labels, target_ml, image=None, provenance=MappingProxyType({})):
    """What a morph says, and the case it makes."""
    events = morph(Case("brain", image, labels, provenance), target_ml, Progress(1, STAGES))
    said = []
    while True:
        try:
            said.append(next(events))
        except StopIteration as done:
            return said, done.value


def grown(labels, target_ml):
    return morphed(labels, target_ml)[1].labels


def ventricular_ml(labels):
    return measure_volumes(labels).ventricular_ml


def of_ventricles(labels):
    return np.isin(labels.data, VENTRICLES)


def test_the_brain_of_these_tests_has_the_volumes_they_are_written_for(brain):
    assert ventricular_ml(brain) == pytest.approx(2.7, abs=0.1)
    assert measure_volumes(brain).icv_ml == pytest.approx(83, abs=3)


@pytest.fixture(scope="module")
def larger(brain):
    """What a morph to 6 mL says and makes, with an image that shows the ventricles alone."""
    return morphed(brain, 6.0, Volume(of_ventricles(brain) * 100.0, brain.grid))


@pytest.fixture(scope="module")
def smaller(brain):
    """The same, to 1.2 mL."""
    return morphed(brain, 1.2, Volume(of_ventricles(brain) * 100.0, brain.grid))


@pytest.fixture(params=["larger", "smaller"])
def either(request):
    return request.getfixturevalue(request.param)


def test_ventricles_grow_and_shrink_to_the_volume_asked_for(either, brain):
    _, case = either
    figures = case.provenance["morph"]
    assert ventricular_ml(case.labels) == pytest.approx(figures["target_ml"], abs=0.05)
    assert figures["achieved_ml"] == pytest.approx(ventricular_ml(case.labels), abs=1e-3)
    assert figures["smallest_jacobian"] > 0
    assert 1 < figures["largest_displacement_mm"] < 10
    assert case.labels.grid == case.image.grid == brain.grid


def test_the_brain_keeps_its_size_its_labels_and_its_sides(either, brain):
    labels = either[1].labels
    assert measure_volumes(labels).icv_ml == pytest.approx(measure_volumes(brain).icv_ml, rel=0.005)
    assert set(np.unique(labels.data)) == set(np.unique(brain.data))
    sides = np.indices(brain.grid.shape)[0]
    assert sides[labels.data == 4].max() < sides[labels.data == 43].min()


def test_one_ventricle_stays_one_piece(either):
    for value in (4, 43):
        assert ndimage.label(either[1].labels.data == value, np.ones((3, 3, 3)))[1] == 1


def test_left_and_right_change_alike(either):
    data = either[1].labels.data
    assert dice(data == 4, np.flip(data, 0) == 43) > 0.94


def test_image_and_labels_are_moved_by_the_same_map(either):
    _, case = either
    assert dice(case.image.data > 50, of_ventricles(case.labels)) > 0.93


@pytest.mark.parametrize("target_ml", [0.3, 12.0])
def test_far_targets_are_reached_too(brain, target_ml):
    assert ventricular_ml(morphed(brain, target_ml)[1].labels) == pytest.approx(target_ml, abs=0.05)


def test_a_volume_it_already_has_changes_nothing(brain, rng):
    image = Volume(rng.normal(100, 20, brain.grid.shape), brain.grid)
    _, case = morphed(brain, ventricular_ml(brain) + 0.04, image)
    assert np.array_equal(case.labels.data, brain.data)
    assert np.array_equal(case.image.data, image.data)
    assert case.provenance["morph"]["smallest_jacobian"] == 1


def test_a_volume_nearly_as_it_is_moves_tissue_hardly(brain):
    _, case = morphed(brain, ventricular_ml(brain) + 0.15)
    # Voxels change their label only where a border moves by half a voxel.
    assert case.provenance["morph"]["largest_displacement_mm"] < 0.8


def test_far_outside_the_brain_the_image_stays_as_it_is(rng):
    grid = centred_grid((90, 90, 90), 1.0, np.zeros(3))
    labels = small_brain_on(grid, 0.8)
    image = Volume(rng.normal(100, 20, grid.shape), grid)
    _, case = morphed(labels, 3.0, image)
    far = ndimage.distance_transform_edt(labels.data == 0) > 15
    assert far.sum() > 1000
    assert np.allclose(case.image.data[far], image.data[far], atol=1e-3)
    assert not np.allclose(case.image.data[~far], image.data[~far], atol=1)


# However the voxels lie


def reordered(labels, axes, flipped):
    """The same voxels with their axes in another order, some of them counted from the other end."""
    turn = np.zeros((4, 4))
    turn[3, 3] = 1
    for new, old in enumerate(axes):
        turn[old, new] = -1 if flipped[new] else 1
        turn[old, 3] = labels.grid.shape[old] - 1 if flipped[new] else 0
    data = np.flip(np.transpose(labels.data, axes), tuple(axis for axis, flip in enumerate(flipped) if flip))
    return LabelMap(data, Grid(data.shape, labels.grid.affine @ turn))


@pytest.mark.parametrize(
    ("axes", "flipped"), [((0, 1, 2), (True, False, False)), ((0, 2, 1), (False, True, True)), ((2, 0, 1), (True,) * 3)]
)
def test_permuted_and_flipped_axes_give_the_same_anatomy(brain, larger, axes, flipped):
    expected = reordered(larger[1].labels, axes, flipped)
    found = grown(reordered(brain, axes, flipped), 6.0)
    assert found.grid == expected.grid
    assert (found.data != expected.data).mean() < 1e-4


def test_voxels_half_way_between_those_of_the_flow_fall_to_the_same_side():
    brain = small_brain_on(centred_grid((30, 32, 28), 2.0, np.zeros(3)))
    found = grown(reordered(brain, (0, 1, 2), (True, False, True)), 6.0)
    assert (found.data != reordered(grown(brain, 6.0), (0, 1, 2), (True, False, True)).data).mean() < 1e-4


@pytest.mark.parametrize("name", [name for name in AFFINES if name != "RAS"])
def test_every_grid_a_file_may_have_gives_the_same_anatomy(brain, larger, name):
    linear = AFFINES[name][:3, :3]
    inverse = np.linalg.inv(linear)
    shape = tuple(np.ceil(np.abs(inverse) @ np.array(SHAPE)).astype(int).tolist())
    affine = np.eye(4)
    affine[:3, :3] = linear
    affine[:3, 3] = -linear @ ((np.array(shape) - 1) / 2)
    labels = small_brain_on(Grid(shape, affine))
    _, case = morphed(labels, 6.0, Volume(of_ventricles(labels) * 100.0, labels.grid))
    assert ventricular_ml(case.labels) == pytest.approx(6.0, abs=0.05)
    assert dice(case.image.data > 50, of_ventricles(case.labels)) > 0.88
    assert measure_volumes(case.labels).icv_ml == pytest.approx(measure_volumes(labels).icv_ml, rel=0.01)
    # What a grid can show of the anatomy at all is what it shows of the brain as it was.
    there, expected = resampled_labels(case.labels, brain.grid), larger[1].labels
    before = dice(of_ventricles(resampled_labels(labels, brain.grid)), of_ventricles(brain))
    for value in (4, 43):
        assert dice(there.data == value, expected.data == value) > before - 0.06


def test_a_brain_elsewhere_in_the_world_moves_as_it_did(brain, larger):
    shifted = LabelMap(brain.data, Grid(SHAPE, brain.grid.affine + np.eye(4, k=3) * 37.5))
    assert (grown(shifted, 6.0).data != larger[1].labels.data).mean() < 1e-4


def test_a_brain_cut_off_by_the_scans_edge_is_no_obstacle(brain):
    data = brain.data[:, 12:, :50]
    cut = LabelMap(data, Grid(data.shape, brain.grid.affine))
    assert ventricular_ml(grown(cut, 5.0)) == pytest.approx(5.0, abs=0.1)


def test_voxels_too_coarse_for_a_volume_are_said():
    labels = small_brain_on(centred_grid((8, 8, 8), 8.0, np.zeros(3)))
    said, case = morphed(labels, 9.0)
    (note,) = [event.sentence for event in said if isinstance(event, Noticed)]
    assert "too coarse for 9 mL" in note
    assert f"{ventricular_ml(case.labels):.3g} mL is the nearest" in note


def test_a_voxel_is_not_split_to_come_nearer():
    labels = small_brain_on(centred_grid((8, 8, 8), 8.0, np.zeros(3)))
    assert np.array_equal(grown(labels, ventricular_ml(labels) - 0.2).data, labels.data)


def test_a_structure_that_shrinks_to_nothing_is_said():
    labels = small_brain_on(centred_grid((12, 12, 12), 5.0, np.zeros(3)))
    said, case = morphed(labels, 0.1)
    assert ventricular_ml(case.labels) == pytest.approx(0.125)
    assert any("nothing is left of: right lateral ventricle" in e.sentence for e in said if isinstance(e, Noticed))


def test_the_last_voxel_of_the_ventricles_is_kept():
    labels = small_brain_on(centred_grid((12, 12, 12), 5.0, np.zeros(3)))
    assert ventricular_ml(grown(labels, 0.05)) == pytest.approx(0.125)


# What it says


def test_progress_is_steady_and_ends_at_one(either):
    fractions = [event.fraction for event in either[0] if isinstance(event, Progressed)]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert len(set(fractions)) > 6


@pytest.mark.parametrize("count", [1, 3, 8])
def test_it_can_be_stopped_at_any_step(brain, count):
    events = morph(Case("brain", None, brain), 5.0, Progress(1, STAGES))
    assert len(list(itertools.islice(events, count))) == count
    events.close()
    assert next(events, None) is None


def test_a_real_scan_is_recorded_as_morphed(brain):
    _, case = morphed(brain, 2.7, provenance={"source": "scan.nii", "segmentation": {"pack": "tiny"}})
    record = case.provenance
    assert (case.synthetic, case.morphed, record["source"]) == (False, True, "scan.nii")
    assert record["original"] == {"source": "scan.nii", "segmentation": {"pack": "tiny"}}
    assert record["morph"]["start_ml"] == pytest.approx(ventricular_ml(brain), abs=1e-3)
    assert "flow" in record["morph"]["description"]
    assert record["target_ml"] == record["morph"]["target_ml"] == 2.7
    assert "segmentation" not in record


def test_a_synthetic_case_stays_synthetic_without_its_recipe(brain):
    _, case = morphed(brain, 2.8, provenance={"synthetic": True, "recipe": {"anatomy_seed": 1}, "achieved_ml": 9.0})
    assert case.synthetic
    assert "recipe" not in case.provenance
    assert case.provenance["achieved_ml"] == pytest.approx(2.8, abs=0.1)
    assert case.provenance["original"]["recipe"] == {"anatomy_seed": 1}


# What it refuses


def refusal(labels, target_ml, error):
    with pytest.raises(error) as refused:
        morphed(labels, target_ml)
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith(".")
    return str(refused.value)


@pytest.mark.parametrize("target_ml", [0.0, -1.0, float("nan"), float("inf")])
def test_a_volume_out_of_sense_is_refused(brain, target_ml):
    assert "makes no sense" in refusal(brain, target_ml, BadRecipeError)


def test_more_than_the_whole_head_is_refused(brain):
    assert "whole intracranial volume" in refusal(brain, 90.0, BadRecipeError)


def test_a_volume_that_would_fold_tissue_is_refused_with_how_far_it_would_go():
    labels = small_brain_on(centred_grid((8, 8, 8), 8.0, np.zeros(3)))
    assert "without folding tissue, only to about 2.5" in refusal(labels, 0.1, BadRecipeError)


def test_a_brain_without_ventricles_is_refused(brain):
    labels = LabelMap(np.where(of_ventricles(brain), 2, brain.data), brain.grid)
    assert "no ventricles" in refusal(labels, 5.0, BadLabelsError)


def test_a_scan_without_labels_is_refused(volume):
    with pytest.raises(BadLabelsError, match="segment the scan first"):
        next(morph(Case("scan", volume), 5.0, Progress(1, STAGES)))
