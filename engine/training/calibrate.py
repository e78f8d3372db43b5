"""The ``calibration`` stage: what the packed mask generator makes of the volumes it is asked for, into its manifest."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.calibration import Calibration, Curve, fitted_curve
from engine.io.case_folder import write_json
from engine.models.generate import generate_mask
from engine.pack import MANIFEST, ModelPack, load_pack
from engine.progress import Progress, result_of
from engine.recipe import GUIDANCE, VOLUME

#: From beyond one end of the trained range to beyond the other, so that a bias at the ends can be made up for.
CONDITIONS_ML = (5.0, 8.0, 13.0, 22.0, 36.0, 60.0, 100.0, 160.0, 230.0)
GUIDANCES = (1.0, 2.0, 4.0)
#: Subjects that no evaluation looks at.
SEEDS = tuple(range(900_000, 900_005))


def calibrate(out: Path, device: str = "auto") -> Path:
    """Measure the pack in ``out / pack`` and write its curves into the manifest. Returns the pack's folder."""
    folder = out / "pack"
    pack = replace(load_pack(folder), calibration=Calibration())
    curves = []
    for guidance in GUIDANCES:
        curves.append(measured_curve(pack, guidance, device))
        achieved = "  ".join(
            f"{c:g}: {a:.1f} ± {s:.1f}"
            for c, a, s in zip(curves[-1].condition_ml, curves[-1].achieved_ml, curves[-1].sd_ml, strict=True)
        )
        print(f"guidance {guidance:g}, condition: achieved (mL)  {achieved}", file=sys.stderr, flush=True)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    write_json(folder / MANIFEST, manifest | {"calibration": Calibration(tuple(curves)).to_json()})
    load_pack(folder)
    return folder


def measured_curve(pack: ModelPack, guidance: float, device: str) -> Curve:
    """One guidance scale: every condition the pack allows, for every subject. ``pack`` must not be calibrated."""
    low, high = pack.control(VOLUME).limits(beyond_range=True)
    conditions = [ml for ml in CONDITIONS_ML if low <= ml <= high]
    achieved = np.zeros((len(conditions), len(SEEDS)))
    for row, condition_ml in enumerate(conditions):
        for column, seed in enumerate(SEEDS):
            recipe = pack.default_recipe(seed).with_value(VOLUME, condition_ml).with_value(GUIDANCE, guidance)
            events = generate_mask(
                pack, replace(recipe, beyond_range=True), device, Progress(0, {"Label map": 1.0}), "Label map"
            )
            achieved[row, column] = result_of(events).provenance["achieved_ml"] or 0.0
    return fitted_curve(guidance, conditions, achieved)
