"""Trained weights as files: half precision, with what rebuilds their network in the metadata."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from engine.errors import TrainingError
from engine.io.files import written_beside
from engine.models.networks import build, fill, stored_tensors


def export_weights(path: Path, kind: str, config: dict[str, Any], network: nn.Module, extra: dict[str, Any]) -> None:
    """Write weights in half precision with the configuration that rebuilds the network in their metadata."""
    tensors = {name: value.detach().cpu().half().contiguous() for name, value in stored_tensors(network).items()}
    metadata = {"kind": kind, "config": json.dumps(config), "extra": json.dumps(extra)}
    with written_beside(path) as temporary:
        save_file(tensors, temporary, metadata)


def load_weights(path: Path) -> tuple[nn.Module, dict[str, Any]]:
    """A network from an exported file, in evaluation mode, with the extra figures stored beside it.

    Raises `TrainingError` if the file is not there, damaged, or of another version.
    """
    if not path.exists():
        raise TrainingError(f"There is no {path}; train {path.stem.replace('_', '-')} first.")
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata()
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - not a dict
        network = build(metadata["kind"], json.loads(metadata["config"]))
        fill(network, tensors)
        return network.eval(), json.loads(metadata["extra"])
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise TrainingError(f"{path} cannot be used ({reason}); train that network again.") from error
