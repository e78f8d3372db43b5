"""Does the label map follow the volume that was asked for? Requested against achieved, for targets and seeds.

``python -m engine.evaluation.volume_control --out DIR``
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.io.case_folder import write_json
from engine.io.files import written_beside
from engine.models.generate import generate_mask
from engine.pack import ModelPack, load_pack, starter_pack_folder
from engine.progress import Progress, result_of
from engine.recipe import GUIDANCE, VOLUME

TARGETS_ML = (10, 20, 30, 45, 60, 80, 100, 120, 140, 160)


@dataclass(frozen=True)
class Sample:
    """One label map: what was asked for, and what came."""

    guidance: float
    seed: int
    target_ml: float
    achieved_ml: float
    icv_ml: float


def agreement(target: Sequence[float], achieved: Sequence[float]) -> dict[str, float]:
    """Bias, mean absolute error and standard deviation of the error (mL), and Pearson's r."""
    error = np.subtract(achieved, target)
    return {
        "n": len(error),
        "bias_ml": float(error.mean()),
        "mae_ml": float(np.abs(error).mean()),
        "sd_ml": float(error.std(ddof=1)),
        "r": float(np.corrcoef(target, achieved)[0, 1]),
    }


def sample_all(
    pack: ModelPack, targets: Sequence[float], seeds: Sequence[int], guidances: Sequence[float], device: str
) -> list[Sample]:
    """Generate every combination."""
    samples = []
    for guidance in guidances:
        for seed in seeds:
            for target in targets:
                recipe = pack.default_recipe(seed, 0).with_value(VOLUME, target).with_value(GUIDANCE, guidance)
                events = generate_mask(pack, recipe, device, Progress(0, {"Label map": 1.0}), "Label map")
                record = result_of(events).provenance
                sample = Sample(guidance, seed, target, record["achieved_ml"] or 0.0, record["icv_ml"] or 0.0)
                samples.append(sample)
                print(f"g {guidance:g} seed {seed}: {target:g} -> {sample.achieved_ml:.1f} mL", file=sys.stderr)
    return samples


def write_results(samples: Sequence[Sample], out: Path) -> dict[str, dict[str, float]]:
    """Write ``volume-control.json``, ``.csv`` and ``.png``; the figures per guidance are returned too."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    out.mkdir(parents=True, exist_ok=True)
    groups = {g: [s for s in samples if s.guidance == g] for g in sorted({s.guidance for s in samples})}
    figures = {
        f"guidance {g:g}": agreement([s.target_ml for s in group], [s.achieved_ml for s in group])
        for g, group in groups.items()
    }
    write_json(out / "volume-control.json", figures)
    with written_beside(out / "volume-control.csv") as path, path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(vars(samples[0])))
        writer.writeheader()
        writer.writerows(vars(sample) for sample in samples)
    figure, axis = pyplot.subplots(figsize=(6, 6))
    for g, group in groups.items():
        axis.scatter([s.target_ml for s in group], [s.achieved_ml for s in group], s=12, label=f"guidance {g:g}")
    largest = max(s.target_ml for s in samples) * 1.1
    axis.plot([0, largest], [0, largest], color="grey", linewidth=0.8)
    axis.set(xlabel="requested (mL)", ylabel="achieved (mL)", xlim=(0, largest), ylim=(0, largest), aspect="equal")
    axis.legend()
    with written_beside(out / "volume-control.png") as path:
        figure.savefig(path, dpi=120)
    pyplot.close(figure)
    return figures


def main() -> int:
    """Read the options, generate, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pack", type=Path, default=starter_pack_folder())
    parser.add_argument("--targets", type=float, nargs="+", default=list(TARGETS_ML))
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--guidance", type=float, nargs="+", default=[1, 2, 3, 5])
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    samples = sample_all(
        load_pack(options.pack), options.targets, range(options.seeds), options.guidance, options.device
    )
    for name, figures in write_results(samples, options.out).items():
        print(name, "  ".join(f"{key} {value:.3g}" for key, value in figures.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
