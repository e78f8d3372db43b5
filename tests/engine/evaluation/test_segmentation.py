import numpy as np
import pytest
from matplotlib.figure import Figure

from engine.errors import EvaluationError
from engine.evaluation import segmentation
from engine.evaluation.segmentation import draw_bland_altman, evaluate, figures_of
from engine.volume import LabelMap
from tests.engine.evaluation.conftest import save

SHAPE = (16, 17, 18)
SPACING = np.diag([1.0, 2.0, 1.0, 1.0])


def reference(size):
    """DLMUSE values: a right lateral ventricle of 4 x 4 x size voxels, its inferior horn, and white matter."""
    values = np.zeros(SHAPE, np.int16)
    values[1:-1, 1:-1, 1:-1] = 81
    values[8:12, 4:8, 3 : 3 + size] = 51
    values[8:12, 8:9, 3:5] = 49
    return values


def ours(values, missing=0):
    """The same in our values; the last ``missing`` slices of the ventricle are found to be white matter."""
    found = np.select([values == 81, values == 51, values == 49], [41, 43, 44]).astype(np.uint16)
    if missing:
        last = np.flatnonzero((values == 51).any(axis=(0, 1)))[-missing:]
        found[:, :, last] = np.where(found[:, :, last] == 43, 41, found[:, :, last])
    return found


@pytest.fixture
def scans(tmp_path, rng, monkeypatch):
    """Three scans; the segmenter finds the first two exactly and misses two slices of the third."""
    sizes, answers = (4, 6, 8), []
    for n, size in enumerate(sizes):
        values = reference(size)
        save(tmp_path / f"s{n}_T1w.nii.gz", rng.normal(100, 10, SHAPE).astype(np.float32), SPACING)
        save(tmp_path / f"s{n}_dlmuse.nii.gz", values, SPACING)
        answers.append(ours(values, missing=2 if n == 2 else 0))

    def segment_scan(pack, volume, device, progress):
        yield progress.at("Labelling", 1, 1)
        return LabelMap(answers.pop(0), volume.grid), {"ventricle_confidence": 0.9}

    monkeypatch.setattr(segmentation, "segment_scan", segment_scan)
    return tmp_path


def test_volumes_and_overlap_are_those_of_the_scan(setting, scans):
    result = evaluate(setting(scans=scans))
    rows = [row for row in result.rows if row["group"] == "right lateral ventricle"]
    horn = 4 * 1 * 2
    expected = [(16 * size + horn) * 2 / 1000 for size in (4, 6, 8)]
    assert [row["reference_ml"] for row in rows] == pytest.approx(expected)
    assert [row["difference_ml"] for row in rows] == pytest.approx([0, 0, -32 * 2 / 1000])
    assert [row["dice"] for row in rows] == pytest.approx([1, 1, 2 * 104 / (104 + 136)])
    assert [row["hd95_mm"] for row in rows][:2] == [0, 0]
    assert 1 <= rows[2]["hd95_mm"] <= 2  # two slices of 1 mm are missing
    figures = result.figures["groups"]["lateral ventricles"]
    assert figures["n"] == 3
    assert figures["mae_ml"] == pytest.approx(0.064 / 3)
    assert figures["bias_ml"] == pytest.approx(-0.064 / 3)


def test_structures_the_reference_lacks_are_not_judged(setting, scans):
    result = evaluate(setting(scans=scans))
    assert set(result.figures["groups"]) == {
        "all ventricles",
        "lateral ventricles",
        "right lateral ventricle",
        "cerebral white matter",
    }


def test_the_targets_are_those_of_the_lateral_ventricles_against_dlmuse(setting, scans):
    targets = evaluate(setting(scans=scans)).targets
    assert [t.what for t in targets] == [f"lateral ventricles against DLMUSE, {x}" for x in ("r", "Dice")]
    assert targets[1].value == pytest.approx((2 + 208 / 240) / 3)
    assert targets[1].verdict == "aim"


def test_left_and_right_are_told_apart(setting, scans):
    # The right ventricle found on the left: the pooled group does not mind, the sides do.
    path = scans / "s0_dlmuse.nii.gz"
    save(
        path, np.where(reference(4) == 51, 52, np.where(reference(4) == 49, 50, reference(4))).astype(np.int16), SPACING
    )
    rows = {(r["scan"], r["group"]): r for r in evaluate(setting(scans=scans)).rows}
    assert rows["s0", "lateral ventricles"]["dice"] == 1
    assert rows["s0", "left lateral ventricle"]["dice"] == 0


def test_a_scan_that_cannot_be_used_is_left_out_and_named(setting, scans, rng):
    save(scans / "s1_dlmuse.nii.gz", rng.normal(size=SHAPE), SPACING)
    figures = evaluate(setting(scans=scans)).figures
    assert figures["n"] == 2
    assert [reason.partition(":")[0] for reason in figures["left_out"]] == ["s1"]


def test_where_no_scan_can_be_used_the_first_reason_is_given(setting, scans):
    for n in range(3):
        save(scans / f"s{n}_dlmuse.nii.gz", np.full(SHAPE, 500, np.int16) + np.arange(18, dtype=np.int16), SPACING)
    with pytest.raises(EvaluationError, match=r"first reason was: s0: .*another --scheme"):
        evaluate(setting(scans=scans))


def test_only_as_many_scans_as_wanted_are_labelled(setting, scans):
    assert evaluate(setting(scans=scans, most=1)).figures["n"] == 1


def test_without_scans_the_held_out_label_maps_are_labelled(setting, data, monkeypatch):
    seen = []

    def segment_scan(pack, volume, device, progress):
        seen.append(volume)
        yield progress.at("Labelling", 1, 1)
        return LabelMap(np.full(volume.grid.shape, 2, np.uint16), volume.grid), {"ventricle_confidence": 0.0}

    monkeypatch.setattr(segmentation, "segment_scan", segment_scan)
    result = evaluate(setting(data))
    assert len(seen) == 1
    assert result.targets[0].what == "held-out label maps, ventricle Dice"
    assert result.targets[0].value == 0
    assert result.figures["groups"]["all ventricles"]["not_found"] == 1


def test_the_limits_of_agreement_hold_about_95_of_100_differences(rng):
    rows = [
        {"reference_ml": ml, "found_ml": ml + 1 + error, "dice": 0.9, "hd95_mm": 1.0}
        for ml, error in zip(rng.uniform(10, 90, 400), rng.normal(0, 2, 400), strict=True)
    ]
    figures = figures_of(rows)
    low, high = figures["limits_ml"]
    inside = [low <= row["found_ml"] - row["reference_ml"] <= high for row in rows]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.02)
    assert (low + high) / 2 == pytest.approx(figures["bias_ml"])


def test_bland_altman_has_units_and_the_bias_in_its_legend():
    axis = Figure().subplots()
    draw_bland_altman(axis, np.array([10.0, 20, 30]), np.array([12.0, 22, 32]))
    assert "(mL)" in axis.get_xlabel()
    assert "(mL)" in axis.get_ylabel()
    legend = axis.get_legend()
    assert legend is not None
    assert legend.get_texts()[0].get_text() == "bias +2.00 mL"
