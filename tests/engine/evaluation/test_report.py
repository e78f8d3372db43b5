import re

import pytest

from engine.errors import EvaluationError
from engine.evaluation.report import write_report
from engine.evaluation.results import Result, Target, write_result


def drawn(figure):
    figure.text(0.5, 0.5, "a picture")


def write(out, name, pack="starter", what="r"):
    result = Result(
        {"group": {"mae_ml": 1.5, "r": None}, "left_out": ["a <b>"]},
        [{"a": 1}],
        drawn,
        [f"{name} went well & truly"],
        [Target(f"{name} {what}", 0.5, 0.9, 0.99)],
    )
    write_result(result, name, out, {"pack": {"name": pack, "version": "1", "sha256": "abc"}, "device": "CPU"})


def test_the_report_holds_what_lies_in_the_folder_and_needs_nothing_else(tmp_path):
    write(tmp_path, "anatomy")
    write(tmp_path, "realism")
    page = write_report(tmp_path).read_text(encoding="utf-8")
    assert [name for name in ("anatomy", "realism", "diversity") if f"id='{name}'" in page] == ["anatomy", "realism"]
    assert page.count("data:image/png;base64,") == 2
    assert not re.search(r"(src|href)='(?!data:|#)", page)
    assert "anatomy went well &amp; truly" in page
    assert "a &lt;b&gt;" in page
    assert page.count("<tr class='missed'>") == 2
    assert "1.5" in page


def test_evaluations_of_different_packs_are_not_mixed_up_silently(tmp_path):
    write(tmp_path, "anatomy")
    assert "different model packs" not in write_report(tmp_path).read_text(encoding="utf-8")
    write(tmp_path, "realism", pack="another")
    assert "different model packs" in write_report(tmp_path).read_text(encoding="utf-8")


def test_a_folder_without_evaluations_has_no_report(tmp_path):
    with pytest.raises(EvaluationError, match="holds no evaluation"):
        write_report(tmp_path)
    assert list(tmp_path.iterdir()) == []
