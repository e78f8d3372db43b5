"""The real window, worker and bridge, with small jobs in place of the networks."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from PySide6.QtCore import QSettings
from vtkmodules.vtkCommonCore import vtkObject

from engine.case import Case
from engine.errors import NoBrainError
from engine.events import Previewed
from engine.grid import Grid
from engine.jobs import MeasureJob, OpenJob, SaveJob, new_id
from engine.pack import ModelPack, load_pack
from engine.progress import Progress
from engine.recipe import VOLUME, Recipe
from engine.volume import LabelMap, Volume
from gui import theme
from gui.app import Desktop, build
from gui.dialogs import Changed, Lost, Unsaved
from gui.settings import Settings
from gui.tasks import Jobs

CONTROLS = [
    {
        "key": "ventricular_volume",
        "label": "Ventricular volume",
        "unit": "mL",
        "low": 10,
        "high": 150,
        "step": 1,
        "default": 30,
        "help": "How large the ventricles are.",
    },
    {
        "key": "intracranial_volume",
        "label": "Intracranial volume",
        "unit": "mL",
        "low": 1100,
        "high": 1900,
        "step": 10,
        "default": 1450,
        "help": "How large the head is.",
        "optional": True,
    },
    {
        "key": "guidance",
        "label": "Guidance",
        "unit": "",
        "low": 1,
        "high": 6,
        "step": 0.1,
        "default": 2.5,
        "help": "How strictly the volume is followed.",
    },
    {
        "key": "steps",
        "label": "Steps",
        "unit": "",
        "low": 4,
        "high": 60,
        "step": 1,
        "default": 20,
        "help": "More steps: finer and slower.",
    },
]
DIFFUSION = {
    "prediction": "velocity",
    "schedule": "rectified_flow",
    "latent_shape": [2, 4, 4, 4],
    "latent_mean": [0, 0],
    "latent_scale": [1, 1],
    "conditioning": "none",
}
NETWORKS = ("mask_autoencoder", "mask_denoiser", "image_autoencoder", "image_denoiser", "segmenter")
SHAPE = (32, 40, 32)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Qt's offscreen platform has no window manager to tell the least size to, or to raise a window and give it the
    keyboard, and warns that it has none."""
    item.add_marker(
        pytest.mark.qt_log_ignore("does not support (propagateSizeHints|raise|grabbing the keyboard)", extend=True)
    )


def write_pack(folder: Path, shape: tuple[int, int, int], spacing_mm: float) -> ModelPack:
    """A pack with a true manifest and empty networks."""
    folder.mkdir()
    for name in NETWORKS:
        (folder / f"{name}.safetensors").touch()
    manifest = {
        "format": 1,
        "name": "Test pack",
        "version": "1",
        "licence": "Apache-2.0",
        "description": "For tests.",
        "label_table": "synthseg33",
        "grid": {"shape": shape, "spacing_mm": [spacing_mm] * 3, "orientation": "RAS"},
        "controls": CONTROLS,
        "draft_steps": 4,
        "mask_generator": DIFFUSION | {"autoencoder": "mask_autoencoder", "denoiser": "mask_denoiser"},
        "image_generator": DIFFUSION | {"autoencoder": "image_autoencoder", "denoiser": "image_denoiser"},
        "segmenter": {"network": "segmenter"},
        "networks": {n: {"kind": n, "config": {}, "file": f"{n}.safetensors", "sha256": ""} for n in NETWORKS},
        "training": {},
    }
    (folder / "pack.json").write_text(json.dumps(manifest), encoding="utf-8")
    return load_pack(folder)


def ball_labels(grid: Grid, volume_ml: float) -> LabelMap:
    """White matter with the two lateral ventricles as one ball of about this volume, the left half on the left."""
    index = np.moveaxis(np.indices(grid.shape), 0, -1)
    world = grid.voxel_to_world(index)
    radius = np.linalg.norm(world - grid.centre, axis=-1)
    data = np.where(radius < 55, np.where(world[..., 0] < grid.centre[0], 2, 41), 0)
    ball = radius < (volume_ml * 1000 * 3 / (4 * np.pi)) ** (1 / 3)
    data[ball] = np.where(world[..., 0] < grid.centre[0], 4, 43)[ball]
    return LabelMap(data, grid)


def image_of(labels: LabelMap) -> Volume:
    """Dark ventricles in bright white matter."""
    grey = np.where(labels.data == 0, 0.0, np.where(np.isin(labels.data, (4, 43)), 100.0, 800.0))
    return Volume(grey + np.indices(labels.grid.shape)[2], labels.grid)


@dataclass(frozen=True)
class FakeGenerate:
    """Like GenerateJob: progress, a preview of the label map, then the case. Waits for ``gate`` in the middle."""

    pack: ModelPack
    recipe: Recipe
    device: str = "auto"
    gate: threading.Event | None = None
    draft: bool = False
    id: int = field(default_factory=new_id)

    def run(self):
        progress = Progress(self.id, {"Label map": 1.0, "Image": 1.0})
        yield progress.at("Label map", 1, 2)
        labels = ball_labels(self.pack.grid, dict(self.recipe.values)[VOLUME])
        record = {"synthetic": True, "recipe": self.recipe.to_json(), "device": "Test device"}
        name = f"synthetic {self.recipe.get(VOLUME):g} mL"
        if self.draft:
            return Case(name, None, labels, record)
        yield Previewed(self.id, Case(name, None, labels, record))
        while self.gate is not None and not self.gate.wait(0.01):
            yield progress.at("Image", 1, 2)
        return Case(name, image_of(labels), labels, record)


@dataclass(frozen=True)
class FakeSegment:
    """Like SegmentJob: whatever is dark inside the head is ventricle; an image without bright voxels has no brain."""

    pack: ModelPack
    case: Case
    device: str = "auto"
    id: int = field(default_factory=new_id)

    def run(self):
        yield Progress(self.id, {"Labelling": 1.0}).at("Labelling", 0, 1)
        image = self.case.image
        assert image is not None
        if image.data.max() < 500:
            raise NoBrainError("No brain was found in this scan; check that it is a head scan.")
        labels = LabelMap(np.where(image.data > 500, 2, np.where(image.data > 50, 4, 0)), image.grid)
        record = {"segmentation": {"device": "Test device"}}
        return Case(self.case.name, image, labels, {**self.case.provenance, **record})


@dataclass(frozen=True)
class FakeRemake:
    """Like RemakeJob: ventricles are as bright as the appearance seed. Waits for ``gate`` before the end."""

    pack: ModelPack
    case: Case
    appearance_seed: int | None
    device: str = "auto"
    gate: threading.Event | None = None
    id: int = field(default_factory=new_id)

    def run(self):
        progress = Progress(self.id, {"Image": 1.0})
        yield progress.at("Image", 1, 2)
        while self.gate is not None and not self.gate.wait(0.01):
            yield progress.at("Image", 1, 2)
        recipe = dict(self.case.provenance["recipe"])
        if self.appearance_seed is not None:
            recipe["appearance_seed"] = self.appearance_seed
        assert self.case.labels is not None
        data = np.asarray(image_of(self.case.labels).data) + recipe["appearance_seed"]
        record = {**self.case.provenance, "recipe": recipe}
        return Case(self.case.name, Volume(data, self.case.grid), self.case.labels, record)


class FakeDialogs:
    """Answers given beforehand, and what was asked."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self.unsaved_answer = Unsaved.DISCARD
        self.replace_answer = True
        self.changed_answer = Changed.CANCEL
        self.lost_answer = Lost.RESTORE
        self.asked: list[str] = []

    def _answer(self, question: str) -> Path | None:
        self.asked.append(question)
        return self.path

    def file_to_open(self, folder: Path) -> Path | None:
        return self._answer("file")

    def folder_to_open(self, folder: Path, title: str = "") -> Path | None:
        return self._answer("folder")

    def folder_to_save(self, suggestion: Path, title: str = "") -> Path | None:
        return self._answer("save")

    def picture_to_save(self, suggestion: Path) -> Path | None:
        return self._answer("picture")

    def unsaved(self, name: str) -> Unsaved:
        self.asked.append("unsaved")
        return self.unsaved_answer

    def unsaved_session(self, names: tuple[str, ...]) -> Unsaved:
        self.asked.append(f"unsaved session: {', '.join(names)}")
        return self.unsaved_answer

    def session_to_open(self, folder: Path) -> Path | None:
        return self._answer("session to open")

    def session_to_save(self, suggestion: Path) -> Path | None:
        return self._answer("session to save")

    def file_to_export(self, title: str, suggestion: Path, kinds: str) -> Path | None:
        return self._answer(f"export: {suggestion.name}")

    def replace(self, name: str) -> bool:
        self.asked.append(f"replace {name}")
        return self.replace_answer

    def changed(self, name: str) -> Changed:
        self.asked.append(f"changed {name}")
        return self.changed_answer

    def lost_work(self, words: str) -> Lost:
        self.asked.append(words)
        return self.lost_answer

    def about(self, text: str) -> None:
        self.asked.append("about")


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Fails a test that leaves a thread of the engine running."""
    before = set(threading.enumerate())
    yield
    names = ("studio", "files", "measures", "engine")
    left = [t.name for t in threading.enumerate() if t not in before and t.name in names]
    assert left == [], "threads are still running"


@pytest.fixture(autouse=True)
def no_vtk_complaint(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Fails a test in which VTK wrote a warning or an error."""
    vtkObject.GlobalWarningDisplayOn()
    yield
    complaints = [line for line in capfd.readouterr().err.splitlines() if "ERR|" in line or "WARN|" in line]
    assert complaints == []


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings in a file of this test's own."""
    return Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def pack(tmp_path: Path) -> ModelPack:
    """A pack of small cases: 4 mm voxels."""
    return write_pack(tmp_path / "pack", SHAPE, 4.0)


@pytest.fixture
def dialogs() -> FakeDialogs:
    return FakeDialogs()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Cases are finished while it is set; clear it to hold them at the image."""
    event = threading.Event()
    event.set()
    yield event
    event.set()


@pytest.fixture
def jobs(gate: threading.Event) -> Jobs:
    """The engine's own jobs for files and measures, small ones for the networks."""
    return Jobs(
        preview=lambda pack, recipe, device: FakeGenerate(pack, recipe, device, draft=True),
        generate=lambda pack, recipe, device: FakeGenerate(pack, recipe, device, gate=gate),
        remake=lambda pack, case, seed, device: FakeRemake(pack, case, seed, device, gate=gate),
        segment=FakeSegment,
        open=OpenJob,
        save=SaveJob,
        measure=MeasureJob,
    )


@pytest.fixture
def desktop(qtbot: Any, qapp: Any, pack: ModelPack, settings: Settings, jobs: Jobs, dialogs: FakeDialogs):
    """The whole application on screen, drawing."""
    made = open_desktop(qtbot, qapp, pack, settings, jobs=jobs, dialogs=dialogs)
    yield made
    close_desktop(made)


@pytest.fixture
def bare_desktop(qtbot: Any, qapp: Any, settings: Settings, jobs: Jobs, dialogs: FakeDialogs):
    """The application without a model pack."""
    made = open_desktop(qtbot, qapp, None, settings, jobs=jobs, dialogs=dialogs)
    yield made
    close_desktop(made)


@pytest.fixture
def until(qtbot: Any) -> Callable[[Callable[[], bool]], None]:
    """Waits until something is so; what it waits for arrives through the bridge."""
    return lambda so: qtbot.waitUntil(so, timeout=10_000)


@pytest.fixture
def settle(desktop: Desktop, until: Callable[[Callable[[], bool]], None]) -> Callable[[], None]:
    """Waits for the steps of correcting that are being worked out."""
    return lambda: until(lambda: not desktop.editing.steps.busy)


def open_desktop(qtbot, qapp, pack, settings, **parts) -> Desktop:
    theme.apply(qapp)
    made = build(pack, settings, **parts)
    made.session.set_live(False)
    made.window.viewer.set_drawing(True)
    made.window.resize(1280, 720)
    with qtbot.waitExposed(made.window):
        made.window.show()
    return made


def close_desktop(made: Desktop) -> None:
    made.window.may_close = True
    made.window.close()
    assert made.close(), "a worker did not end"
    made.window.deleteLater()


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A scan on disk: oblique and left-handed, as scanners write them."""
    affine = np.array([[0, 0.3, -3.9, 60], [-3.9, 0.6, 0, 70], [0.6, 3.9, 0.3, -60], [0, 0, 0, 1.0]])
    grid = Grid((40, 32, 32), affine)
    volume = image_of(ball_labels(grid, 40))
    path = tmp_path / "scan.nii.gz"
    image = nib.Nifti1Image(np.asarray(volume.data), affine)
    image.set_sform(affine, code=1)
    nib.save(image, path)
    return path
