"""A real pack of tiny networks with random weights, made once; and one thread for arrays this small."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from engine.models.mask_networks import MaskAutoencoder
from engine.models.networks import build
from engine.pack import FORMAT, MANIFEST, ModelPack, file_sha256, load_pack
from engine.training.denoisers import CONDITIONS
from engine.training.weights import export_weights
from resources import resource
from tests.engine.tiny_networks import CONFIGS


def seeded(kind: str, seed: int = 0) -> nn.Module:
    """One tiny network. What starts at zero is made random too, or a fresh denoiser would predict nothing but zeros."""
    torch.manual_seed(seed)
    network = build(kind, CONFIGS[kind]).eval().requires_grad_(False)
    for parameter in network.parameters():
        if not parameter.any():
            parameter.normal_(0, 0.05)
    if isinstance(network, MaskAutoencoder):
        network.head.weight.normal_(0, 2)  # so that every class wins somewhere, background and ventricles too
    return network


def _diffusion(what: str) -> dict[str, Any]:
    return {
        "autoencoder": f"{what}_autoencoder",
        "denoiser": f"{what}_denoiser",
        "prediction": "velocity",
        "schedule": "rectified_flow",
        "latent_shape": [2, 4, 4, 4],
        "latent_mean": [0.1, -0.2],
        "latent_scale": [1.5, 0.8],
        "conditions": [vars(c) for c in CONDITIONS] if what == "mask" else [],
        "conditioning": "embedding" if what == "mask" else "spade",
    }


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads cost more than they give on tensors this small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def network() -> Callable[..., nn.Module]:
    """Makes a tiny network of one kind, its weights random but the same in every run."""
    return seeded


@pytest.fixture(scope="session")
def pack_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny pack, as training leaves it. Shared: copy it to change it."""
    folder = tmp_path_factory.mktemp("pack")
    manifest = json.loads(resource("packs", "template.json").read_text(encoding="utf-8"))
    entries = {}
    for kind, config in CONFIGS.items():
        path = folder / f"{kind}.safetensors"
        export_weights(path, kind, config, seeded(kind), {"steps": 0, "seconds": 0.0})
        entries[kind] = {"kind": kind, "config": config, "file": path.name, "sha256": file_sha256(path)}
    manifest |= {
        "name": "tiny",
        "format": FORMAT,
        "label_table": "synthseg33",
        "grid": {"shape": [32, 32, 32], "spacing_mm": [1.0, 1.0, 1.0], "orientation": "RAS"},
        "draft_steps": 2,
        "segmenter": {"network": "segmenter"},
        "mask_generator": _diffusion("mask"),
        "image_generator": _diffusion("image"),
        "networks": entries,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def pack(pack_folder: Path) -> ModelPack:
    """The tiny pack, read-only."""
    return load_pack(pack_folder)


@pytest.fixture
def changed_pack(pack_folder: Path, tmp_path: Path) -> Callable[[Callable[[dict[str, Any], Path], object]], ModelPack]:
    """Makes a copy of the pack whose manifest and files a function may change first."""

    def make(change: Callable[[dict[str, Any], Path], object]) -> ModelPack:
        folder = tmp_path / "changed"
        shutil.copytree(pack_folder, folder)
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        change(manifest, folder)
        (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        return load_pack(folder)

    return make
