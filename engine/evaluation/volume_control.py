"""Does the label map follow the volume that was asked for? Requested against achieved, with and without the lock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from engine.case import Case
from engine.errors import EvaluationError
from engine.evaluation.arguments import USUAL_GUIDANCE
from engine.evaluation.results import Result, Row, Target
from engine.evaluation.setting import Setting, generated_masks
from engine.evaluation.statistics import agreement
from engine.pack import ModelPack
from engine.recipe import GUIDANCE, VOLUME, Recipe


@dataclass(frozen=True)
class Sample:
    """One label map: what was asked for, and what came. ``achieved_ml`` is None if it has no ventricles;
    ``samplings``: how often the model was run for it, the first time included."""

    guidance: float
    lock: bool
    seed: int
    target_ml: float
    achieved_ml: float | None
    icv_ml: float | None
    samplings: int

    @property
    def error_ml(self) -> float:
        """Achieved minus requested; NaN if there are no ventricles."""
        return math.nan if self.achieved_ml is None else self.achieved_ml - self.target_ml


def evaluate(setting: Setting) -> Result:
    """Every target with every seed at every guidance, with and without lock. Raises `BadRecipeError` before anything is
    made if the pack cannot do one of them."""
    default = setting.pack.default_recipe().guidance
    chosen = requests(setting)
    cases = generated_masks(setting, chosen)
    samples = [sample_of(recipe, case) for recipe, case in zip(chosen, cases, strict=True)]
    groups = {key: [s for s in samples if (s.guidance, s.lock) == key] for key in dict.fromkeys(map(_key, samples))}
    figures = {name(key): figures_of(group) for key, group in groups.items()}
    rows: list[Row] = [{**vars(sample), "error_ml": sample.error_ml} for sample in samples]
    return Result(
        {"default_guidance": default, "groups": figures},
        rows,
        lambda figure: draw(figure, samples),
        [_sentence(group, of["all"]) for group, of in figures.items()],
        targets_for(figures, default),
        (12.0, 11.0 if len({s.lock for s in samples}) > 1 else 5.5),
    )


def requests(setting: Setting) -> list[Recipe]:
    """The recipes to be made, checked."""
    pack, options = setting.pack, setting.options
    guidances = options.guidance or usual_guidances(pack)
    chosen = [
        replace(pack.default_recipe(seed, 0).with_value(VOLUME, target).with_value(GUIDANCE, guidance), lock=lock)
        for lock in options.locks
        for guidance in guidances
        for seed in range(options.seeds)
        for target in options.targets_ml
    ]
    for recipe in chosen:
        pack.check(recipe)
    return chosen


def usual_guidances(pack: ModelPack) -> tuple[float, ...]:
    """1, 2, 3, 5, as far as the pack goes, and its default."""
    control = pack.control(GUIDANCE)
    return tuple(sorted({control.default, *(g for g in USUAL_GUIDANCE if control.low <= g <= control.high)}))


def sample_of(recipe: Recipe, case: Case) -> Sample:
    """What came of a recipe. Raises `EvaluationError` if a lock was asked for and none was made."""
    record = case.provenance
    if recipe.lock and not record.get("lock"):
        raise EvaluationError("The volume lock was asked for but not used, so it cannot be judged; use --lock without.")
    samplings = int(record["lock"]["samplings"]) if recipe.lock else 1
    target = recipe.get(VOLUME)
    assert target is not None
    return Sample(
        recipe.guidance, recipe.lock, recipe.anatomy_seed, target, record["achieved_ml"], record["icv_ml"], samplings
    )


def _key(sample: Sample) -> tuple[float, bool]:
    return sample.guidance, sample.lock


def name(key: tuple[float, bool]) -> str:
    """How a group is called in the JSON and the picture."""
    guidance, lock = key
    return f"guidance {guidance:g}, {'with' if lock else 'without'} lock"


def figures_of(samples: Sequence[Sample]) -> Row:
    """Agreement over all samples and per target. Samples without ventricles are counted and otherwise left out."""
    targets = sorted({s.target_ml for s in samples})
    return {
        "all": _agreement(samples),
        "per_target_ml": {f"{t:g}": _agreement([s for s in samples if s.target_ml == t]) for t in targets},
    }


def _agreement(samples: Sequence[Sample]) -> Row:
    with_ventricles = [(s.target_ml, s.achieved_ml) for s in samples if s.achieved_ml is not None]
    error = np.abs([s.error_ml for s in samples])
    return {
        **agreement([t for t, _ in with_ventricles], [a for _, a in with_ventricles]),
        "without_ventricles": len(samples) - len(with_ventricles),
        "within_1_ml": float(np.mean(error <= 1.0)),
        "within_half_ml": float(np.mean(error <= 0.5)),
        "median_extra_samplings": float(np.median([s.samplings - 1 for s in samples])),
    }


def targets_for(figures: dict[str, Row], default: float) -> list[Target]:
    """What the default guidance has to reach."""
    targets = []
    free, locked = figures.get(name((default, False))), figures.get(name((default, True)))
    if free:
        targets += [
            Target(f"guidance {default:g}, no lock: r", free["all"]["r"], 0.98, 0.995),
            Target(
                f"guidance {default:g}, no lock: mean absolute error, mL", free["all"]["mae_ml"], 8.0, 3.0, less=True
            ),
        ]
    if locked:
        of = locked["all"]
        targets += [
            Target("with lock: share within 1 mL", of["within_1_ml"], 0.95, 0.99),
            Target("with lock: share within 0.5 mL", of["within_half_ml"], 0.0, 0.99),
            Target("with lock: extra samplings, median", of["median_extra_samplings"], 3.0, 3.0, less=True),
        ]
    return targets


def _sentence(group: str, of: Row) -> str:
    return (
        f"{group} (n {of['n']}): bias {of['bias_ml']:+.2f} mL, MAE {of['mae_ml']:.2f} mL, SD {of['sd_ml']:.2f} mL, "
        f"r {of['r']:.4f}, within 1 mL {of['within_1_ml']:.0%}"
    )


def draw(figure: Figure, samples: Sequence[Sample]) -> None:
    """Requested against achieved, and the error per target; one row without lock, one with."""
    locks = sorted({s.lock for s in samples})
    axes = figure.subplots(len(locks), 2, squeeze=False)
    for row, lock in zip(axes, locks, strict=True):
        group = [s for s in samples if s.lock == lock and s.achieved_ml is not None]
        title = f"{'with' if lock else 'without'} lock, n = {len(group)}"
        _draw_scatter(row[0], group)
        _draw_error(row[1], group)
        row[0].set_title(title)
        row[1].set_title(title)


def _draw_scatter(axis: Axes, samples: Sequence[Sample]) -> None:
    largest = 1.1 * max([s.target_ml for s in samples] + [s.achieved_ml or 0 for s in samples], default=1.0)
    axis.plot([0, largest], [0, largest], color="grey", linewidth=0.8)
    for guidance in sorted({s.guidance for s in samples}):
        group = [s for s in samples if s.guidance == guidance]
        achieved = [s.target_ml + s.error_ml for s in group]
        axis.scatter([s.target_ml for s in group], achieved, s=12, label=f"guidance {guidance:g}")
    axis.set(xlabel="requested (mL)", ylabel="achieved (mL)", xlim=(0, largest), ylim=(0, largest), aspect="equal")
    if samples:
        axis.legend()


def _draw_error(axis: Axes, samples: Sequence[Sample]) -> None:
    axis.axhline(0, color="grey", linewidth=0.8)
    for guidance in sorted({s.guidance for s in samples}):
        group = [s for s in samples if s.guidance == guidance]
        targets = sorted({s.target_ml for s in group})
        errors = [np.array([s.error_ml for s in group if s.target_ml == t]) for t in targets]
        axis.errorbar(
            targets, [e.mean() for e in errors], [e.std() for e in errors], capsize=3, marker="o", markersize=3
        )
    axis.set(xlabel="requested (mL)", ylabel="achieved minus requested, mean ± SD (mL)")
    axis.grid(alpha=0.3)
