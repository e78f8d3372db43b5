from dataclasses import replace

import numpy as np
import pytest

from engine.case import Case
from engine.errors import BadLabelsError
from engine.measuring.by_hand import Drawn, noted, statistics, with_end_at
from engine.measuring.head import measure_head
from engine.measuring.texts import DECIMALS, csv_row
from engine.reporting.content import MORPHED, RESEARCH, SYNTHETIC, Table, mark_of
from engine.volume import LabelMap
from tests.engine.reporting.conftest import head_case, head_map, labels_of, report_of


def cells(table: Table) -> dict[str, tuple[str, ...]]:
    return {row.name: row.cells for row in table.rows}


def test_the_numbers_are_those_of_measure(case, report):
    found = measure_head(case.labels)
    row = csv_row("head", found, case.labels.table)
    assert cells(report.totals)["Ventricular volume"] == (f"{float(row['ventricular_ml']):.2f}",)
    assert cells(report.totals)["Intracranial volume (ICV)"] == (f"{float(row['icv_ml']):.2f}",)
    structures = cells(report.structures)
    left, right = float(row["left_lateral_ventricle_ml"]), float(row["right_lateral_ventricle_ml"])
    assert structures["Lateral ventricle"] == (f"{left + right:.2f}", f"{left:.2f}", f"{right:.2f}")
    assert cells(report.groups)["Ventricles"] == (f"{float(row['ventricles_group_ml']):.2f}",)
    values = {entry.name: entry.value for entry in report.measures}
    for measure in found.measures:
        assert measure.value is not None
        number = values[measure.definition.name].removesuffix("mm").removesuffix("°")
        assert float(number) == round(measure.value, DECIMALS[measure.definition.unit])


def test_every_structure_and_every_measure_stands_in_the_report(report):
    assert len(report.structures.rows) == 18  # 14 pairs and 4 in the midline
    assert len(report.groups.rows) == 7
    assert len(report.measures) == 9


def test_a_measure_has_its_pictures_definition_and_source(report):
    by_name = {entry.name: entry for entry in report.measures}
    evans = by_name["Evans index"]
    assert [picture.caption for picture in evans.pictures] == [
        "Evans index: frontal horns 40.0 mm, inner skull 136.0 mm"
    ]
    assert len(by_name["Frontal-occipital horn ratio"].pictures) >= 2
    assert by_name["Callosal angle"].pictures[0].caption == f"Callosal angle: {by_name['Callosal angle'].value}"
    assert by_name["Ventricular share of ICV"].pictures == ()
    cited = [report.references[number - 1] for number in evans.sources]
    assert "Evans WA" in cited[0]
    assert "above 0.3" in evans.definition
    assert "Relkin" in cited[1]
    assert len(set(report.references)) == len(report.references)
    assert not [reference for reference in report.references if reference.endswith("doi:")]


def test_what_cannot_be_measured_says_why_and_has_no_picture():
    labels = head_map()
    without_stem = LabelMap(np.where(labels.data == 16, 2, labels.data), labels.grid)
    report = report_of(Case("head", None, without_stem))
    evans = next(entry for entry in report.measures if entry.name == "Evans index")
    assert evans.value == ""
    assert "brain stem" in evans.reason
    assert evans.pictures == ()
    assert len(report.pictures) == 4


def test_an_absent_structure_is_never_zero():
    labels = head_map()
    report = report_of(Case("head", None, LabelMap(np.where(labels.data == 17, 2, labels.data), labels.grid)))
    assert cells(report.structures)["Hippocampus"][1] == "not found"
    assert "0.00" not in [cell for row in report.structures.rows for cell in row.cells]


def test_no_ventricle_leaves_three_pictures_and_a_note():
    labels = head_map()
    none = LabelMap(np.where(np.isin(labels.data, (4, 43, 5, 44, 14, 15)), 2, labels.data), labels.grid)
    report = report_of(Case("head", None, none))
    assert [picture.caption for picture in report.pictures] == ["Axial", "Coronal", "Sagittal"]
    assert cells(report.totals)["Ventricular volume"] == ("not found",)
    assert "No voxel is labelled as ventricle" in report.notes[0]


def test_the_mark_says_what_kind_of_head_it_is(case):
    assert mark_of(case) == RESEARCH
    assert mark_of(replace(case, provenance={"morphed": True})) == MORPHED
    assert mark_of(replace(case, provenance={"synthetic": True, "morphed": True})) == SYNTHETIC


def test_provenance_tells_file_model_pack_and_who_edited(report):
    rows = cells(report.provenance)
    assert rows["Opened from"] == ("somebody.nii.gz",)
    assert rows["Model pack"] == (f"Pack 1.2, SHA-256 {'ab' * 32}",)
    assert rows["Edits"] == (
        "by hand: 2 steps (1 brush, 1 erase), 1,234 voxels changed; "
        "by a model: 1 step (1 segmentation), 5 voxels changed",
    )
    assert cells(report.quality)["Confidence"][0].startswith("91 %")


def test_a_generated_case_tells_its_recipe_and_its_image_check():
    quality = {"verdict": "look", "reason": "Dice of 0.82; look at it before you use it."}
    record = {
        "synthetic": True,
        "recipe": {"anatomy_seed": 3, "appearance_seed": 4, "values": {"ventricular_volume": 80.0, "steps": 12.0}},
        "pack": {"name": "Pack", "version": "1.2", "sha256": "cd" * 32},
        "target_ml": 80.0,
        "quality": quality,
        "beyond_trained_range": ["Ventricular volume"],
    }
    report = report_of(head_case(**record))
    assert report.mark == SYNTHETIC
    assert cells(report.provenance)["Generated"] == (
        "anatomy seed 3, appearance seed 4, volume asked for 80 mL, steps 12",
    )
    assert [row.cells[0] for row in report.quality.rows[:2]] == ["Look at it", quality["reason"]]
    assert any("outside what the pack was trained for" in note for note in report.notes)


def test_coarse_voxels_come_with_a_warning_about_the_callosal_angle(report):
    assert any("callosal angle can change" in note for note in report.notes)
    assert len(set(report.notes)) == len(report.notes)


def test_without_a_label_map_there_is_no_report(case):
    with pytest.raises(BadLabelsError, match="segment the scan first"):
        report_of(replace(case, labels=None))


def test_the_same_case_makes_the_same_report(case, report):
    assert report_of(case) == report


def test_a_line_moved_by_hand_is_in_the_report_and_says_so(case):
    third = measure_head(labels_of(case))["third_ventricle_width"]
    moved = with_end_at(third, 1, np.add(third.lines[0].end, (2.0, 0, 0)))
    report = report_of(noted(case, [], [moved]))
    (entry,) = [entry for entry in report.measures if "Third ventricle" in entry.name]
    assert entry.name == "Third ventricle width (moved by hand)"
    assert entry.value == f"{moved.lines[0].length_mm:.2f} mm"
    assert entry.pictures[0].caption.endswith(entry.value)
    assert "Its line was moved by hand." in report.notes


def test_what_was_measured_by_hand_has_a_table(case, report):
    up = (0.0, 0.0, 1.0)
    drawn = [
        Drawn("distance", ((0, 0, 0), (3, 4, 0)), up),
        Drawn("angle", ((5, 0, 0), (0, 0, 0), (0, 5, 0)), up),
        Drawn("rectangle", ((0.0, 0.0, 0.0), (4.0, 4.0, 0.0)), up),
    ]
    (table,) = report_of(noted(case, drawn, [])).by_hand
    assert [row.name for row in table.rows] == ["1. Distance", "2. Angle", "3. Rectangle"]
    assert [row.cells[0] for row in table.rows[:2]] == ["5.00 mm", "90.0°"]
    region = statistics(drawn[2], case)
    assert table.rows[2].cells[0].startswith(f"{region.voxels} voxels, {region.area_mm2:.1f} mm²")
    assert report.by_hand == ()
