"""Ventricles pushed to a volume, one of them or all."""

import numpy as np
import pytest

from engine.edit.flow import STAGES, push_ventricles, volume_of
from engine.errors import BadLabelsError, BadRecipeError
from engine.events import Noticed, Progressed
from engine.grid import Grid, centred_grid
from engine.labels import VENTRICLES
from engine.progress import Progress
from engine.volume import LabelMap

from ..conftest import affine, rotation
from ..small_brain import small_brain, small_brain_on


def pushed(labels, structures, target_ml):
    """What is said, the patch, and the labels with it."""
    said, events = [], push_ventricles(labels, structures, target_ml, Progress(1, STAGES))
    while True:
        try:
            said.append(next(events))
        except StopIteration as done:
            patch = done.value
            break
    data = np.array(labels.data)
    data[patch.box] = patch.data
    return said, patch, LabelMap(data, labels.grid)


@pytest.fixture(scope="module")
def brain():
    return small_brain()


def test_one_ventricle_is_pushed_and_the_other_keeps_its_volume(brain):
    before, other = volume_of(brain, (4,)), volume_of(brain, (43,))
    said, patch, after = pushed(brain, (4,), before + 1.0)
    assert volume_of(after, (4,)) == pytest.approx(before + 1.0, abs=0.05)
    assert volume_of(after, (43,)) == pytest.approx(other, rel=0.1)
    assert all(isinstance(event, Progressed) for event in said)
    assert patch.details["structures"] == [4]
    assert patch.details["smallest_jacobian"] > 0
    assert patch.details["achieved_ml"] == pytest.approx(before + 1.0, abs=0.05)
    # The neighbours go along: what is no longer white matter there is ventricle, and the cortex is where it was thin.
    moved = after.data != brain.data
    assert set(np.unique(brain.data[moved & (after.data == 4)])) <= {2, 3}
    assert (after.data[moved] != 4).any(), "the labels around it are warped too"


def test_all_ventricles_shrink_together(brain):
    together = volume_of(brain, VENTRICLES)
    _, patch, after = pushed(brain, VENTRICLES, together - 0.8)
    assert volume_of(after, VENTRICLES) == pytest.approx(together - 0.8, abs=0.05)
    left, right = (volume_of(after, (value,)) for value in (4, 43))
    assert left == pytest.approx(right, rel=0.05)
    assert patch.details["smallest_jacobian"] > 0


def test_thick_oblique_voxels_come_as_near_as_they_can():
    grid = Grid((56, 60, 30), affine(rotation(0.2, -0.1, 0.1), (1.0, 1.0, 2.0), (-28, -30, -28)))
    brain = small_brain_on(grid)
    before = volume_of(brain, (43,))
    said, _, after = pushed(brain, (43,), before + 0.6)
    assert volume_of(after, (43,)) == pytest.approx(before + 0.6, abs=0.1)
    assert not [event for event in said if isinstance(event, Noticed)]


@pytest.mark.parametrize(
    ("structures", "target_ml", "error", "words"),
    [
        ((2,), 3.0, BadLabelsError, "Only ventricles"),
        ((14,), 3.0, BadLabelsError, "paint some of it first"),
        ((4,), 0.0, BadRecipeError, "makes no sense"),
        ((4,), float("nan"), BadRecipeError, "makes no sense"),
        ((4,), 5000.0, BadRecipeError, "intracranial volume"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(brain, structures, target_ml, error, words):
    with pytest.raises(error, match=words) as refused:
        pushed(brain, structures, target_ml)
    assert ";" in str(refused.value), "what is wrong; what to do"


def test_a_volume_that_would_fold_tissue_is_refused():
    labels = small_brain_on(centred_grid((8, 8, 8), 8.0, np.zeros(3)))
    with pytest.raises(BadRecipeError, match="without folding tissue, only to about"):
        pushed(labels, (4,), 0.05)
