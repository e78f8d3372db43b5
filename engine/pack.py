"""Model packs: a folder with ``pack.json`` and one ``.safetensors`` file per network.

The manifest says everything about the models that is not weights, so that a new pack needs no new code: classes, grid,
controls, samplers, latent statistics, training data with its terms, and a SHA-256 per file. This room knows nothing of
torch; a pack is checked here before any weight is read. `engine.packs` has the parts: what a pack is, how its manifest
is checked, and where packs are installed.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from engine.errors import BadPackError
from engine.packs.manifest import MANIFEST, pack_from_json
from engine.packs.model import Condition, Diffusion, ModelPack, Needs, NetworkFile, file_sha256
from resources import resource

__all__ = [
    "FORMAT",
    "MANIFEST",
    "Condition",
    "Diffusion",
    "ModelPack",
    "Needs",
    "NetworkFile",
    "file_sha256",
    "load_pack",
    "read_manifest",
    "starter_pack_folder",
]

FORMAT = 1


def load_pack(folder: Path) -> ModelPack:
    """Read and check a pack's manifest, and that its files are there. Raises `BadPackError`.

    Hashes are compared when a network is loaded (`ModelPack.verify`), so that starting stays quick.
    """
    pack = read_manifest(folder)
    for network in pack.networks.values():
        if not (folder / network.file).is_file():
            raise BadPackError(f"The model pack {pack.name} lacks {network.file}; install the pack again.")
    return pack


def read_manifest(folder: Path) -> ModelPack:
    """The same without asking for the networks' files. Raises `BadPackError`."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise BadPackError(f"There is no model pack in {folder} (no {MANIFEST}); choose another folder.")
    try:
        raw = manifest.read_bytes()
    except OSError as error:
        raise BadPackError(f"{manifest} cannot be read ({error.strerror or error}); check its permissions.") from error
    try:
        data = json.loads(raw)
        version = data["format"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadPackError(f"{manifest} is damaged ({error}); install the pack again.") from error
    if version != FORMAT:
        raise BadPackError(
            f"The pack in {folder} has format {version}, this version of VentriSynth reads format {FORMAT}; "
            "update VentriSynth or the pack."
        )
    try:
        pack = pack_from_json(data, folder, hashlib.sha256(raw).hexdigest())
    except KeyError as error:
        raise BadPackError(f"{manifest} cannot be used (it lacks {error}); install the pack again.") from error
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError, OSError) as error:
        raise BadPackError(f"{manifest} cannot be used ({error}); install the pack again.") from error
    return pack


def starter_pack_folder() -> Path:
    """Where the pack that ships with VentriSynth lies."""
    return resource("packs", "starter")
