"""Importing torch and MONAI on the engine's thread without holding up the window's.

Python keeps its lock while it opens a shared library, and libtorch takes 0.15 s to open; while hundreds of modules are
created, the garbage collector walks over all of them again and again. Both were measured as the window's longest
stalls (150 ms; 15-35 ms with this).
"""

from __future__ import annotations

import ctypes
import gc
import importlib.util
import os
import sys
from pathlib import Path

LIBRARIES = {"linux": "libtorch_python.so", "darwin": "libtorch_python.dylib"}


def import_networks() -> None:
    """Import everything the models need, only the first time; let this thread compute with the threads it may use."""
    if "torch" not in sys.modules:
        _import()
    _use_wanted_threads()


def _import() -> None:
    _open_library()
    collecting = gc.isenabled()
    gc.disable()
    try:
        import monai.networks.nets  # noqa: F401
        import torch  # noqa: F401
    finally:
        # What was imported stays for good, so that it need not be looked at again.
        gc.freeze()
        if collecting:
            gc.enable()


def _use_wanted_threads() -> None:
    """As many as OMP_NUM_THREADS says now: the settings may have changed it since torch read it."""
    import torch

    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdigit() and 0 < int(wanted) != torch.get_num_threads():
        torch.set_num_threads(int(wanted))


def _open_library() -> None:
    """Open torch's library by a foreign call, for which Python lets go of its lock; the import then finds it open."""
    name, spec = LIBRARIES.get(sys.platform), importlib.util.find_spec("torch")
    if name is None or spec is None or spec.origin is None:
        return
    path = Path(spec.origin).parent / "lib" / name
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.restype, dlopen.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]
    # If it cannot be opened, the import says why.
    dlopen(os.fsencode(path), os.RTLD_NOW)
