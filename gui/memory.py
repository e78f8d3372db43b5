"""Memory that is no longer needed goes back to the system."""

from __future__ import annotations

import ctypes
import sys

#: glibc's name for the size from which an allocation stands alone, and the size.
_M_MMAP_THRESHOLD, LARGE_BYTES = -3, 4 * 2**20


def give_back_large() -> None:
    """Let each large array have its memory to itself, which goes back as soon as the array does.

    glibc does so from 128 KiB on, but raises that to 32 MiB as soon as one such array was freed; images and label maps
    then lie in heaps that keep what they once had (measured: 20 % more memory after a thousand random actions).
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
