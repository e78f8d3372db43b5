"""Networks out of a pack, each loaded once."""

from __future__ import annotations

from functools import lru_cache

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from engine.errors import BadPackError
from engine.models.device import Device
from engine.models.networks import build, fill
from engine.pack import ModelPack

#: What building a network out of a configuration that makes no sense may raise, torch and MONAI asked.
_MISFITS = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


@lru_cache(maxsize=10)
def load_network(pack: ModelPack, name: str, device: Device) -> nn.Module:
    """One network of a pack on a device, in evaluation mode, its file's hash compared first.

    Raises `BadPackError` if the file is damaged or its tensors do not fit the configuration in the manifest.
    """
    pack.verify(name)
    entry = pack.networks[name]
    try:
        with safe_open(pack.path(name), "pt") as file:
            tensors = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118 - not a dict
        network = build(entry.kind, dict(entry.config))
        fill(network, tensors)
    except (SafetensorError, *_MISFITS) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise BadPackError(
            f"{entry.file} does not fit what the pack {pack.name} says of it ({reason}); install the pack again."
        ) from error
    network.requires_grad_(False)
    return network.eval().to(device.torch_device)


def noise(shape: tuple[int, ...], seed: int, device: Device) -> torch.Tensor:
    """(1, *shape) standard normal noise, the same for a seed on every device."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn((1, *shape), generator=generator).to(device.torch_device)
