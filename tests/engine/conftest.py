"""Small grids, label maps and packs; and a check that no test leaves a thread behind."""

import copy
import hashlib
import json
import sys
import threading
import types
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.case import Case
from engine.grid import Grid
from engine.jobs import Job
from engine.labels import synthseg33
from engine.volume import LabelMap, Volume

SHAPE = (7, 6, 5)


def rotation(x: float, y: float, z: float) -> np.ndarray:
    """(3, 3) rotation by three angles in radians."""
    cx, cy, cz = np.cos([x, y, z])
    sx, sy, sz = np.sin([x, y, z])
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def affine(matrix: np.ndarray, spacing: tuple[float, float, float], origin: tuple[float, float, float]) -> np.ndarray:
    """(4, 4) from directions, voxel size and origin."""
    result = np.eye(4)
    result[:3, :3] = matrix @ np.diag(spacing)
    result[:3, 3] = origin
    return result


AFFINES = {
    "RAS": affine(np.eye(3), (1, 1, 1), (-3, -2, -1)),
    "LPS": affine(np.diag([-1.0, -1, 1]), (0.9, 1.1, 2), (30, 40, -10)),
    "LAS, negative determinant": affine(np.diag([-1.0, 1, 1]), (1, 1, 1.2), (80, -100, -60)),
    "PIR, permuted": affine(np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]]), (1, 0.8, 3), (5, 6, 7)),
    "oblique": affine(rotation(0.3, -0.2, 0.15), (0.7, 0.7, 1.4), (-11, 3, 8)),
    "oblique, negative determinant": affine(rotation(-0.2, 0.1, 0.4) @ np.diag([-1.0, 1, 1]), (1, 1, 2), (9, 9, 9)),
}


@pytest.fixture(params=list(AFFINES.values()), ids=list(AFFINES))
def any_grid(request: pytest.FixtureRequest) -> Grid:
    """A grid of every orientation a file may have."""
    return Grid(SHAPE, request.param)


@pytest.fixture
def grid() -> Grid:
    """An oblique grid whose three sizes and spacings differ."""
    return Grid(SHAPE, AFFINES["oblique"])


@pytest.fixture
def rng() -> np.random.Generator:
    """The same numbers in every run."""
    return np.random.default_rng(7)


@pytest.fixture
def volume(grid: Grid, rng: np.random.Generator) -> Volume:
    """Noise on the oblique grid."""
    return Volume(rng.normal(100, 20, grid.shape), grid)


@pytest.fixture
def labels(grid: Grid, rng: np.random.Generator) -> LabelMap:
    """Every one of the 33 structures, several times."""
    values = np.resize(synthseg33().values, np.prod(grid.shape))
    return LabelMap(rng.permutation(values).reshape(grid.shape), grid)


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Fails a test which leaves a thread behind."""
    before = set(threading.enumerate())
    yield
    left = set(threading.enumerate()) - before
    assert not left, f"close what started these threads: {left}"


WEIGHTS = b"not read by these tests"


def _network(kind: str) -> dict[str, Any]:
    return {"kind": kind, "config": {}, "file": f"{kind}.safetensors", "sha256": hashlib.sha256(WEIGHTS).hexdigest()}


def _diffusion(name: str) -> dict[str, Any]:
    return {
        "autoencoder": f"{name}_autoencoder",
        "denoiser": f"{name}_denoiser",
        "prediction": "velocity",
        "schedule": "rectified_flow",
        "latent_shape": [2, 4, 4, 4],
        "latent_mean": [0.0, 0.1],
        "latent_scale": [1.0, 2.0],
        "conditions": [],
        "conditioning": "spade",
    }


MANIFEST = {
    "format": 1,
    "name": "tiny",
    "version": "0.0.1",
    "licence": "CC0-1.0",
    "description": "A pack for tests.",
    "label_table": "synthseg33",
    "grid": {"shape": [32, 40, 32], "spacing_mm": [1.0, 1.0, 1.0], "orientation": "RAS"},
    "controls": [
        {
            "key": "ventricular_volume",
            "label": "Target ventricular volume",
            "unit": "mL",
            "low": 10,
            "high": 150,
            "step": 1,
            "default": 40,
            "help": "What to make.",
        },
        {
            "key": "intracranial_volume",
            "label": "Target intracranial volume",
            "unit": "mL",
            "low": 1000,
            "high": 1900,
            "step": 10,
            "default": 1450,
            "help": "Free unless it is set.",
            "optional": True,
        },
        {
            "key": "guidance",
            "label": "Guidance scale",
            "unit": "",
            "low": 1,
            "high": 5,
            "step": 0.1,
            "default": 2,
            "help": "How strictly the volumes are followed.",
        },
        {
            "key": "steps",
            "label": "Steps",
            "unit": "",
            "low": 1,
            "high": 50,
            "step": 1,
            "default": 12,
            "help": "More is finer.",
        },
    ],
    "draft_steps": 4,
    "mask_generator": {
        **_diffusion("mask"),
        "conditions": [{"key": "ventricular_volume", "transform": "log", "low": 10, "high": 160}],
        "conditioning": "embedding",
    },
    "image_generator": _diffusion("image"),
    "segmenter": {"network": "segmenter", "spacing_mm": 1.0},
    "networks": {
        kind: _network(kind)
        for kind in ("mask_autoencoder", "mask_denoiser", "image_autoencoder", "image_denoiser", "segmenter")
    },
    "training": {"data": "none"},
}


@pytest.fixture
def make_pack(tmp_path: Path) -> Callable[..., Path]:
    """Makes a pack's folder; its manifest may first be changed by a function."""

    def make(change: Callable[[dict[str, Any]], object] = lambda manifest: None) -> Path:
        manifest = copy.deepcopy(MANIFEST)
        change(manifest)
        folder = tmp_path / "pack"
        folder.mkdir()
        for network in MANIFEST["networks"].values():  # type: ignore[attr-defined]
            (folder / network["file"]).write_bytes(WEIGHTS)
        (folder / "pack.json").write_text(json.dumps(manifest), encoding="utf-8")
        return folder

    return make


class FakeModels:
    """Stands in for the models: two steps a stage, the ventricles as large as they were asked for.

    ``calls`` counts what ran; ``fault``, if set, is raised in the second step of the image or the labelling.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.fault: BaseException | None = None

    def generate_mask(self, pack, recipe, device, progress, stage, draft=False):
        self.calls.append(f"mask {recipe.anatomy_seed}{' draft' if draft else ''}")
        yield progress.at(stage, 1, 2)
        yield progress.at(stage, 2, 2)
        data = np.full(pack.shape, 2, np.uint16)
        data.reshape(-1)[: round(recipe.get("ventricular_volume") / pack.grid.voxel_ml)] = 4
        return Case("draft", None, LabelMap(data, pack.grid), {"synthetic": True})

    def generate_image(self, pack, recipe, mask, device, progress, stage):
        self.calls.append(f"image {recipe.appearance_seed}")
        yield progress.at(stage, 1, 2)
        if self.fault is not None:
            raise self.fault
        yield progress.at(stage, 2, 2)
        noise = np.random.default_rng(recipe.appearance_seed).normal(size=pack.shape)
        record = {"synthetic": True, "recipe": recipe.to_json(), "pack": pack.name}
        return Case("case", Volume(noise, pack.grid), mask.labels, record)

    def check_quality(self, pack, case, device, progress, stage):
        self.calls.append("check")
        yield progress.at(stage, 1, 1)
        return types.SimpleNamespace(to_json=lambda: {"verdict": "good", "reason": "It fits."})

    def segment_scan(self, pack, image, device, progress, *, flip=False):
        self.calls.append("segment")
        yield progress.at("Finding the brain", 1, 1)
        yield progress.at("Labelling", 1, 2)
        if self.fault is not None:
            raise self.fault
        yield progress.at("Back to the scan's voxels", 1, 1)
        return LabelMap(np.resize(synthseg33().values, image.grid.shape), image.grid), {"pack": pack.name}


@pytest.fixture
def fake_models(monkeypatch: pytest.MonkeyPatch) -> FakeModels:
    """The jobs find `FakeModels` where the models are; torch is not needed."""
    fake = FakeModels()
    generate, segment = types.ModuleType("engine.models.generate"), types.ModuleType("engine.models.segment")
    generate.__dict__.update(generate_mask=fake.generate_mask, generate_image=fake.generate_image)
    segment.__dict__.update(segment_scan=fake.segment_scan)
    quality = types.ModuleType("engine.models.quality")
    quality.__dict__.update(check_quality=fake.check_quality)
    monkeypatch.setitem(sys.modules, "engine.models.quality", quality)
    quiet = types.ModuleType("engine.models.quiet_import")
    quiet.__dict__.update(import_networks=lambda: None)
    monkeypatch.setitem(sys.modules, "engine.models.quiet_import", quiet)
    monkeypatch.setitem(sys.modules, "engine.models.generate", generate)
    monkeypatch.setitem(sys.modules, "engine.models.segment", segment)
    return fake


@pytest.fixture
def largest_file() -> Iterator[Callable[[int | None], None]]:
    """Sets the number of bytes after which the system refuses to write to a file, as a full disk does; None: never."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size: int | None) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft if size is None else size, hard))

    yield limit
    limit(None)


def drained(steps: Generator[Any, None, Any]) -> tuple[list[Any], Any]:
    """All that a slow function yields, and its result."""
    seen = []
    try:
        while True:
            seen.append(next(steps))
    except StopIteration as done:
        return seen, done.value


def run(job: Job) -> tuple[list[Any], Any]:
    """All events of a job, and its result."""
    return drained(job.run())
