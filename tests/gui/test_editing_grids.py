"""Every tool in every plane, on voxels that are no cubes and lie askew, as scanners write them."""

from itertools import pairwise

import numpy as np
import pytest

from engine.case import Case
from engine.edit.steps import edits_of
from engine.grid import Grid
from engine.volume import LabelMap, Volume

from .test_editing import choose, count, drag, labels_of

TURN = np.deg2rad(12.0)
TURNED = np.array([[np.cos(TURN), -np.sin(TURN), 0], [np.sin(TURN), np.cos(TURN), 0], [0, 0, 1.0]])
SPACING = np.array([1.5, 2.0, 3.0])
#: Voxel axes: right-anterior-superior, and posterior-inferior-right (permuted, left-handed), both turned.
AXES = {
    "anisotropic, turned": TURNED,
    "permuted, left-handed": TURNED @ np.array([[0, 0, 1.0], [-1, 0, 0], [0, -1, 0]]),
}
SHAPE = (44, 40, 30)
VIEWS = ("axial", "coronal", "sagittal")


@pytest.fixture(params=list(AXES))
def head(request, desktop):
    """A block of white matter with a ball of ventricle in its middle, on a grid that is not the usual one."""
    affine = np.eye(4)
    affine[:3, :3] = AXES[request.param] * SPACING
    affine[:3, 3] = -affine[:3, :3] @ (np.array(SHAPE) - 1) / 2
    grid = Grid(SHAPE, affine)
    labels = np.zeros(SHAPE, dtype=np.uint16)
    labels[3:-3, 3:-3, 3:-3] = 2
    labels[distance_mm(grid, np.zeros(3)) <= 10] = 4
    image = Volume(np.where(labels == 4, 100.0, 800.0), grid)
    case = Case("head", image, LabelMap(labels, grid))
    desktop.session.set_case(case, unsaved=False)
    return case


def distance_mm(grid, point):
    index = np.moveaxis(np.indices(grid.shape), 0, -1)
    return np.linalg.norm(grid.voxel_to_world(index) - point, axis=-1)


def looking(desktop, view, at):
    desktop.session.set_crosshair(np.asarray(at, dtype=float))
    shown = desktop.window.viewer.slices[view]
    desktop.window.viewer.activate(shown)
    return shown


def beside(view, mm):
    """The point this far along the view's own right."""
    plane = view.plane
    return plane.grid.voxel_to_world(plane.grid.world_to_voxel(np.zeros(3))) + mm * plane.right


@pytest.mark.parametrize("view", VIEWS)
def test_a_dab_is_as_wide_as_the_brush_in_mm(desktop, head, view):
    shown = looking(desktop, view, np.zeros(3))
    at = desktop.session.crosshair
    axis, middle = shown.plane.axis, shown.slice_index
    apart = distance_mm(head.grid, at)
    within = np.zeros(SHAPE, dtype=bool)
    within[tuple(middle if a == axis else slice(None) for a in range(3))] = True
    for three_d, where in ((False, within), (True, np.ones(SHAPE, dtype=bool))):
        choose(desktop, tool="brush", label=15, radius_mm=7.0, three_d=three_d)
        drag(shown, at)
        painted = labels_of(desktop) == 15
        sure, possible = where & (apart < 6.9), where & (apart < 7.1)
        assert (painted >= sure).all()
        assert (painted <= possible).all()
        desktop.editing.undo()
    choose(desktop, tool="brush", round=False, three_d=False)
    drag(shown, at)
    sides = [np.ptp(found) + 1 for a, found in enumerate(np.nonzero(labels_of(desktop) == 15)) if a != axis]
    assert sides == [2 * int(7.0 / s) + 1 for a, s in enumerate(SPACING) if a != axis]


@pytest.mark.parametrize("view", VIEWS)
def test_fill_erase_and_lasso_stay_on_the_slice(desktop, head, settle, view):
    shown = looking(desktop, view, np.zeros(3))
    axis, middle = shown.plane.axis, shown.slice_index
    at = desktop.session.crosshair
    on_slice = np.take(head.labels.data == 4, middle, axis=axis).sum()
    for tool, label in (("fill", 15), ("lasso", 15), ("erase", 0)):
        choose(desktop, tool=tool, label=15, three_d=False, radius_mm=3.0)
        if tool == "lasso":
            plane = shown.plane
            corners = [at + 14 * (x * plane.right + y * plane.up) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            closed = [*corners, corners[0]]
            line = [a + share * (b - a) for a, b in pairwise(closed) for share in np.linspace(0, 1, 9)]
            drag(shown, *line)
        else:
            drag(shown, at)
        settle()
        changed = labels_of(desktop) != head.labels.data
        assert set(np.nonzero(changed)[axis]) == {middle}
        assert set(np.unique(labels_of(desktop)[changed])) == {label}
        if tool == "fill":
            assert changed.sum() == on_slice
        if tool == "lasso":
            across = np.delete(SPACING, axis)
            assert changed.sum() * across.prod() == pytest.approx(28 * 28, rel=0.15)
        desktop.editing.undo()


@pytest.mark.parametrize("view", VIEWS)
def test_slices_are_copied_and_filled_between(desktop, head, settle, view):
    shown = looking(desktop, view, np.zeros(3))
    axis = shown.plane.axis
    choose(desktop, tool="brush", label=15, radius_mm=6.0)
    drag(shown, desktop.session.crosshair)
    start = shown.slice_index
    area = count(desktop, 15)
    desktop.window.actions_by_name["copy_on"].trigger()
    settle()
    on = shown.slice_index
    assert on == start + shown.plane.sign
    assert count(desktop, 15) == 2 * area
    # Along the view's own direction the slices lie to the right, in front or on top.
    moved = head.grid.voxel_to_world(np.eye(3)[axis] * on) - head.grid.voxel_to_world(np.eye(3)[axis] * start)
    assert moved[np.abs(moved).argmax()] > 0
    far = start + 4 * shown.plane.sign
    desktop.session.set_crosshair(shown.plane.world(*shown.plane.project(desktop.session.crosshair), far))
    drag(shown, desktop.session.crosshair)
    desktop.window.actions_by_name["interpolate"].trigger()
    settle()
    between = sorted({start, far})
    assert set(np.nonzero(labels_of(desktop) == 15)[axis]) == set(range(between[0], between[1] + 1))


def test_operations_reach_as_far_as_their_mm(desktop, head, settle):
    choose(desktop, tool="brush", label=4, amount_mm=4.0)
    apart = distance_mm(head.grid, np.zeros(3))
    for name, low, high in (("grow", 12.0, 15.5), ("shrink", 4.0, 9.0)):
        desktop.window.actions_by_name[name].trigger()
        settle()
        inside = labels_of(desktop) == 4
        assert inside[apart < low].all()
        assert not inside[apart > high].any()
        desktop.editing.undo()
    desktop.window.actions_by_name["edit_smooth"].trigger()
    settle()
    assert count(desktop, 4) == pytest.approx((head.labels.data == 4).sum(), rel=0.02)
    desktop.editing.undo()


def test_components_are_removed_and_the_largest_kept(desktop, head, settle):
    shown = looking(desktop, "axial", np.zeros(3))
    plane = shown.plane
    stray = desktop.session.crosshair + 22 * plane.right
    choose(desktop, tool="brush", label=4, radius_mm=4.0, three_d=True)
    drag(shown, stray)
    ball, both = (head.labels.data == 4).sum(), count(desktop, 4)
    assert both > ball
    desktop.window.actions_by_name["keep_largest"].trigger()
    settle()
    assert count(desktop, 4) == ball
    desktop.editing.undo()
    choose(desktop, tool="island")
    drag(shown, stray)
    settle()
    assert count(desktop, 4) == ball
    assert [edit["by"] for edit in edits_of(desktop.session.case)] == ["hand", "hand"]
