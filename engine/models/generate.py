"""Making a case: a label map of the volume asked for, then an image of that label map."""

from __future__ import annotations

import platform
from collections.abc import Callable, Generator
from dataclasses import asdict, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor, nn

from engine.case import Case
from engine.errors import BadLabelsError, OutOfMemoryError
from engine.events import Event, Noticed, Progressed
from engine.measures import measure_volumes
from engine.models.device import Device, choose_device, cpu_device
from engine.models.folding import tissue_fractions
from engine.models.loading import load_network, noise
from engine.models.mask_networks import MaskAutoencoder
from engine.models.networks import ImageAutoencoder
from engine.models.samplers import Predict, guided
from engine.models.sampling import autoencoder_latent, condition_tensor, sampler
from engine.models.volume_lock import locked
from engine.pack import ModelPack
from engine.progress import Progress
from engine.recipe import VOLUME, Recipe
from engine.volume import LabelMap, Volume
from resources import version

Result = TypeVar("Result")
#: What an image of the starter pack's autoencoder is multiplied with, so that white matter is near 750.
IMAGE_SCALE = 1000.0
#: Samplings that a locked volume usually takes, for the progress bar.
LIKELY_SAMPLINGS = 4
#: Conditions a locked volume may be met by: beyond what networks are trained for, to make up for their bias.
LOCK_RANGE_ML = (3.0, 400.0)


def on_device(
    job_id: int, device: Device, work: Callable[[Device], Generator[Event, None, Result]]
) -> Generator[Event, None, tuple[Result, Device]]:
    """Drive ``work`` on a device; out of memory there, do it again on the CPU and say so. Returns the result and the
    device that made it."""
    try:
        return (yield from work(device)), device
    except torch.OutOfMemoryError as error:
        if device.torch_device.type == "cpu":
            raise OutOfMemoryError(
                "There is not enough memory for this; close other programs and try again."
            ) from error
        torch.cuda.empty_cache()
    yield Noticed(job_id, f"{device.name} has too little free memory for this; the CPU does it instead, more slowly.")
    cpu = cpu_device()
    return (yield from work(cpu)), cpu


@torch.inference_mode()
def decoded_classes(network: MaskAutoencoder, latent: Tensor) -> np.ndarray:
    """A latent (1, L, i, j, k) -> (I, J, K) uint8 class indices, the largest connected piece only."""
    return largest_piece(network.decode_classes(latent).cpu().numpy())


def largest_piece(classes: np.ndarray) -> np.ndarray:
    """Class indices (I, J, K) with everything that is not connected to the largest piece set to background."""
    pieces, count = ndimage.label(classes > 0)
    if count > 1:
        sizes = np.bincount(pieces.ravel())
        sizes[0] = 0
        classes = np.where(pieces == sizes.argmax(), classes, 0).astype(np.uint8)
    return classes


def generate_mask(
    pack: ModelPack,
    recipe: Recipe,
    device_name: str,
    progress: Progress,
    stage: str,
    *,
    draft: bool = False,
) -> Generator[Event, None, Case]:
    """Sample a label map; a draft is never locked. Yields Progressed after each step, and Noticed where a locked
    volume could not be met; raises `BadRecipeError` outside the range the recipe allows."""
    pack.check(recipe)
    steps = pack.draft_steps if draft else recipe.steps
    sampled = _locked_mask if recipe.lock and not draft else _calibrated_mask
    work = partial(sampled, pack, recipe, steps, progress, stage)
    (labels, made), device = yield from on_device(progress.job_id, choose_device(device_name), work)
    record = _provenance(pack, recipe, labels, device, draft) | made
    if "lock" in made and not made["lock"]["reached"]:
        yield Noticed(
            progress.job_id,
            f"The volume could not be met: {record['achieved_ml'] or 0:.1f} mL is the nearest this subject comes to "
            f"{record['target_ml']:g} mL; try another anatomy seed.",
        )
    return Case(_name(recipe), None, labels, record)


def _calibrated_mask(
    pack: ModelPack, recipe: Recipe, steps: int, progress: Progress, stage: str, device: Device
) -> Generator[Progressed, None, tuple[LabelMap, dict[str, Any]]]:
    """One sampling, under the condition that on average gives what is asked for."""
    target = recipe.get(VOLUME) or 0.0
    condition_ml = pack.calibration.condition_ml(target, guidance=recipe.guidance)
    yield progress.at(stage, 0, steps + 1)
    masks = _MaskSampler(pack, recipe, device)
    labels = yield from _driven(masks.labels(condition_ml, steps), progress, stage, steps + 1)
    expected = pack.calibration.expected_error_ml(target, guidance=recipe.guidance)
    return labels, {"condition_ml": condition_ml, "expected_error_ml": expected}


def _locked_mask(
    pack: ModelPack, recipe: Recipe, steps: int, progress: Progress, stage: str, device: Device
) -> Generator[Progressed, None, tuple[LabelMap, dict[str, Any]]]:
    """As many samplings as it takes to meet the volume."""
    target = recipe.get(VOLUME) or 0.0
    all_steps = (steps + 1) * LIKELY_SAMPLINGS
    yield progress.at(stage, 0, all_steps)
    masks = _MaskSampler(pack, recipe, device)

    def sample(condition_ml: float) -> Generator[None, None, tuple[LabelMap, float | None]]:
        labels = yield from masks.labels(condition_ml, steps)
        yield
        return labels, measure_volumes(labels).ventricular_ml

    first = pack.calibration.condition_ml(target, guidance=recipe.guidance)
    search = locked(sample, target, first_ml=first, range_ml=LOCK_RANGE_ML)
    labels, lock = yield from _driven(search, progress, stage, all_steps)
    return labels, {"condition_ml": lock.condition_ml, "lock": asdict(lock)}


class _MaskSampler:
    """The mask generator's networks with one recipe's noise: what differs from sampling to sampling is the volume."""

    def __init__(self, pack: ModelPack, recipe: Recipe, device: Device) -> None:
        self._pack, self._recipe, self._device = pack, recipe, device
        self._model = pack.mask_generator
        self._denoiser = load_network(pack, self._model.denoiser, device)
        self._decoder = load_network(pack, self._model.autoencoder, device)
        self._noise = noise(self._model.latent_shape, recipe.anatomy_seed, device)

    def labels(self, condition_ml: float, steps: int) -> Generator[None, None, LabelMap]:
        """A label map for one condition; yields after each of the sampler's steps."""
        assert isinstance(self._decoder, MaskAutoencoder)
        recipe, model, table = self._recipe, self._model, self._pack.table
        condition = condition_tensor(model, dict(recipe.values) | {VOLUME: condition_ml}, self._device)
        predict = _in_precision(guided(self._denoiser, condition, recipe.guidance), self._device)
        latent = yield from sampler(model, predict, self._noise, steps, recipe.anatomy_seed)
        with self._device.autocast():
            classes = decoded_classes(self._decoder, autoencoder_latent(model, latent))
        return LabelMap(table.values[classes], self._pack.grid, table)


def _driven(
    steps: Generator[None, None, Result], progress: Progress, stage: str, count: int
) -> Generator[Progressed, None, Result]:
    """What is done step by step as progress; the last of ``count`` steps comes when all is done."""
    done = 0
    try:
        while True:
            next(steps)
            # Nobody knows how many samplings a locked volume takes: the bar then waits just before its end.
            done = min(done + 1, count - 1)
            yield progress.at(stage, done, count)
    except StopIteration as finished:
        result = finished.value
    finally:
        steps.close()
    yield progress.at(stage, count, count)
    return result


def generate_image(
    pack: ModelPack, recipe: Recipe, mask: Case, device_name: str, progress: Progress, stage: str
) -> Generator[Event, None, Case]:
    """An image of a case's label map. Yields Progressed after each step; raises `BadLabelsError` if the label map is
    not one this pack can make an image of."""
    labels = mask.labels
    if labels is None or labels.grid.shape != pack.shape or labels.table.name != pack.table.name:
        raise BadLabelsError(
            f"The pack {pack.name} cannot make an image of this label map: it needs its own grid and labels."
        )
    if measure_volumes(labels).ventricular_ml is None:
        raise BadLabelsError("The label map has no ventricles, so no image is made of it; try another anatomy seed.")
    work = partial(_sampled_image, pack, recipe, labels, progress, stage)
    image, _ = yield from on_device(progress.job_id, choose_device(device_name), work)
    return replace(mask, image=image)


def _sampled_image(
    pack: ModelPack, recipe: Recipe, labels: LabelMap, progress: Progress, stage: str, device: Device
) -> Generator[Progressed, None, Volume]:
    model = pack.image_generator
    yield progress.at(stage, 0, recipe.steps + 1)
    denoiser = load_network(pack, model.denoiser, device)
    decoder = load_network(pack, model.autoencoder, device)
    assert isinstance(decoder, ImageAutoencoder)
    classes = torch.from_numpy(np.ascontiguousarray(pack.table.classes(np.asarray(labels.data))))[None]
    classes = classes.to(device.torch_device)
    factor = pack.shape[0] // model.latent_shape[1]
    fractions = tissue_fractions(classes, len(pack.table.labels), factor)
    start = noise(model.latent_shape, recipe.appearance_seed, device)
    predict = _in_precision(partial(_with_condition, denoiser, fractions), device)

    def steps() -> Generator[None, None, np.ndarray]:
        latent = yield from sampler(model, predict, start, recipe.steps, recipe.appearance_seed)
        return decoded_image(decoder, autoencoder_latent(model, latent), classes, device)

    image = yield from _driven(steps(), progress, stage, recipe.steps + 1)
    return Volume(image, labels.grid)


def _in_precision(predict: Predict, device: Device) -> Predict:
    """A prediction made in the device's fastest precision, for a sampler that adds up in float32."""

    def faster(x: Tensor, t: Tensor) -> Tensor:
        with device.autocast():
            return predict(x, t).float()

    return faster


def _with_condition(network: nn.Module, condition: Tensor, x: Tensor, t: Tensor) -> Tensor:
    return network(x, t, condition)


@torch.inference_mode()
def decoded_image(network: ImageAutoencoder, latent: Tensor, classes: Tensor, device: Device) -> np.ndarray:
    """A latent and its classes (1, I, J, K) -> (I, J, K) float32 image, 0 outside the brain."""
    with device.autocast():
        image = network.decode(latent, classes)
    return (image[0, 0].float().clamp(min=0) * (classes[0] > 0) * IMAGE_SCALE).cpu().numpy()


def _name(recipe: Recipe) -> str:
    return f"synthetic {recipe.get(VOLUME):g} mL, anatomy {recipe.anatomy_seed}, appearance {recipe.appearance_seed}"


def _provenance(pack: ModelPack, recipe: Recipe, labels: LabelMap, device: Device, draft: bool) -> dict[str, Any]:
    volumes = measure_volumes(labels)
    return {
        "synthetic": True,
        "draft": draft,
        "recipe": recipe.to_json(),
        "pack": {"name": pack.name, "version": pack.version, "sha256": pack.sha256},
        "target_ml": recipe.get(VOLUME),
        "achieved_ml": volumes.ventricular_ml,
        "icv_ml": volumes.icv_ml,
        "ratio": volumes.ratio,
        "beyond_trained_range": list(pack.untrained(recipe)),
        "device": device.name,
        "versions": {"ventrisynth": version(), "torch": torch.__version__, "python": platform.python_version()},
    }
