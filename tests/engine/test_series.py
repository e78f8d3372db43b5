import csv
import json

import numpy as np
import pytest

from engine.case import Case
from engine.errors import BadLabelsError, BadRecipeError
from engine.grid import centred_grid
from engine.series import Member, Series, even_targets, member, neighbour_dice, write_series
from engine.volume import LabelMap

GRID = centred_grid((10, 10, 10), 1.0, np.zeros(3))


def brain(white, thalamus, ventricle=100):
    """A label map of so many voxels of left white matter, then of left thalamus, then of ventricle; the rest is CSF."""
    values = np.full(1000, 24, np.uint16)
    values[:white] = 2
    values[white : white + thalamus] = 10
    values[-ventricle:] = 4
    return LabelMap(values.reshape(GRID.shape), GRID)


def test_targets_are_evenly_spaced_with_both_ends():
    assert even_targets(20, 140, 7) == (20, 40, 60, 80, 100, 120, 140)


@pytest.mark.parametrize(
    ("first", "last"), [(30, 20), (20, 20), (0, 20), (-5, 20), (float("nan"), 20), (20, float("inf"))]
)
def test_targets_must_grow(first, last):
    with pytest.raises(BadRecipeError, match="does not grow"):
        even_targets(first, last, 5)


def test_one_case_is_no_series():
    with pytest.raises(BadRecipeError, match="two cases"):
        even_targets(20, 40, 1)


def test_the_dice_of_neighbours_is_the_mean_over_labels_and_pooled():
    # White matter 400 and 300 voxels, 300 of them shared; thalamus 100 and 200, 100 of them shared.
    mean, pooled = neighbour_dice(brain(400, 100), brain(300, 200))
    assert mean == pytest.approx((600 / 700 + 200 / 300) / 2)
    assert pooled == pytest.approx(800 / 1000)


def test_ventricles_and_csf_do_not_count():
    assert neighbour_dice(brain(400, 100, 100), brain(400, 100, 300)) == (1, 1)


def test_a_label_that_one_neighbour_lacks_counts_nothing():
    mean, pooled = neighbour_dice(brain(400, 100), brain(400, 0))
    assert mean == pytest.approx(0.5)
    assert pooled == pytest.approx(800 / 900)


def test_nothing_to_compare_is_refused():
    with pytest.raises(BadLabelsError, match="nothing to compare"):
        neighbour_dice(brain(0, 0), brain(0, 0))


def test_a_member_without_ventricles_is_refused():
    labels = LabelMap(np.full(GRID.shape, 2), GRID)
    with pytest.raises(BadLabelsError, match="no ventricles"):
        member(Case("case-0001", None, labels), 20.0, None)


def test_a_series_is_written_as_a_table_and_a_record(tmp_path):
    first = member(Case("case-0001", None, brain(400, 100)), 0.11, None)
    second = member(Case("case-0002", None, brain(300, 200, 150)), 0.15, brain(400, 100))
    series = Series(tmp_path, (first, second))
    write_series(series, {"synthetic": True})
    rows = list(csv.DictReader((tmp_path / "series.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0] == {
        "case": "case-0001", "target_ml": "0.1100", "achieved_ml": "0.1000", "icv_ml": "1.0000",
        "dice_mean": "", "dice_pooled": "",
    }  # fmt: skip
    assert rows[1]["dice_pooled"] == "0.8000"
    record = json.loads((tmp_path / "series.json").read_text(encoding="utf-8"))
    assert record["synthetic"] is True
    assert record["cases"][1]["achieved_ml"] == pytest.approx(0.15)
    dice = record["neighbours_dice"]
    assert dice["pooled"] == {"smallest": pytest.approx(0.8), "mean": pytest.approx(0.8)}
    assert dice["mean"]["smallest"] == pytest.approx(series.smallest_dice_mean)
    assert "ventricles and CSF" in dice["definition"]


def test_a_series_of_one_so_far_has_no_dice(tmp_path):
    series = Series(tmp_path, (Member("case-0001", 20.0, 21.0, 1400.0, None, None),))
    write_series(series, {})
    assert series.smallest_dice_mean is None
    assert json.loads((tmp_path / "series.json").read_text(encoding="utf-8"))["neighbours_dice"]["mean"] is None
