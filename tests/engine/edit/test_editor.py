"""A case while it is corrected: steps, counts, records, checkpoints."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.case import Case
from engine.edit.brush import Brush, dab
from engine.edit.editor import HISTORY_BYTES, CaseEditor
from engine.edit.jobs import OperationJob, ReadyJob, at_once
from engine.edit.region import Patch, Region, paint
from engine.edit.steps import corrected_voxels, edits_of
from engine.errors import BadLabelsError
from engine.grid import centred_grid
from engine.progress import result_of
from engine.volume import LabelMap, Volume

SHAPE = (14, 12, 10)
GRID = centred_grid(SHAPE, 1.0, np.zeros(3))
RECIPE = {"synthetic": True, "recipe": {"anatomy_seed": 1}}


def case_of(fill=2, *, grid=GRID, image=True, **provenance):
    labels = np.full(grid.shape, fill, dtype=np.uint16)
    return Case("case", Volume(np.zeros(grid.shape), grid) if image else None, LabelMap(labels, grid), provenance)


def dab_at(editor, at, label, radius=2.0):
    region = dab(editor.case.grid, np.array(at, dtype=float), Brush(radius))
    assert region is not None
    editor.apply(paint(editor.data, region, label))


def stroke(editor, at=(6, 6, 5), label=4, radius=2.0):
    editor.begin("brush", label=label)
    dab_at(editor, at, label, radius)
    return editor.commit()


def frozen(editor):
    return editor.case.labels.data


@pytest.fixture
def editor():
    made = CaseEditor()
    made.open(case_of())
    return made


def test_a_stroke_is_one_step_however_many_dabs_it_has(editor):
    editor.begin("brush", label=4)
    for i in range(3, 10):
        dab_at(editor, (i, 6, 5), 4)
    case = editor.commit()
    assert len(editor.history) == 1
    assert (case.labels.data == 4).sum() == np.count_nonzero(editor.data == 4) > 33
    assert not (editor.undo().labels.data == 4).any()


def test_the_case_before_a_step_stays_as_it_was(editor):
    before = editor.case
    after = stroke(editor)
    assert (before.labels.data == 2).all()
    assert not after.labels.data.flags.writeable
    kept = after.labels.data.copy()
    stroke(editor, label=43)
    assert np.array_equal(after.labels.data, kept)


def test_every_step_says_who_did_what_to_how_many_voxels(editor):
    stroke(editor)
    editor.begin("smooth", label=4, by="model")
    editor.apply(Patch((slice(0, 2), slice(0, 3), slice(0, 1)), np.full((2, 3, 1), 41, dtype=np.uint16)))
    editor.commit()
    records = [
        {"tool": "brush", "by": "hand", "label": 4, "voxels": 33, "step": 1},
        {"tool": "smooth", "by": "model", "label": 4, "voxels": 6, "step": 2},
    ]
    assert edits_of(editor.case) == records
    assert editor.edited_by_hand
    assert edits_of(editor.undo()) == records[:1]
    assert edits_of(editor.undo()) == []
    assert not editor.edited_by_hand
    assert edits_of(editor.redo()) == records[:1]


def test_a_stroke_that_changes_nothing_is_no_step(editor):
    assert stroke(editor, label=2) is None
    editor.begin("brush", label=4)
    dab_at(editor, (6, 6, 5), 4)
    dab_at(editor, (6, 6, 5), 2)
    assert editor.commit() is None
    assert (editor.undo(), editor.redo(), edits_of(editor.case)) == (None, None, [])


def test_what_is_not_in_the_table_cannot_be_painted(editor):
    for value in (1, 61, 60000):
        with pytest.raises(BadLabelsError):
            stroke(editor, label=value)
    assert (editor.data == 2).all()


def test_a_scan_without_labels_can_be_painted_on():
    editor = CaseEditor()
    editor.open(Case("scan", Volume(np.zeros(SHAPE), GRID)))
    case = stroke(editor)
    assert set(np.unique(case.labels.data)) == {0, 4}
    assert editor.counts[4] == 33


DABS = st.tuples(
    st.sampled_from(["dab"]),
    st.tuples(st.integers(-1, 14), st.integers(-1, 12), st.integers(-1, 10)),
    st.sampled_from([0, 2, 4, 43, 60]),
    st.sampled_from([0.5, 2.0, 20.0]),
)
ACTIONS = st.lists(
    st.one_of(
        DABS,
        DABS,
        st.sampled_from(
            [("undo",), ("redo",), ("begin",), ("segment",), ("generate",), ("operate", 4), ("operate", 43)]
        ),
        st.sampled_from([("ready",), ("late",)]),
    ),
    max_size=40,
)


def replaced(editor, image, labels):
    """A model's result over what is there."""
    editor.commit()
    editor.replace(replace(editor.case, image=image or editor.case.image, labels=labels))


class Replay:
    """The same with whole copies: every state there ever was, and where in them we are."""

    def __init__(self, first):
        self.states, self.now, self.open = [first], 0, None

    def end(self):
        if self.open is not None and not np.array_equal(self.open, self.states[self.now]):
            self.states = [*self.states[: self.now + 1], self.open]
            self.now += 1
        self.open = None

    def paint(self, region, label):
        self.open = self.states[self.now].copy() if self.open is None else self.open
        if region is not None:
            self.open[region.box][region.inside] = label

    def replace(self, labels):
        self.end()
        self.states = [*self.states[: self.now + 1], labels]
        self.now += 1

    def move(self, steps):
        self.end()
        self.now = min(max(self.now + steps, 0), len(self.states) - 1)


def whole(label, number):
    """A region that depends on a number, and a label for it."""
    inside = np.random.default_rng(number).random(SHAPE) < 0.3
    return Region((slice(0, 14), slice(0, 12), slice(0, 10)), inside), label


def operated(case, label, number):
    region, label = whole(label, number)
    return run_job(OperationJob(case, "grow", label, at_once(lambda labels: paint(labels, region, label))))


def run_job(job):
    return result_of(job.run())


@settings(max_examples=150, deadline=None)
@given(ACTIONS)
def test_edits_undos_and_redos_end_in_the_same_voxels_as_replaying_them(actions):
    editor = CaseEditor()
    editor.open(case_of(source="a file"))
    replay = Replay(editor.data.copy())
    for number, (action, *arguments) in enumerate(actions):
        if action == "dab":
            at, label, radius = arguments
            if not editor.stroking:
                editor.begin("brush", label=label)
            region = dab(GRID, np.array(at, dtype=float), Brush(radius))
            if region is not None:
                editor.apply(paint(editor.data, region, label))
            replay.paint(region, label)
        elif action == "begin":
            editor.begin("brush")
            replay.end()
        elif action == "operate":
            # As the window does it: the step ends, the operation is worked out from the frozen case, then taken over.
            editor.commit()
            replay.end()
            outcome = operated(editor.case, arguments[0], number)
            if outcome is not None:
                assert editor.finish(outcome) is outcome.after
                replay.paint(*whole(arguments[0], number))
                replay.end()
        elif action == "ready":
            assert editor.case is not None
            made = run_job(ReadyJob(editor.case, editor.known_counts))
            editor.make_ready(made.case, made.data, made.counts)
        elif action == "late":
            # What was worked out from another case than the one that is there now.
            assert editor.finish(operated(case_of(5), 4, 0)) is None
            replay.end()
        elif action in ("segment", "generate"):
            labels = np.random.default_rng(number).choice([2, 4], SHAPE).astype(np.uint16)
            replaced(editor, None if action == "segment" else Volume(np.ones(SHAPE), GRID), LabelMap(labels, GRID))
            replay.replace(labels)
        else:
            getattr(editor, action)()
            replay.move({"undo": -1, "redo": 1}[action])
        live = replay.states[replay.now] if replay.open is None else replay.open
        assert np.array_equal(editor.data, live)
        assert np.array_equal(editor.counts, np.bincount(live.ravel(), minlength=61))
    editor.commit()
    replay.end()
    assert np.array_equal(frozen(editor), replay.states[replay.now])


def test_five_hundred_dabs_stay_within_the_budget():
    grid = centred_grid((80, 96, 80), 1.0, np.zeros(3))
    editor = CaseEditor()
    editor.open(case_of(grid=grid, image=False))
    rng = np.random.default_rng(0)
    for _ in range(500):
        stroke(editor, rng.uniform(10, 70, 3), int(rng.choice([4, 43, 5])), 5.0)
    assert len(editor.history) == 500
    assert editor.history.used_bytes < HISTORY_BYTES / 50
    while editor.undo() is not None:
        pass
    assert (editor.data == 2).all()


# Automatic steps


def test_a_segmentation_is_undone_back_to_the_edits_and_these_too(editor):
    edited = stroke(editor)
    segmented = editor.replace(replace(case_of(4), image=edited.image, provenance=edited.provenance))
    assert editor.history.last.name == "segmentation"
    stroke(editor, label=43)
    assert editor.undo().labels.data.tolist() == segmented.labels.data.tolist()
    assert editor.undo() is edited
    assert (editor.undo().labels.data == 2).all()
    assert editor.redo() is not None
    assert editor.redo() is segmented
    assert (editor.redo().labels.data == 43).any()


def test_a_segmentation_over_edits_is_a_step_of_the_record(editor):
    edited = stroke(editor)
    segmented = editor.replace(replace(case_of(4), image=edited.image, provenance=edited.provenance))
    voxels = np.prod(SHAPE) - 33
    assert edits_of(segmented)[1] == {"tool": "segmentation", "by": "model", "label": None, "voxels": voxels, "step": 2}


def test_a_generated_case_takes_the_place_of_edits_and_gives_it_back(editor):
    edited = stroke(editor)
    other = centred_grid((5, 6, 7), 2.0, np.zeros(3))
    made = editor.replace(case_of(41, grid=other, **RECIPE))
    assert editor.data.shape == (5, 6, 7)
    assert edits_of(made) == []
    assert editor.undo() is edited
    assert editor.data.shape == SHAPE
    assert editor.redo() is made


def test_a_case_that_its_recipe_makes_again_is_not_kept(editor):
    edited = stroke(editor)
    for fill in (2, 41, 42):
        last = editor.replace(case_of(fill, **RECIPE))
    assert len(editor.history) == 2
    assert editor.undo() is edited
    assert editor.redo() is last


def test_redo_never_adds_to_another_case_than_its_own():
    editor = CaseEditor()
    editor.open(case_of(2, **RECIPE))
    stroke(editor)
    editor.undo()
    editor.replace(case_of(41, **RECIPE))
    assert editor.redo() is None
    assert (editor.data == 41).all()


def test_a_new_image_of_edited_labels_keeps_the_labels(editor):
    edited = stroke(editor)
    shown = editor.replace(replace(edited, image=Volume(np.ones(SHAPE), GRID)))
    assert editor.history.last.name == "new image"
    assert shown.labels is edited.labels
    made = {"tool": "new image", "by": "model", "label": None, "voxels": 0, "step": 2}
    assert edits_of(shown) == [*edits_of(edited), made]
    assert editor.undo() is edited


def test_a_result_that_comes_during_a_stroke_ends_the_stroke(editor):
    editor.begin("brush", label=4)
    dab_at(editor, (6, 6, 5), 4)
    editor.replace(case_of(41, **RECIPE))
    assert not editor.stroking
    assert (editor.undo().labels.data == 4).sum() == 33


def test_another_file_begins_anew(editor):
    stroke(editor)
    opened = case_of(41)
    assert editor.open(opened) is opened
    assert (editor.undo(), editor.redo()) == (None, None)


def test_a_checkpoint_counts_what_only_it_keeps(editor):
    edited = stroke(editor)
    before = editor.history.used_bytes
    editor.replace(replace(case_of(4), image=edited.image))
    assert editor.history.used_bytes - before == edited.labels.data.nbytes


# Operations worked out elsewhere


def always(patch):
    """An operation that comes to this patch whatever the labels are."""
    return at_once(lambda _labels: patch)


def test_an_operation_is_one_step_with_its_record(editor):
    stroke(editor)
    patch = Patch((slice(0, 2), slice(0, 3), slice(0, 1)), np.full((2, 3, 1), 41, dtype=np.uint16), {"target_ml": 3.0})
    outcome = run_job(OperationJob(editor.case, "ventricular flow", 4, at_once(lambda _labels: patch)))
    case = editor.finish(outcome)
    assert edits_of(case)[1] == {
        "tool": "ventricular flow", "by": "hand", "label": 4, "voxels": 6, "step": 2, "target_ml": 3.0
    }  # fmt: skip
    assert editor.counts[41] == 6
    assert not case.labels.data.flags.writeable
    assert (editor.undo().labels.data == 4).sum() == 33
    assert (editor.redo().labels.data == 41).sum() == 6


def test_an_operation_that_changes_nothing_is_no_step(editor):
    for patch in (None, Patch((slice(0, 1),) * 3, np.full((1, 1, 1), 2, dtype=np.uint16))):
        assert run_job(OperationJob(editor.case, "grow", 4, always(patch))) is None


def test_an_operation_cannot_bring_a_label_the_table_does_not_know(editor):
    patch = Patch((slice(0, 1),) * 3, np.full((1, 1, 1), 1, dtype=np.uint16))
    with pytest.raises(BadLabelsError):
        run_job(OperationJob(editor.case, "grow", 4, at_once(lambda _labels: patch)))


def test_the_image_falls_behind_with_edits_and_catches_up_with_a_new_one(editor):
    editor.open(case_of(**RECIPE))
    edited = stroke(editor)
    assert corrected_voxels(edited) == 33
    made = editor.replace(replace(edited, image=Volume(np.ones(SHAPE), GRID)))
    assert corrected_voxels(made) == 0
    assert corrected_voxels(stroke(editor, at=(3, 3, 3), label=43)) == 33
    assert corrected_voxels(case_of(source="a scan")) == 0
