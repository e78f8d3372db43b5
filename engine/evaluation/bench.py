"""Times and memory of the engine, printed: ``python -m engine.evaluation.bench [PACK]``. Nothing is asserted here."""

from __future__ import annotations

import platform
import resource
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from engine.case import Case
from engine.errors import EngineError
from engine.events import Previewed
from engine.jobs import GenerateJob, PreviewJob, SegmentJob
from engine.pack import ModelPack, load_pack, starter_pack_folder


def peak_memory_gib() -> float:
    """The most memory this process has held so far, in GiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**30 if platform.system() == "Darwin" else peak / 2**20


def timed(events: Generator[Any, None, Case]) -> tuple[Case, float, float | None]:
    """Drive a job; its result, the seconds it took, and the seconds until its first preview."""
    began, preview = time.perf_counter(), None
    try:
        while True:
            if isinstance(next(events), Previewed):
                preview = time.perf_counter() - began
    except StopIteration as done:
        return done.value, time.perf_counter() - began, preview


def report(what: str, seconds: float) -> None:
    """One line of the bench."""
    print(f"{what:<44}{seconds:8.2f} s   peak {peak_memory_gib():5.2f} GiB", flush=True)


def bench(pack: ModelPack) -> None:
    """Each job once cold and once warm, on the device the application would choose."""
    began = time.perf_counter()
    from engine.models.device import choose_device

    device = choose_device()
    report("import torch and MONAI", time.perf_counter() - began)
    print(f"device: {device.name}, {device.autocast_dtype or 'float32'}; pack: {pack.name} {pack.version}")
    recipe = pack.default_recipe(1, 1)
    _, seconds, _ = timed(PreviewJob(pack, recipe).run())
    report("draft label map, networks not loaded yet", seconds)
    _, seconds, _ = timed(PreviewJob(pack, recipe).run())
    report(f"draft label map ({pack.draft_steps} steps)", seconds)
    case, seconds, _ = timed(GenerateJob(pack, recipe).run())
    report("whole case, image networks not loaded yet", seconds)
    case, seconds, preview = timed(GenerateJob(pack, recipe).run())
    report(f"label map ({recipe.steps} steps)", preview or 0.0)
    report("whole case", seconds)
    _, seconds, _ = timed(SegmentJob(pack, case).run())
    report("segmentation at 1 mm, network not loaded yet", seconds)
    _, seconds, _ = timed(SegmentJob(pack, case).run())
    report("segmentation at 1 mm", seconds)


def main() -> int:
    """Bench the starter pack, or the pack in the folder given as argument."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else starter_pack_folder()
    try:
        bench(load_pack(folder))
    except EngineError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
