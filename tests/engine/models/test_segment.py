from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from engine.errors import NoBrainError
from engine.events import Noticed, Progressed
from engine.grid import Grid, centred_grid
from engine.labels import CSF, LabelTable, synthseg33
from engine.measures import measure_volumes
from engine.models import segment
from engine.models.device import Device, cpu_device
from engine.models.folding import fold
from engine.models.networks import Segmenter
from engine.models.segment import FINDING, LABELLING, RETURNING, ScanSegmenter, head_centre, segment_scan
from engine.progress import Progress
from engine.volume import Volume
from tests.engine.conftest import drained

#: The smallest box that holds the phantom, so that everything stays quick.
BOX = (96, 128, 96)
WHITE_MATTER, VENTRICLE = 2, 4
#: A short table: fewer classes, less to compute.
TABLE = LabelTable("left", tuple(replace(synthseg33()[v], mirror=v) for v in (0, WHITE_MATTER, VENTRICLE, CSF)))


class ByIntensity(Segmenter):
    """A segmenter that needs no training: black is background, grey white matter, white ventricle. Halfway between
    two of them lies the surface, as it does after interpolation."""

    def __init__(self, table):
        super().__init__(classes=len(table.labels), filters=[4, 4, 4], hidden=2)
        self.table, self.boxes = table, 0

    def features(self, image):
        self.boxes += 1
        return fold(image, self.factor).unflatten(1, (1, self.factor**3))

    def logits(self, features):
        grey, white = (int(self.table.class_of_value[v]) for v in (WHITE_MATTER, VENTRICLE))
        classes = torch.where(features[:, 0] > 0.8, white, torch.where(features[:, 0] > 0.3, grey, 0))
        return 12.0 * torch.nn.functional.one_hot(classes, len(self.table.labels)).movedim(-1, 1).float()


def grid_of(orientation, spacing, tilt=0.0, extent=(104, 132, 108), middle=(12.0, -20.0, 30.0)):
    """A grid around ``middle`` whose axes point to the named sides, turned by ``tilt`` radians."""
    axes = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}
    direction = np.zeros((3, 3))
    for voxel_axis, letter in enumerate(orientation):
        world_axis, sign = axes[letter]
        direction[world_axis, voxel_axis] = sign
    c, s = np.cos(tilt), np.sin(tilt)
    direction = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]]) @ direction
    shape = [round(extent[axes[letter][0]] / size) for letter, size in zip(orientation, spacing, strict=True)]
    affine = np.eye(4)
    affine[:3, :3] = direction * spacing
    affine[:3, 3] = middle - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return Grid(tuple(shape), affine)


GRIDS = {
    "RAS at 1 mm": grid_of("RAS", (1.0, 1.0, 1.0)),
    "LIA at 1 mm by 1.2 mm": grid_of("LIA", (1.0, 1.2, 1.2)),
    "oblique, 1 mm by 2 mm": grid_of("RSA", (1.0, 2.0, 1.3), tilt=0.2),
}


def inside(grid, radii, middle):
    """Whether each voxel lies in an ellipsoid (mm)."""
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij"), axis=-1)
    return (((grid.voxel_to_world(index) - middle) / radii) ** 2).sum(axis=-1) <= 1


BRAIN = {"radii": (44.0, 58.0, 44.0), "middle": (12.0, -20.0, 30.0)}
#: Beside the middle in every direction, so that a flipped or swapped axis shows.
INSIDE = {"radii": (14.0, 22.0, 16.0), "middle": (22.0, -8.0, 36.0)}


def phantom(grid):
    """A scan of the phantom, and where its ventricle is."""
    ventricle = inside(grid, **INSIDE)
    return Volume(600.0 * inside(grid, **BRAIN) + 400.0 * ventricle, grid), ventricle


@pytest.fixture
def network():
    return ByIntensity(TABLE)


def steps_of(network, scan):
    return ScanSegmenter(network, TABLE, cpu_device(), box=BOX).run(scan)


@pytest.mark.parametrize("grid", list(GRIDS.values()), ids=list(GRIDS))
def test_labels_come_back_on_the_scans_own_voxels(network, grid):
    scan, truth = phantom(grid)
    steps, (labels, confidence) = drained(steps_of(network, scan))
    assert labels.grid == grid
    found = labels.data == VENTRICLE
    assert 2 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.9
    exact = 4 / 3 * np.pi * np.prod(INSIDE["radii"]) / 1000
    assert measure_volumes(labels).ventricular_ml == pytest.approx(exact, rel=0.05)
    assert set(np.unique(labels.data)) == {0, WHITE_MATTER, VENTRICLE}
    assert confidence > 0.99
    assert network.boxes == 1
    finding = steps[:-2]
    assert finding == [(FINDING, n, len(finding) - 1) for n in range(len(finding))]
    assert steps[-2:] == [(RETURNING, 0, 1), (RETURNING, 1, 1)]


def test_a_brain_that_is_not_where_it_was_looked_for_is_looked_for_once_more(network, monkeypatch):
    wrong = np.add(BRAIN["middle"], (0.0, 14.0, -9.0))
    monkeypatch.setattr(segment, "head_centre", lambda scan: wrong)
    scan, truth = phantom(GRIDS["LIA at 1 mm by 1.2 mm"])
    steps, (labels, _) = drained(steps_of(network, scan))
    assert {stage for stage, *_ in steps} == {FINDING, LABELLING, RETURNING}
    found = labels.data == VENTRICLE
    assert 2 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.9


def test_labelling_can_be_stopped_before_the_network_has_seen_anything(network):
    steps = steps_of(network, phantom(GRIDS["LIA at 1 mm by 1.2 mm"])[0])
    next(steps)
    assert not torch.is_inference_mode_enabled()
    steps.close()
    assert network.boxes == 0


def test_the_mirrored_box_is_labelled_too_if_that_is_asked_for(network):
    scan, truth = phantom(GRIDS["RAS at 1 mm"])
    _, (labels, _) = drained(ScanSegmenter(network, TABLE, cpu_device(), box=BOX, flip=True).run(scan))
    assert network.boxes == 2
    found = labels.data == VENTRICLE
    assert 2 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.9


def test_where_there_is_only_noise_no_brain_is_found(network, rng):
    # Bright speckles on black, not connected to each other.
    noise = Volume(rng.exponential(5.0, (60, 60, 60)) ** 2, centred_grid((60, 60, 60), 2.0, np.zeros(3)))
    with pytest.raises(NoBrainError, match="No brain was found"):
        drained(steps_of(network, noise))


def test_where_there_is_nothing_at_all_no_brain_is_found(network):
    empty = Volume(np.zeros((30, 30, 30)), centred_grid((30, 30, 30), 4.0, np.zeros(3)))
    with pytest.raises(NoBrainError, match="almost nothing"):
        drained(steps_of(network, empty))


def head(grid):
    """A head with a neck: skin like brain, the brain's middle 80 mm below the top."""
    skull = inside(grid, (75.0, 95.0, 85.0), (5.0, 10.0, -4.0))
    neck = inside(grid, (50.0, 50.0, 400.0), (5.0, 0.0, -400.0))
    return Volume(300.0 * (skull | neck), grid)


@pytest.mark.parametrize("orientation", ["RAS", "LIA", "PSR", "ILP"])
def test_the_middle_of_the_head_is_found_in_every_orientation(orientation):
    grid = grid_of(orientation, (3.0, 4.0, 5.0), extent=(200, 230, 280), middle=(5.0, 10.0, -50.0))
    assert np.linalg.norm(head_centre(head(grid)) - (5.0, 10.0, 0.0)) < 12


def test_the_middle_of_the_head_does_not_depend_on_how_its_axes_are_stored():
    scan = head(Grid((101, 118, 97), np.diag([2.0, 2.0, 2.0, 1.0])))
    data, affine = np.asarray(scan.data), scan.grid.affine.copy()
    affine[:3, 3] = affine[:3, :3] @ [0, 117, 96] + affine[:3, 3]
    affine[:3, :3] = affine[:3, :3] @ np.diag([1, -1, -1])
    turned = Volume(data[:, ::-1, ::-1].transpose(2, 0, 1), Grid((97, 101, 118), affine[:, [2, 0, 1, 3]]))
    assert np.allclose(head_centre(turned), head_centre(scan), atol=1e-6)


def test_the_middle_of_a_skull_stripped_brain_is_its_middle():
    for grid in GRIDS.values():
        assert np.linalg.norm(head_centre(phantom(grid)[0]) - BRAIN["middle"]) < 6


@pytest.fixture
def small_gpu(monkeypatch):
    """A CUDA device without memory for the network, and everything else at the phantom's size."""
    far = Device(torch.device("cuda"), "Small GPU", None)

    def load(pack, name, device):
        if device is far:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return ByIntensity(pack.table)

    monkeypatch.setattr(segment, "ScanSegmenter", partial(ScanSegmenter, box=BOX))
    monkeypatch.setattr(segment, "load_network", load)
    monkeypatch.setattr(segment, "choose_device", lambda name: far if name == "cuda" else cpu_device())


def test_out_of_memory_on_the_gpu_the_cpu_labels_the_scan_and_the_record_says_so(pack, small_gpu):
    scan, _ = phantom(GRIDS["LIA at 1 mm by 1.2 mm"])
    progress = Progress(3, {FINDING: 1.0, LABELLING: 1.0, RETURNING: 1.0})
    events, (labels, record) = drained(segment_scan(replace(pack, table=TABLE), scan, "cuda", progress))
    assert labels.grid == scan.grid
    assert {(type(event), event.job_id) for event in events} == {(Progressed, 3), (Noticed, 3)}
    assert [type(event) for event in events].count(Noticed) == 1
    assert record["pack"] == {"name": "tiny", "version": pack.version, "sha256": pack.sha256}
    assert record["device"] == cpu_device().name
    assert 0.99 < record["ventricle_confidence"] <= 1
    assert record["notes"] == []
