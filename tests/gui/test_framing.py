"""Pan and zoom, without a widget."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from engine.grid import Grid
from gui.viewer.framing import FILL, LARGEST_ZOOM, Framing
from gui.viewer.planes import plane_of

GRID = Grid((40, 60, 50), np.array([[-2.0, 0, 0, 40], [0, 1.5, 0, -30], [0, 0, 1, -20], [0, 0, 0, 1]]))


@pytest.fixture
def framing() -> Framing:
    """An axial view of 80 x 90 mm in 300 x 200 pixels."""
    return Framing(plane_of(GRID, "axial", radiological=True), (300, 200))


def test_the_whole_grid_fits_at_first(framing):
    assert framing.mm_per_pixel == pytest.approx(90 / 200 / FILL)
    middle = framing.to_screen(GRID.centre)
    assert (middle.x(), middle.y()) == pytest.approx((150, 100))


def test_a_point_is_found_again(framing):
    framing.zoom_about(QPointF(30, 170), 3.0)
    world = GRID.voxel_to_world((3, 50, 25))
    assert np.allclose(framing.to_world(framing.to_screen(world), 25), world)


def test_a_zoom_keeps_what_lies_under_the_pointer_and_has_limits(framing):
    at = QPointF(220, 40)
    under = framing.to_world(at, 25)
    framing.zoom_about(at, 4.0)
    assert np.allclose(framing.to_world(at, 25), under)
    framing.zoom_about(at, 1e6)
    assert framing.zoom == LARGEST_ZOOM
    framing.reset()
    assert framing.to_screen(GRID.centre).x() == pytest.approx(150)


def test_turning_the_sides_round_keeps_the_place_that_is_seen(framing):
    target = GRID.voxel_to_world((3, 50, 25))
    framing.zoom_about(QPointF(0, 0), 2.0)
    framing.centre_on(target)
    framing.plane = plane_of(GRID, "axial", radiological=False)
    middle = framing.to_screen(target)
    assert (middle.x(), middle.y()) == pytest.approx((150, 100))


def test_a_shared_scale_takes_the_place_of_the_own_one(framing):
    framing.common_fit = 1.0
    framing.zoom_about(QPointF(0, 0), 2.0)
    assert framing.mm_per_pixel == 0.5
