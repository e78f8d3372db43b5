"""How much memory a pack takes, so that it can be said before it is used."""

from __future__ import annotations

from dataclasses import dataclass

from engine.pack import ModelPack

#: Python, torch and MONAI without any pack.
PROGRAM_MIB = 350
#: Weights are stored in 16 bits and computed in 32.
WEIGHTS_GROW = 2
#: Bytes for each voxel of a case at the peak, which is in the decoders and in the segmenter. The starter pack's case
#: took 1222 MiB on a CPU with bfloat16.
BYTES_PER_VOXEL = 160


@dataclass(frozen=True)
class MemoryNeed:
    """Memory in MiB at the peak of making a case, and on what it was ``measured_on``; "" means that it is estimated
    from the sizes of the networks and of the grid."""

    mib: float
    measured_on: str = ""


def memory_need(pack: ModelPack) -> MemoryNeed:
    """What the pack's maker measured, else an estimate."""
    if pack.needs.memory_mib is not None:
        return MemoryNeed(pack.needs.memory_mib, pack.needs.measured_on or "unknown device")
    weights = sum(pack.path(network).stat().st_size for network in pack.networks)
    voxels = pack.shape[0] * pack.shape[1] * pack.shape[2]
    return MemoryNeed(PROGRAM_MIB + (WEIGHTS_GROW * weights + BYTES_PER_VOXEL * voxels) / 2**20)
