import numpy as np
import pytest

from engine.comparing.rigid import IDENTITY, Rigid, midway
from tests.engine.comparing.conftest import turned

MOVES = [turned((10, -25, 40), (5, -60, 12)), turned((0, 0, 0), (3, 4, 0)), turned((0, 170, 0), about=(50, 0, 9))]
POINTS = np.array([[0.0, 0, 0], [80, -20, 5], [-3, 60, 44]])


@pytest.mark.parametrize("move", MOVES)
def test_half_a_movement_twice_is_the_whole(move: Rigid):
    half = move.share(0.5)
    assert half(half(POINTS)) == pytest.approx(move(POINTS), abs=1e-8)
    assert half.degrees == pytest.approx(move.degrees / 2, abs=1e-6)


@pytest.mark.parametrize("move", MOVES)
def test_there_and_back_is_where_it_was(move: Rigid):
    assert move.inverse(move(POINTS)) == pytest.approx(POINTS, abs=1e-9)
    assert move.inverse.after(move).largest_move_mm(POINTS) < 1e-9


def test_the_later_movement_is_done_after_the_earlier():
    one, other = MOVES[0], MOVES[1]
    assert other.after(one)(POINTS) == pytest.approx(other(one(POINTS)))


def test_the_middle_of_two_movements_does_not_depend_on_their_order():
    one, other = turned((10, 5, 0), (3, 0, 1)), turned((11, 5, 1), (3, 1, 1))
    assert midway(one, other)(POINTS) == pytest.approx(midway(other, one)(POINTS), abs=1e-9)
    assert midway(one, other).inverse(POINTS) == pytest.approx(midway(one.inverse, other.inverse)(POINTS), abs=1e-9)
    assert midway(one, one)(POINTS) == pytest.approx(one(POINTS))


def test_nothing_moves_nothing():
    assert IDENTITY(POINTS) == pytest.approx(POINTS)
    assert IDENTITY.share(0.5).largest_move_mm(POINTS) < 1e-12
    assert IDENTITY.degrees == 0
