"""Where tensors live: chosen once, shown to the user."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch

from engine.errors import EngineError


@dataclass(frozen=True)
class Device:
    """A torch device, its name for people, and the type that is worth using under autocast there (None: float32)."""

    torch_device: torch.device
    name: str
    autocast_dtype: torch.dtype | None

    def autocast(self) -> torch.autocast:
        """Context in which networks run in this device's fastest suitable precision."""
        wanted = self.autocast_dtype is not None
        return torch.autocast(self.torch_device.type, self.autocast_dtype or torch.bfloat16, enabled=wanted)


def cpu_device() -> Device:
    """The CPU; bfloat16 where the processor has instructions for it."""
    fast = bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return Device(torch.device("cpu"), f"CPU ({os.cpu_count()} cores)", torch.bfloat16 if fast else None)


def choose_device(wanted: str = "auto") -> Device:
    """``auto`` takes CUDA where it is present, else the CPU. Raises `EngineError` for a device that is not there."""
    if wanted not in ("auto", "cpu", "cuda"):
        raise EngineError(f"There is no device called {wanted}; choose auto, cpu or cuda.")
    if wanted == "cpu" or (wanted == "auto" and not torch.cuda.is_available()):
        return cpu_device()
    if not torch.cuda.is_available():
        raise EngineError("This machine has no CUDA device that can be used; choose --device cpu.")
    return Device(torch.device("cuda"), torch.cuda.get_device_name(), torch.bfloat16)
