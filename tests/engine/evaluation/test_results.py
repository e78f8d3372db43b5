import csv
import json
import math

import numpy as np
import pytest

from engine.errors import BadFileError
from engine.evaluation.results import Result, Target, plain, read_result, write_result


def result(draw=lambda figure: figure.subplots().plot([1, 2])):
    return Result(
        {"n": np.int64(3), "r": math.nan, "mae_ml": np.float32(1.23456789)},
        [{"name": "a", "ml": 1.0}, {"name": "b", "dice": math.nan}],
        draw,
        ["it went well"],
        [Target("r", 0.97, 0.9, 0.99)],
    )


def test_an_evaluation_is_a_json_a_csv_and_a_picture(tmp_path):
    write_result(result(), "anatomy", tmp_path / "new", {"device": "CPU"})
    assert {p.name for p in (tmp_path / "new").iterdir()} == {"anatomy.json", "anatomy.csv", "anatomy.png"}
    record = json.loads((tmp_path / "new" / "anatomy.json").read_text(encoding="utf-8"))
    assert record["evaluation"] == "anatomy"
    assert record["device"] == "CPU"
    assert record["figures"] == {"n": 3, "r": None, "mae_ml": 1.23457}
    assert record["targets"][0]["verdict"] == "met"
    with (tmp_path / "new" / "anatomy.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["name", "ml", "dice"], ["a", "1.0", ""], ["b", "", ""]]
    assert (tmp_path / "new" / "anatomy.png").read_bytes().startswith(b"\x89PNG")


def test_a_picture_that_fails_leaves_no_json_behind(tmp_path):
    def fail(figure):
        raise RuntimeError("no picture")

    with pytest.raises(RuntimeError):
        write_result(result(fail), "anatomy", tmp_path, {})
    assert read_result(tmp_path, "anatomy") is None


def test_a_damaged_json_is_named(tmp_path):
    (tmp_path / "anatomy.json").write_text("{")
    with pytest.raises(BadFileError, match=r"anatomy\.json is damaged"):
        read_result(tmp_path, "anatomy")
    (tmp_path / "anatomy.json").write_text("[]")
    with pytest.raises(BadFileError, match="make that evaluation again"):
        read_result(tmp_path, "anatomy")


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(0.5, "missed"), (0.9, "met"), (0.99, "aim"), (None, "not measured"), (math.nan, "not measured")],
)
def test_more_is_better_otherwise(value, verdict):
    assert Target("r", value, 0.9, 0.99).verdict == verdict


@pytest.mark.parametrize(("value", "verdict"), [(9.0, "missed"), (8.0, "met"), (2.9, "aim")])
def test_less_is_better_where_that_is_said(value, verdict):
    assert Target("mL", value, 8, 3, less=True).verdict == verdict


def test_numbers_become_plain_and_infinity_becomes_nothing():
    assert plain({1: (np.bool_(True), np.inf, "x", None), "a": np.array([1.5])}) == {
        "1": [True, None, "x", None],
        "a": [1.5],
    }
