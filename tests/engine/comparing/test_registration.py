import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.case import Case
from engine.comparing import registration
from engine.comparing.itk import moved_image
from engine.comparing.optimiser import THREAD
from engine.comparing.registration import register
from engine.errors import BadFileError, RegistrationError
from engine.events import Progressed
from engine.grid import Grid, centred_grid
from engine.io.case_folder import open_any
from engine.progress import Progress, result_of
from engine.volume import Volume
from tests.engine.comparing.conftest import grid_around, head, turned

STAGE = "Aligning"
FIRST = grid_around((70, 84, 62), (1.5, 1.5, 1.6))
RIM = 50.0 * np.vstack([np.eye(3), -np.eye(3)])
#: Movement of the second head, its grid: thick slices, oblique, left-handed.
SECONDS = {
    "thick oblique slices": (turned((9, -7, 12), (6, -8, 5)), (96, 110, 34), (1.1, 1.1, 3.2), (-14, 6, 9)),
    "far away": (turned((-4, 3, 6), (150, -90, 40)), (64, 84, 60), (1.6, 1.4, 1.7), (0, 0, 0)),
}


def aligned(first: Case, second: Case):
    return result_of(register(first, second, Progress(0, {STAGE: 1.0}), STAGE))


def left_handed(grid: Grid) -> Grid:
    affine = np.array(grid.affine)
    affine[:3, 3] += affine[:3, 0] * (grid.shape[0] - 1)
    affine[:3, 0] *= -1
    return Grid(grid.shape, affine)


@pytest.fixture(scope="module", params=list(SECONDS), ids=list(SECONDS))
def moved(request):
    """A head, and the same head moved onto another grid in another contrast."""
    move, shape, spacing, degrees = SECONDS[request.param]
    grid = left_handed(grid_around(shape, spacing, degrees, move(np.zeros(3))))
    second = head(grid, move, noise=2.0)
    assert second.image is not None
    contrast = Volume(np.sqrt(np.maximum(second.image.data, 0)) * 40 + 7, grid)
    return head(FIRST, noise=2.0), replace(second, image=contrast), move


@pytest.fixture
def coarsely(monkeypatch):
    """Aligns on larger voxels, where it does not matter how well."""
    monkeypatch.setattr(registration, "SPACING_MM", 4.0)


@pytest.mark.parametrize("labelled", [True, False], ids=["labelled", "scans alone"])
def test_a_known_movement_is_found(moved, labelled):
    first, second, move = moved
    if not labelled:
        first, second = (replace(case, labels=None) for case in (first, second))
    found = aligned(first, second)
    assert np.linalg.norm(found.movement(np.zeros(3)) - move(np.zeros(3))) < 0.2
    assert found.movement.after(move.inverse).degrees < 0.2
    assert np.abs(found.movement(RIM) - move(RIM)).max() < 0.5
    assert found.apart_mm < 0.5
    assert found.overlap > 0.9
    assert found.similarity[1] > found.similarity[0]


def test_the_same_two_scans_are_always_aligned_the_same_way_and_the_other_way_round_is_the_way_back(coarsely):
    grid = centred_grid((36, 44, 32), 3.0, np.zeros(3))
    first, second = head(grid, noise=2.0), head(grid, turned((3, -2, 4), (2, 1, -2)), larger=1.2, noise=1.0)
    one, again, back = aligned(first, second), aligned(first, second), aligned(second, first)
    assert np.array_equal(one.movement.matrix, again.movement.matrix)
    assert back.movement.inverse(RIM) == pytest.approx(one.movement(RIM), abs=1e-6)


def test_a_scan_lies_where_it_lies():
    first = head(FIRST, noise=1.0)
    found = aligned(first, first)
    assert found.moved_mm < 0.1
    assert found.overlap > 0.99


def test_label_maps_alone_are_aligned_by_what_they_say(coarsely):
    move = turned((5, 4, -6), (3, -5, 2))
    first, second = head(FIRST), head(grid_around((70, 80, 60), (1.6, 1.6, 1.6), (5, 5, 0)), move)
    found = aligned(replace(first, image=None), second)
    assert found.on_labels
    assert np.abs(found.movement(RIM) - move(RIM)).max() < 1.0


def test_progress_is_told_after_each_iteration_and_never_goes_back(coarsely):
    first = head(centred_grid((36, 44, 32), 3.0, np.zeros(3)), noise=1.0)
    events = list(register(first, first, Progress(0, {STAGE: 1.0}), STAGE))
    fractions = [event.fraction for event in events if isinstance(event, Progressed)]
    assert len(fractions) > 20
    assert fractions == sorted(fractions)
    assert 0.5 < fractions[-1] <= 1


def test_it_stops_at_the_next_iteration(coarsely):
    first = head(FIRST, noise=1.0)
    steps = register(first, first, Progress(0, {STAGE: 1.0}), STAGE)
    for _ in range(4):
        next(steps)
    assert any(thread.name == THREAD for thread in threading.enumerate())
    steps.close()
    assert not any(thread.name == THREAD for thread in threading.enumerate())


def test_noise_is_refused_in_a_sentence(coarsely, rng):
    first = replace(head(FIRST), labels=None)
    noise = Case("noise", Volume(rng.random(FIRST.shape) * 100, FIRST))
    with pytest.raises(RegistrationError, match=r"check that both are scans of the same person's .*head\.$"):
        aligned(first, noise)


def test_nothing_is_refused_in_a_sentence(coarsely):
    first = replace(head(FIRST), labels=None)
    with pytest.raises(RegistrationError, match=r"check that both are scans"):
        aligned(first, Case("dark", Volume(np.zeros(FIRST.shape), FIRST)))


def test_what_does_not_converge_is_refused_in_a_sentence(coarsely, monkeypatch):
    monkeypatch.setattr(registration, "FARTHEST_APART_MM", 1e-9)
    first = head(centred_grid((36, 44, 32), 3.0, np.zeros(3)), noise=1.0)
    with pytest.raises(RegistrationError, match=r"did not converge .* mm off"):
        aligned(first, head(first.grid, turned((2, 1, 3), (1, 2, 0)), noise=2.0))


def test_a_scan_and_a_label_map_cannot_be_aligned():
    first = head(FIRST)
    with pytest.raises(BadFileError, match=r"Only two scans, or two label maps"):
        aligned(replace(first, labels=None), replace(first, image=None))


@pytest.mark.data
@pytest.mark.slow
def test_a_real_head_is_found_again_on_thick_slices_in_another_contrast(shared_scan):
    first, _ = open_any(shared_scan)
    assert first.image is not None
    move = turned((7, -9, 5), (8, -6, 4), first.grid.centre)
    grid = grid_around((180, 200, 60), (1.0, 1.1, 3.5), (10, -6, 4), move(first.grid.centre))
    moved = moved_image(first.image, grid, move.inverse)
    noise = np.random.default_rng(0).normal(0, 6, grid.shape)
    found = aligned(first, Case("later", Volume(1.3 * moved.data**0.8 + 5 + noise, grid)))
    rim = first.grid.centre + 1.5 * RIM
    assert np.linalg.norm(found.movement(rim) - move(rim), axis=1).max() < 0.5
    assert found.movement.after(move.inverse).degrees < 0.5


@pytest.fixture
def shared_scan() -> Path:
    scans = sorted(Path(__file__).parents[4].glob("shared/data/ixi_2mm/*_T1w.nii.gz"))
    if not scans:
        pytest.skip("../shared/data is not there")
    return scans[0]
