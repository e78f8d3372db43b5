"""The tiny pack, small brains, and cases that stand in for generated ones."""

from collections.abc import Callable, Generator
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from engine.case import Case
from engine.evaluation.arguments import Options
from engine.evaluation.setting import Setting
from engine.events import Event
from engine.labels import VENTRICLES, synthseg33
from engine.measures import measure_volumes
from engine.pack import ModelPack
from engine.recipe import VOLUME, Recipe
from engine.volume import LabelMap, Volume
from tests.engine.models.conftest import one_thread, pack, pack_folder
from tests.engine.training.conftest import small_brain

__all__ = ["one_thread", "pack", "pack_folder"]


@pytest.fixture
def setting(pack: ModelPack) -> Callable[..., Setting]:
    """Makes a setting on the CPU with the tiny pack."""

    def make(data: Path | None = None, **options: object) -> Setting:
        return Setting(pack, data, "cpu", Options(**options))  # type: ignore[arg-type]

    return make


def synthetic(pack: ModelPack, recipe: Recipe, *, with_image: bool = True) -> Case:
    """A small brain that keeps to its recipe but for a tenth; its image shows each structure's value."""
    values = synthseg33().values[small_brain(recipe.anatomy_seed)].astype(np.uint16)
    labels = LabelMap(values, pack.grid)
    target = recipe.get(VOLUME)
    assert target is not None
    record = {
        "synthetic": True,
        "recipe": recipe.to_json(),
        "target_ml": target,
        "achieved_ml": target * (1.0 if recipe.lock else 1.1),
        "icv_ml": measure_volumes(labels).icv_ml,
    }
    if recipe.lock:
        record["lock"] = {"samplings": 3}
    noise = np.random.default_rng(recipe.appearance_seed).normal(0, 20, pack.shape)
    image = Volume(400 + 5.0 * values + noise, pack.grid) if with_image else None
    return Case(f"synthetic {recipe.anatomy_seed}", image, labels, record)


@pytest.fixture
def fake_generation(monkeypatch: pytest.MonkeyPatch) -> list[Recipe]:
    """`synthetic` stands in for the generators; the recipes asked for are listed."""
    asked: list[Recipe] = []

    def generate_mask(pack, recipe, device, progress, stage) -> Generator[Event, None, Case]:
        asked.append(recipe)
        yield progress.at(stage, 1, 1)
        return synthetic(pack, recipe, with_image=False)

    def generate_image(pack, recipe, mask, device, progress, stage) -> Generator[Event, None, Case]:
        yield progress.at(stage, 1, 1)
        return synthetic(pack, recipe)

    monkeypatch.setattr("engine.evaluation.setting.generate_mask", generate_mask)
    monkeypatch.setattr("engine.evaluation.setting.generate_image", generate_image)
    return asked


def save(path: Path, array: np.ndarray, affine: np.ndarray | None = None) -> Path:
    """Write an array as NIfTI."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = nib.Nifti1Image(array, np.eye(4) if affine is None else affine)
    image.set_sform(image.affine, 1)
    nib.save(image, path)
    return path


def head(seed: int) -> np.ndarray:
    """(40, 40, 40) label values of a small brain in a scalp."""
    values = np.zeros((40, 40, 40), np.int16)
    values[2:38, 2:38, 2:38] = 510
    brain = synthseg33().values[small_brain(seed)]
    values[4:36, 4:36, 4:36] = np.where(brain > 0, brain, 510)
    return values


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with three training label maps and one held-out one."""
    folder = tmp_path / "data"
    for n, name in enumerate(("a", "b", "c", "synthseg_05")):
        save(folder / "labelmaps" / f"{name}.nii.gz", head(n))
    return folder


def without_ventricles(values: np.ndarray) -> np.ndarray:
    """The same label values with white matter where ventricles were."""
    return np.where(np.isin(values, VENTRICLES), 2, values).astype(values.dtype)
