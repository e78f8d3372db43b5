"""The gallery without a window: which entry a case belongs to, and what goes when memory runs out."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.case import Case
from engine.edit.region import Region, paint
from engine.grid import centred_grid
from engine.recipe import Recipe
from engine.volume import LabelMap, Volume
from gui.gallery import Gallery
from gui.session import Session

GRID = centred_grid((8, 8, 8), 1.0, np.zeros(3))
CASE_BYTES = 8**3 * (4 + 2)


def scan(name: str) -> Case:
    return Case(name, Volume(np.random.default_rng(0).random((8, 8, 8)), GRID), LabelMap(np.full((8, 8, 8), 2), GRID))


def made(volume: float) -> Case:
    recipe = Recipe(1, 1, (("ventricular_volume", volume),))
    return replace(scan(f"synthetic {volume:g}"), provenance={"synthetic": True, "recipe": recipe.to_json()})


def relabelled(case: Case, value: int) -> Case:
    return replace(case, labels=LabelMap(np.full((8, 8, 8), value), GRID))


@pytest.fixture
def session(qtbot):
    return Session()


def open_one(gallery: Gallery) -> Any:
    assert gallery.current is not None
    return gallery.current


def names(gallery: Gallery) -> list[str]:
    return [one.name for one in gallery.entries]


def edit(session: Session, label: int) -> None:
    """One step by hand on the case that is open."""
    session.editor.begin("brush", label=label)
    whole = Region((slice(0, 4), slice(0, 4), slice(0, 4)), np.full((4, 4, 4), True))
    session.editor.apply(paint(session.editor.data, whole, label))
    changed = session.editor.commit()
    assert changed is not None
    session.set_edited(changed)


def test_every_case_has_one_entry_whatever_is_done_to_its_labels(session):
    first = scan("first")
    session.set_case(replace(first, labels=None), unsaved=False)
    session.set_case(first, unsaved=True)
    edit(session, 4)
    session.set_case(scan("second"), unsaved=False)
    assert names(session.gallery) == ["first", "second"]
    assert session.gallery.entries[0].unsaved
    assert session.gallery.current is session.gallery.entries[1]


def test_the_same_recipe_makes_no_second_entry(session):
    for volume in (40, 80, 40):
        session.set_case(made(volume), unsaved=True)
    assert names(session.gallery) == ["synthetic 40", "synthetic 80"]
    assert session.gallery.current is session.gallery.entries[0]


def test_a_case_returned_to_has_its_edits_and_its_undo(session):
    session.set_case(scan("first"), unsaved=False)
    edit(session, 4)
    edit(session, 43)
    edited = session.case
    session.set_case(scan("second"), unsaved=False)
    edit(session, 14)
    session.go_to(session.gallery.entries[0])
    assert session.case is edited
    assert session.unsaved
    assert session.edited_by_hand
    assert len(session.editor.history) == 2
    undone = session.editor.undo()
    assert set(np.unique(undone.labels.data)) == {2, 4}
    session.go_to(session.gallery.entries[1])
    assert len(session.editor.history) == 1


def test_label_maps_of_the_same_name_from_two_files_are_two_cases(session):
    for folder in ("a", "b"):
        session.set_case(replace(scan("labels"), image=None), unsaved=False, path=Path(folder))
    edit(session, 4)
    edit(session, 43)
    assert names(session.gallery) == ["labels", "labels"]
    assert [one.unsaved for one in session.gallery.entries] == [False, True]


def test_a_file_opened_again_has_its_old_entry_unless_that_was_changed(session):
    for _ in range(2):
        session.set_case(scan("scan"), unsaved=False, path=Path("scan.nii"))
    assert len(session.gallery.entries) == 1
    edit(session, 4)
    session.set_case(scan("scan"), unsaved=False, path=Path("scan.nii"))
    assert [one.unsaved for one in session.gallery.entries] == [True, False]


def test_another_image_of_the_same_labels_is_the_same_case(session):
    session.set_case(made(40), unsaved=True)
    session.set_case(replace(session.case, image=scan("other").image), unsaved=True)
    assert len(session.gallery.entries) == 1


def test_undo_past_a_morph_is_a_return_to_the_case_before(session):
    session.set_case(scan("scan"), unsaved=False)
    morphed = replace(scan("scan, 80 mL"), provenance={"morphed": True})
    session.set_case(morphed, unsaved=True)
    assert names(session.gallery) == ["scan", "scan, 80 mL"]
    before = session.editor.undo()
    session.set_edited(before)
    assert open_one(session.gallery).name == "scan"


def test_a_saved_case_is_no_work_any_more(session):
    session.set_case(scan("scan"), unsaved=True)
    assert [one.name for one in session.gallery.work] == ["scan"]
    session.mark_saved(session.case, Path("/tmp/there"))
    assert session.gallery.work == ()
    assert open_one(session.gallery).path == Path("/tmp/there")


def test_what_a_recipe_makes_again_is_no_work(session):
    session.set_case(made(40), unsaved=True)
    assert session.gallery.work == ()
    edit(session, 4)
    assert len(session.gallery.work) == 1


def test_without_room_the_oldest_that_can_come_back_loses_its_voxels(qtbot):
    gallery = Gallery(budget_bytes=2 * CASE_BYTES)
    gallery.take(scan("work"), unsaved=True)
    gallery.take(made(40), unsaved=True)
    gallery.take(made(80), unsaved=True)
    assert [one.case is None for one in gallery.entries] == [False, True, False]
    assert gallery.entries[1].recipe is not None
    gallery.take(made(40), unsaved=True)
    assert names(gallery) == ["work", "synthetic 40", "synthetic 80"], "made again it takes its old place"
    assert open_one(gallery).case is not None


def test_unsaved_work_goes_only_after_a_warning(qtbot):
    gallery = Gallery(budget_bytes=2 * CASE_BYTES)
    warned = []
    gallery.warned.connect(lambda entry: warned.append(entry.name))
    for name in ("a", "b", "c"):
        gallery.take(scan(name), unsaved=True)
    assert warned == ["a"]
    assert names(gallery) == ["a", "b", "c"], "nothing is lost at the warning"
    gallery.take(scan("d"), unsaved=True)
    assert names(gallery) == ["b", "c", "d"]
    assert warned == ["a", "b"]


def test_a_warned_case_that_is_saved_stays_in_the_gallery(qtbot):
    gallery = Gallery(budget_bytes=2 * CASE_BYTES)
    first = scan("a")
    gallery.take(first, unsaved=True)
    for name in ("b", "c"):
        gallery.take(scan(name), unsaved=True)
    gallery.note_saved(first, Path("/tmp/a"))
    gallery.take(scan("d"), unsaved=True)
    assert gallery.entries[0].path == Path("/tmp/a")
    assert gallery.entries[0].case is None


def test_the_open_case_never_goes(qtbot):
    gallery = Gallery(budget_bytes=1)
    gallery.take(made(40), unsaved=True)
    assert open_one(gallery).case is not None


def test_shared_images_count_once(qtbot):
    gallery = Gallery(budget_bytes=CASE_BYTES * 3 // 2)
    first = scan("a")
    gallery.take(first, unsaved=True)
    gallery.take(relabelled(first, 4), unsaved=True)
    assert len(gallery.entries) == 1
    assert open_one(gallery).case.labels.data[0, 0, 0] == 4


def test_a_session_is_restored_with_its_open_case(qtbot):
    gallery = Gallery()
    gallery.take(scan("old"), unsaved=True)
    labels = replace(scan("labels"), image=None)
    twin = replace(scan("labels"), image=None)
    gallery.restore([(scan("a"), True), (made(40), False), (labels, True), (twin, True)], current=0)
    assert names(gallery) == ["a", "synthetic 40", "labels", "labels"]
    assert open_one(gallery).name == "a"
    assert [one.unsaved for one in gallery.entries] == [True, False, True, True]
