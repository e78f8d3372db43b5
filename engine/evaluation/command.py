"""The ``evaluate`` command. Torch is loaded only when an evaluation begins."""

from __future__ import annotations

import platform
import sys
import time
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.evaluation.arguments import ALL, EVALUATIONS, Options
from engine.pack import ModelPack
from resources import version

REPORT = "report"


def evaluate(
    name: str,
    out: Path,
    *,
    pack: ModelPack,
    data: Path | None = None,
    device: str = "auto",
    options: Options | None = None,
) -> None:
    """Make one evaluation, or ``all``: its files are written into ``out`` and its summary is printed.

    Raises an `EngineError` in one sentence where something it needs is missing. Of ``all``, what can be made is made
    first, and the first reason for what could not is raised at the end.
    """
    options = options or Options()
    if name == REPORT:
        _report(out)
        return
    if name != ALL:
        _evaluate(name, out, pack, data, device, options)
        return
    failed: list[EngineError] = []
    for each in EVALUATIONS:
        if each == REPORT:
            continue
        try:
            _evaluate(each, out, pack, data, device, options)
        except EngineError as error:
            print(f"{each}: {error}", file=sys.stderr, flush=True)
            failed.append(error)
    if len(failed) < len(EVALUATIONS) - 1:
        _report(out)
    if failed:
        raise failed[0]


def _evaluate(name: str, out: Path, pack: ModelPack, data: Path | None, device: str, options: Options) -> None:
    from engine.evaluation.results import write_result
    from engine.evaluation.setting import Setting

    out.mkdir(parents=True, exist_ok=True)  # refused now, not after an hour of computing
    # The module of an evaluation has its name.
    module = import_module(f"engine.evaluation.{name.replace('-', '_')}")
    began = time.monotonic()
    result = module.evaluate(Setting(pack, data, device, options))
    write_result(result, name, out, _about(pack, device, options, time.monotonic() - began))
    for line in result.summary:
        print(line)
    for target in result.targets:
        value = "-" if target.value is None else f"{target.value:.3g}"
        bound = "most" if target.less else "least"
        print(f"  {target.what}: {value} (at {bound} {target.at_least:g}, aim {target.aim:g}): {target.verdict}")
    print(out / f"{name}.png", flush=True)


def _about(pack: ModelPack, device: str, options: Options, seconds: float) -> dict[str, Any]:
    from engine.models.device import choose_device

    asked = {key: str(value) if isinstance(value, Path) else value for key, value in asdict(options).items()}
    return {
        "pack": {"name": pack.name, "version": pack.version, "sha256": pack.sha256},
        "device": choose_device(device).name,
        "versions": {"ventrisynth": version(), "python": platform.python_version()},
        "seconds": seconds,
        "options": asked,
    }


def _report(out: Path) -> None:
    from engine.evaluation.report import write_report

    print(write_report(out), flush=True)
