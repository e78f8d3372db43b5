"""A brain of a few thousand voxels with all 33 structures, and one thread for arrays this small."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.labels import CSF, synthseg33
from tests.engine.models.conftest import pack_folder  # noqa: F401 - a fixture

#: Big enough for all structures, small enough for every step to take no time.
SMALL = (32, 32, 32)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads cost more than they give on tensors this small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def small_brain(seed: int = 0) -> np.ndarray:
    """(32, 32, 32) class indices, RAS: a block of CSF around 32 boxes, one per structure, each on its own side, and a
    rim of background."""
    table = synthseg33()
    inner = [label.value for label in table.labels if label.value not in (0, CSF)]
    left = [v for v in inner if v <= table[v].mirror]
    values = np.zeros(SMALL, np.uint16)
    values[4:28, 4:28, 4:28] = CSF
    places = np.random.default_rng(seed).permutation(27)[: len(left)]
    for value, place in zip(left, places, strict=True):
        j, k = 5 + 4 * (place // 5), 5 + 4 * (place % 5)
        if table[value].mirror == value:
            values[14:18, j : j + 4, k : k + 4] = value
        else:
            values[5:14, j : j + 4, k : k + 4] = value
            values[18:27, j : j + 4, k : k + 4] = table[value].mirror
    return table.classes(values)


@pytest.fixture
def brain() -> np.ndarray:
    """The small brain, as (I, J, K) uint8 class indices."""
    return small_brain()


@pytest.fixture
def shapes(tmp_path: Path) -> Path:
    """A training folder as the ``shapes`` stage leaves it, with two small brains."""
    folder = tmp_path / "run"
    (folder / "shapes").mkdir(parents=True)
    for n in range(2):
        np.savez_compressed(folder / "shapes" / f"brain_{n}_00.npz", classes=small_brain(n))
    return folder
