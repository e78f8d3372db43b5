"""A new image of labels that were corrected, and another image of labels that were not."""

from dataclasses import replace

import numpy as np
import pytest

from engine.case import Case
from engine.edit.editor import CaseEditor
from engine.edit.region import Patch
from engine.edit.steps import corrected_voxels, edits_of
from engine.errors import BadLabelsError
from engine.events import Progressed
from engine.io.case_folder import open_case, save_case
from engine.jobs import GenerateJob, RemakeJob
from engine.labels import VENTRICLES
from engine.models.remake import remake_image
from engine.progress import Progress
from engine.recipe import STEPS
from tests.engine.conftest import run


@pytest.fixture
def recipe(pack):
    return pack.default_recipe(1, 2).with_value(STEPS, 3)


@pytest.fixture
def case(pack, recipe):
    """A generated case; tiny networks need not find a ventricle, so there is one for sure."""
    made = run(GenerateJob(pack, recipe, "cpu"))[1]
    assert np.isin(made.labels.data, VENTRICLES).any()
    return made


def corrected(editor, case):
    """The case with a block of cortex painted by hand."""
    editor.open(case)
    editor.begin("brush", label=3)
    box = (slice(4, 10), slice(4, 10), slice(4, 10))
    editor.apply(Patch(box, np.full((6, 6, 6), 3, dtype=np.uint16)))
    return editor.commit()


def test_another_appearance_is_what_generating_with_its_seed_makes(pack, recipe, case):
    _, other = run(RemakeJob(pack, case, 5, "cpu"))
    _, whole = run(GenerateJob(pack, replace(recipe, appearance_seed=5), "cpu"))
    assert other.labels is case.labels
    assert np.array_equal(other.image.data, whole.image.data)
    assert not np.array_equal(other.image.data, case.image.data)
    assert (other.name, dict(other.provenance)) == (whole.name, dict(whole.provenance))


def test_corrected_labels_get_an_image_of_the_same_appearance(pack, case, tmp_path):
    editor = CaseEditor()
    edited = corrected(editor, case)
    voxels = edits_of(edited)[0]["voxels"]
    assert corrected_voxels(edited) == voxels > 0
    events, made = run(RemakeJob(pack, edited, None, "cpu"))
    assert all(isinstance(event, Progressed) for event in events)
    shown = editor.replace(made)
    assert shown.labels is edited.labels
    assert shown.provenance["recipe"]["appearance_seed"] == 2
    assert shown.image is not None
    assert not np.array_equal(shown.image.data, case.image.data)
    assert corrected_voxels(shown) == 0
    assert [record["tool"] for record in edits_of(shown)] == ["brush", "new image"]
    save_case(shown, tmp_path / "case")
    record = open_case(tmp_path / "case").provenance
    assert record["image"]["made_from"] == "labels corrected by hand"
    assert record["image"]["corrected_voxels"] == voxels
    assert [(edit["tool"], edit["by"], edit["voxels"]) for edit in record["edits"]] == [
        ("brush", "hand", voxels),
        ("new image", "model", 0),
    ]
    assert editor.undo() is edited, "the image is one step"


def test_labels_as_they_were_get_the_same_image_again(pack, case):
    _, again = run(RemakeJob(pack, case, None, "cpu"))
    assert np.array_equal(again.image.data, case.image.data)


def test_only_a_synthetic_case_of_the_pack_gets_an_image(pack, case, volume, labels):
    progress = Progress(1, {"Image": 1.0, "Quality check": 1.0})
    for refused, words in (
        (Case("scan", volume, labels), "as it was scanned"),
        (Case("scan", volume, None, {"synthetic": True}), "as it was scanned"),
        (Case("other", None, labels, {"synthetic": True}), "do not lie on the grid"),
    ):
        with pytest.raises(BadLabelsError, match=words):
            next(remake_image(pack, refused, None, "cpu", progress))
