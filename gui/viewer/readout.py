"""What lies under the pointer, in words."""

from __future__ import annotations

import numpy as np

from engine.case import Case


def label_at(case: Case, world: np.ndarray) -> int | None:
    """The label value at ``world`` (3,); None without a label map and outside the grid."""
    index = np.round(case.grid.world_to_voxel(world)).astype(int)
    if case.labels is None or (index < 0).any() or (index >= case.grid.shape).any():
        return None
    return int(case.labels.data[tuple(index)])


def readout(case: Case, world: np.ndarray) -> str:
    """World RAS mm, voxel, intensity and structure at ``world`` (3,); "" outside the grid."""
    index = np.round(case.grid.world_to_voxel(world)).astype(int)
    if (index < 0).any() or (index >= case.grid.shape).any():
        return ""
    i, j, k = (int(n) for n in index)
    x, y, z = case.grid.voxel_to_world((i, j, k))
    parts = [f"RAS {x:.1f}, {y:.1f}, {z:.1f} mm", f"voxel {i}, {j}, {k}"]
    if case.image is not None:
        parts.append(f"intensity {case.image.data[i, j, k]:.4g}")
    if case.labels is not None:
        value = int(case.labels.data[i, j, k])
        parts.append(f"{case.labels.table[value].name} ({value})" if value else "Background")
    return "     ".join(parts)
