"""The checklist of a header: an ordinary scan passes, and each oddity fails one line with a sentence."""

from dataclasses import replace

import numpy as np
import pytest

from engine.case import Case
from engine.grid import Grid
from engine.io.header import HEADER, ScanHeader, greatest_disagreement, header_of, rows_of
from engine.io.header_checks import checks, facts, oblique_degrees
from engine.volume import Volume
from tests.engine.conftest import affine, rotation

ORDINARY = ScanHeader(
    format="NIfTI-1",
    shape=(180, 240, 240),
    affine=rows_of(affine(rotation(0.1, 0, 0), (1, 1, 1), (-90, -120, -120))),
    affine_source="sform (scanner)",
    stored_as="int16",
    low=0,
    high=900,
)


def shaped(shape, spacing, turn=0.0):
    return replace(ORDINARY, shape=shape, affine=rows_of(affine(rotation(turn, 0, 0), spacing, (0, 0, 0))))


def test_an_ordinary_scan_passes_every_check_in_sentences():
    found = checks(ORDINARY)
    assert [check.name for check in found if not check.passed] == []
    assert all(check.sentence.endswith(".") and "\n" not in check.sentence for check in found)


ODD = {
    "sides": (replace(ORDINARY, sides_known=False), "Left and right", "cannot tell left from right"),
    "two places": (replace(ORDINARY, disagreement_mm=12.34), "Place in space", "up to 12.3 mm apart; the sform"),
    "small voxels": (shaped((900, 900, 900), (0.2, 0.2, 0.2)), "Voxel size", "unusually small"),
    "flat voxels": (shaped((400, 400, 120), (0.5, 0.5, 2)), "Voxel size", "4.0 times longer than wide"),
    "thick slices": (shaped((240, 240, 40), (1, 1, 5)), "Slice thickness", "5 mm thick"),
    "part of a head": (shaped((240, 240, 60), (1, 1, 1)), "Extent", "60 mm from bottom to top"),
    "more than a head": (shaped((240, 240, 500), (1, 1, 1)), "Extent", "more than a head"),
    "tilted": (shaped((240, 240, 240), (1, 1, 1), 0.6), "Tilt", "tilted by 34 degrees"),
    "unit": (replace(ORDINARY, length_unit="micron"), "Unit of length", "micron"),
    "CT": (replace(ORDINARY, low=-1024), "Intensities", "look like CT"),
    "a note": (replace(ORDINARY, notes=("One slice is missing.",)), "Noticed", "One slice is missing."),
}


@pytest.mark.parametrize(("header", "name", "words"), ODD.values(), ids=list(ODD))
def test_an_oddity_fails_one_check_with_its_sentence(header, name, words):
    failed = [check for check in checks(header) if not check.passed]
    assert name in [check.name for check in failed]
    (sentence,) = [check.sentence for check in failed if check.name == name]
    assert words in sentence


def test_the_tilt_is_that_of_the_axis_that_leans_most():
    assert oblique_degrees(Grid((2, 2, 2), affine(rotation(0.3, 0, 0), (1, 2, 3), (0, 0, 0)))) == pytest.approx(
        np.degrees(0.3)
    )


def test_two_places_of_a_voxel_are_compared_at_the_corners():
    turned = affine(rotation(0, 0, 0.1), (1, 1, 1), (0, 0, 0))
    expected = 2 * np.sin(0.05) * np.hypot(99, 49)
    assert greatest_disagreement((100, 50, 20), np.eye(4), turned) == pytest.approx(expected)


def test_the_facts_are_words_for_people():
    said = dict(facts(replace(ORDINARY, unit="HU", facts=(("Scanner", "Maker"),))))
    assert said["Orientation"] == "RAS (voxel axes point to right, front, top)"
    assert said["Intensities"] == "0 to 900 HU"
    assert said["Scanner"] == "Maker"


def test_a_header_is_found_in_the_record_of_its_case_only_while_it_fits(grid, rng):
    volume = Volume(rng.normal(size=grid.shape), grid)
    kept = replace(ORDINARY, shape=grid.shape, affine=rows_of(grid.affine))
    assert header_of(Case("scan", volume, provenance={HEADER: kept.to_json()})) == kept
    for record in (ORDINARY.to_json(), {"shape": "x"}, None, 3):
        found = header_of(Case("scan", volume, provenance={HEADER: record}))
        assert found.grid == grid
        assert found.format == "Case of VentriSynth"
