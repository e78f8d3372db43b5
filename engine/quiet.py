"""Work that imports many modules and makes very many small objects, without holding up the window.

Python's garbage collector walks over all objects again and again while they become more, and keeps Python's lock
meanwhile: 0.3 s at a time were measured for a DICOM segmentation of 1,800 frames.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage is collected inside; what nobody refers to any more is freed at once all the same."""
    collecting, modules = gc.isenabled(), len(sys.modules)
    gc.disable()
    try:
        yield
    finally:
        if len(sys.modules) > modules:
            # What was imported stays for good, so that it need not be looked at again.
            gc.freeze()
        if collecting:
            gc.enable()
