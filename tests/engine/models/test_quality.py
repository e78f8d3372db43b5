import json
from dataclasses import replace

import numpy as np
import pytest

from engine.case import Case
from engine.errors import BadLabelsError
from engine.events import Progressed
from engine.grid import centred_grid
from engine.labels import synthseg33
from engine.models import quality
from engine.models.quality import GOOD, LOOK, REGENERATE, check_quality, compared, read_back
from engine.progress import Progress
from engine.volume import LabelMap, Volume

SHAPE = (32, 32, 32)
GRID = centred_grid(SHAPE, 1.0, np.zeros(3))


def brain(depth):
    """White matter with a left lateral ventricle of 16 x 16 x depth voxels in it, and a small thalamus."""
    values = np.zeros(SHAPE, np.uint16)
    values[4:28, 4:28, 4:28] = 2
    values[8:24, 8:24, 8 : 8 + depth] = 4
    values[8:24, 8:24, 26:27] = 10
    return values


def verdict_on(read, made=None):
    labels = LabelMap(brain(12) if made is None else made, GRID)
    return compared(synthseg33().classes(read), labels)


def test_an_image_that_shows_its_label_map_is_good():
    result = verdict_on(brain(12))
    assert (result.verdict, result.mean_dice, result.ventricle_dice, result.volume_error_ml) == (GOOD, 1, 1, 0)
    assert dict(result.structures) == {2: 1, 4: 1, 10: 1}


def test_half_the_ventricle_is_a_reason_to_generate_again_and_the_sentence_says_so():
    result = verdict_on(brain(5))
    assert result.verdict == REGENERATE
    assert result.ventricle_dice == pytest.approx(2 * 5 / 17)
    assert result.volume_error_ml == pytest.approx(-7 * 16 * 16 / 1000)
    assert "overlap with a Dice of 0.59" in result.reason
    assert result.reason.endswith("generate it again with another appearance seed.")


def test_a_ventricle_somewhat_too_large_should_be_looked_at():
    result = verdict_on(brain(16))
    assert result.verdict == LOOK
    assert "look at it" in result.reason


def test_a_wrong_volume_alone_is_enough_to_look(monkeypatch):
    monkeypatch.setattr(quality, "VENTRICLE_DICE", (0.1, 0.0))
    monkeypatch.setattr(quality, "VOLUME_ML", (0.2, 8.0))
    result = verdict_on(brain(14))
    assert result.verdict == LOOK
    assert "0.5 mL more ventricle than the label map's 3.1 mL" in result.reason


def test_the_other_structures_count_too():
    read = brain(12)
    read[read == 2] = 3
    read[read == 10] = 11
    result = verdict_on(read)
    assert (result.verdict, result.ventricle_dice) == (REGENERATE, 1)
    assert result.mean_dice == pytest.approx(1 / 5)
    assert "mean Dice of 0.20" in result.reason
    assert "worst:" in result.reason


def test_six_ventricles_are_pooled():
    read = brain(12)
    read[read == 4] = 43  # the wrong side is a matter of the structures' mean, not of how much ventricle there is
    result = verdict_on(read)
    assert result.ventricle_dice == 1
    assert dict(result.structures)[4] == 0


def test_the_verdict_is_plain_data_for_the_case():
    data = json.loads(json.dumps(verdict_on(brain(5)).to_json()))
    assert data["verdict"] == REGENERATE
    assert data["structures"]["4"] == pytest.approx(0.5882)


def test_a_label_map_without_ventricles_cannot_be_checked():
    with pytest.raises(BadLabelsError, match="no ventricles"):
        verdict_on(brain(12), brain(0))


def driven(steps):
    events = []
    try:
        while True:
            events.append(next(steps))
    except StopIteration as done:
        return events, done.value


def test_the_packs_own_segmenter_reads_the_image(pack, rng, monkeypatch):
    seen = []

    def reading(network, image, device):
        seen.append(image)
        yield 1, 2
        yield 2, 2
        return synthseg33().classes(brain(12)), np.ones(SHAPE)

    monkeypatch.setattr(quality, "label_box", reading)
    image = Volume(rng.uniform(size=SHAPE), pack.grid)
    case = Case("case", image, LabelMap(brain(12), pack.grid))
    events, result = driven(check_quality(pack, case, "cpu", Progress(5, {"Check": 1.0}), "Check"))
    assert result.verdict == GOOD
    assert [(type(e), e.job_id, e.stage, e.step) for e in events] == [(Progressed, 5, "Check", n) for n in (1, 2)]
    assert np.array_equal(seen[0], image.data)


def test_an_untrained_segmenter_gives_a_bad_verdict(pack, rng):
    case = Case("case", Volume(rng.uniform(size=SHAPE), pack.grid), LabelMap(brain(12), pack.grid))
    events, result = driven(check_quality(pack, case, "cpu", Progress(5, {"Check": 1.0}), "Check"))
    assert result.verdict == REGENERATE
    assert events[-1].fraction == 1


def test_what_is_read_back_is_what_the_verdict_is_on(pack, rng):
    case = Case("case", Volume(rng.uniform(size=SHAPE), pack.grid), LabelMap(brain(12), pack.grid))
    _, result = driven(check_quality(pack, case, "cpu", Progress(5, {"Check": 1.0}), "Check"))
    _, read = driven(read_back(pack, case, "cpu", Progress(5, {"Check": 1.0}), "Check"))
    assert case.labels is not None
    assert compared(pack.table.classes(read.labels.data), case.labels) == result
    assert read.image is case.image


@pytest.mark.parametrize("lacking", ["image", "labels", "grid"])
def test_what_cannot_be_checked_is_refused(pack, rng, lacking):
    image, labels = Volume(rng.uniform(size=SHAPE), pack.grid), LabelMap(brain(12), pack.grid)
    elsewhere = centred_grid(SHAPE, 1.0, np.ones(3))
    case = {
        "image": Case("case", None, labels),
        "labels": Case("case", image, None),
        "grid": Case("case", replace(image, grid=elsewhere), replace(labels, grid=elsewhere)),
    }[lacking]
    with pytest.raises(BadLabelsError, match="can be checked"):
        driven(check_quality(pack, case, "cpu", Progress(0, {"Check": 1.0}), "Check"))
