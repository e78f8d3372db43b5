"""Correcting where a model helps: pushed ventricles, new images of corrected labels, and what happens meanwhile."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent

from engine.case import Case
from engine.edit.steps import corrected_voxels, edits_of
from engine.grid import centred_grid
from engine.io.case_folder import open_case
from engine.volume import LabelMap, Volume
from tests.engine.small_brain import small_brain

from .test_editing import NONE, choose, count, drag, labels_of, send, slice_of


@pytest.fixture
def brain(desktop):
    """A small brain with a ventricle of 1.4 mL on each side, open in the window."""
    labels = small_brain()
    image = Volume(np.where(np.isin(labels.data, (4, 43)), 100.0, 800.0), labels.grid)
    case = Case("brain", image, labels, {"source": "test"})
    desktop.session.set_case(case, unsaved=False)
    desktop.controller.measure(case)
    return case


@pytest.fixture
def synthetic(desktop, until):
    """A generated case, open in the window."""
    desktop.controller.generate()
    until(lambda: desktop.session.case is not None and desktop.session.status is None)
    return desktop.session.case


def trigger(desktop, name):
    action = desktop.window.actions_by_name[name]
    assert action.isEnabled(), name
    action.trigger()


def paint_some(desktop, label=15):
    choose(desktop, tool="brush", label=label, radius_mm=12.0)
    at = desktop.session.crosshair
    drag(slice_of(desktop, "axial", at), at)


# Ventricular flow


def test_a_ventricle_is_pushed_to_a_volume_and_back(desktop, until, settle, brain):
    flow = desktop.window.edit_panel.flow
    choose(desktop, tool="brush", label=4)
    until(lambda: flow.ml.value() == pytest.approx(1.4, abs=0.1))
    flow.ml.setValue(2.2)
    trigger(desktop, "push_to")
    settle()
    assert count(desktop, 4) / 1000 == pytest.approx(2.2, abs=0.05)
    record = edits_of(desktop.session.case)[0]
    assert (record["tool"], record["by"], record["label"], record["target_ml"]) == ("ventricular flow", "hand", 4, 2.2)
    assert record["smallest_jacobian"] > 0
    assert record["voxels"] == np.count_nonzero(labels_of(desktop) != brain.labels.data)
    trigger(desktop, "push_smaller")
    settle()
    assert count(desktop, 4) / 1000 == pytest.approx(1.2, abs=0.05)
    trigger(desktop, "undo")
    trigger(desktop, "undo")
    assert np.array_equal(labels_of(desktop), brain.labels.data)


def test_all_ventricles_are_pushed_by_a_key(desktop, until, settle, brain):
    choose(desktop, tool="brush", all_ventricles=True)
    until(lambda: desktop.window.edit_panel.flow.ml.value() == pytest.approx(2.75, abs=0.1))
    trigger(desktop, "push_larger")
    settle()
    together = count(desktop, 4) + count(desktop, 43)
    assert together - np.isin(brain.labels.data, (4, 43)).sum() == pytest.approx(1000, abs=50)


def test_what_cannot_be_pushed_is_said(desktop, settle, brain):
    choose(desktop, tool="brush", label=2)
    trigger(desktop, "push_larger")
    settle()
    assert "Only ventricles" in desktop.session.message.sentence
    assert desktop.session.message.error
    assert desktop.session.case is brain


# New images


def test_a_corrected_mask_gets_its_image_as_one_step(desktop, until, settle, synthetic, dialogs, tmp_path):
    panel = desktop.window.edit_panel
    assert not panel.remake.property("outdated")
    paint_some(desktop)
    corrected = desktop.session.case
    assert desktop.session.shown.note == "image older than labels"
    assert panel.remake.property("outdated")
    panel.remake.click()
    settle()
    remade = desktop.session.case
    assert remade.labels is corrected.labels
    assert remade.image.data[labels_of(desktop) == 15].min() == pytest.approx(801, abs=60)
    assert remade.provenance["recipe"] == synthetic.provenance["recipe"], "the appearance is the same"
    assert desktop.session.shown.note == ""
    assert not panel.remake.property("outdated")
    dialogs.path = tmp_path / "remade"
    desktop.questions.save()
    until(lambda: not desktop.session.unsaved)
    edits = open_case(tmp_path / "remade").provenance["edits"]
    assert [(edit["tool"], edit["by"]) for edit in edits] == [("brush", "hand"), ("new image", "model")]
    assert edits[0]["voxels"] == np.count_nonzero(labels_of(desktop) == 15)
    assert desktop.window.actions_by_name["undo"].text() == "&Undo new image"
    trigger(desktop, "undo")
    assert desktop.session.case is corrected
    assert desktop.session.shown.note == "image older than labels"
    trigger(desktop, "undo")
    assert corrected_voxels(desktop.session.case) == 0


def test_another_image_of_the_same_labels(desktop, settle, synthetic):
    trigger(desktop, "remake_other")
    settle()
    other = desktop.session.case
    assert other.labels is synthetic.labels
    seed = other.provenance["recipe"]["appearance_seed"]
    assert seed == desktop.session.recipe.appearance_seed != synthetic.provenance["recipe"]["appearance_seed"]
    trigger(desktop, "undo")
    assert desktop.session.case is synthetic


def test_only_a_synthetic_case_offers_new_images(desktop, brain):
    for name in ("remake_image", "remake_other"):
        assert not desktop.window.actions_by_name[name].isEnabled()
    paint_some(desktop)
    assert not desktop.window.edit_panel.remake.property("outdated"), "a scan's image is what it is"


def test_another_appearance_alone_does_not_sample_the_labels_again(desktop, until, synthetic):
    pack = desktop.controller.pack
    record = {**synthetic.provenance, "pack": {"sha256": pack.sha256}}
    made = replace(synthetic, provenance=record)
    desktop.session.set_case(made, unsaved=False)
    desktop.session.set_recipe(replace(desktop.session.recipe, appearance_seed=9))
    desktop.controller.generate()
    until(lambda: desktop.session.case is not made and desktop.session.status is None)
    assert desktop.session.case.labels is made.labels
    assert desktop.session.case.provenance["recipe"]["appearance_seed"] == 9


# Meanwhile


def test_labels_rest_while_a_step_takes_long_and_it_can_be_stopped(desktop, until, settle, synthetic, gate):
    paint_some(desktop)
    corrected, panel = desktop.session.case, desktop.window.edit_panel
    gate.clear()
    trigger(desktop, "remake_image")
    view = slice_of(desktop, "axial", desktop.session.crosshair)
    at = view.to_screen(desktop.session.crosshair)
    send(view, QEvent.Type.MouseButtonPress, at)
    send(view, QEvent.Type.MouseButtonRelease, at, buttons=NONE)
    assert "is not done yet" in desktop.session.message.sentence
    until(lambda: desktop.session.held == "Making the image")
    assert desktop.session.status.title == "Making the image"
    assert not panel.isEnabled()
    for name in ("undo", "edit_smooth", "push_larger", "tool_brush"):
        assert not desktop.window.actions_by_name[name].isEnabled()
    trigger(desktop, "cancel")
    settle()
    assert desktop.session.case is corrected
    assert desktop.session.status is None
    assert panel.isEnabled()
    assert "was stopped" in desktop.session.message.sentence


def test_what_is_wished_for_meanwhile_follows_in_order(desktop, settle, brain):
    choose(desktop, tool="brush", label=4, amount_mm=1.0)
    editing = desktop.editing
    for wish in (editing.grow, editing.grow, editing.undo, editing.shrink, editing.grow):
        wish()
    settle()
    assert [edit["tool"] for edit in edits_of(desktop.session.case)] == ["grow", "shrink", "grow"]


def test_a_case_that_is_opened_meanwhile_stays_as_it_is(desktop, settle, synthetic, gate):
    gate.clear()
    trigger(desktop, "remake_image")
    grid = centred_grid((8, 8, 8), 2.0, np.zeros(3))
    opened = Case("opened", None, LabelMap(np.full(grid.shape, 2), grid))
    desktop.session.set_case(opened, unsaved=False)
    gate.set()
    settle()
    assert desktop.session.case is opened


def test_no_thread_of_corrections_outlives_the_window(desktop, settle, brain):
    desktop.window.actions_by_name["grow"].trigger()
    desktop.close()
    assert "edits" not in [thread.name for thread in threading.enumerate()]
