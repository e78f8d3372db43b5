from dataclasses import replace

import pytest
import torch

from engine.models.device import cpu_device
from engine.models.samplers import noise_schedule, sample_ddim, sample_flow
from engine.models.sampling import autoencoder_latent, condition_tensor, sampler
from engine.progress import result_of
from engine.recipe import INTRACRANIAL, VOLUME


def predict(x, t):
    return x.cos() * (t / 1000).view(-1, 1, 1, 1, 1)


@pytest.fixture
def noise():
    return torch.randn((1, 2, 4, 4, 4), generator=torch.Generator().manual_seed(1))


def test_a_packs_schedule_names_the_sampler(pack, noise):
    flow = pack.mask_generator
    assert torch.equal(result_of(sampler(flow, predict, noise, 3, 0)), result_of(sample_flow(predict, noise, 3)))
    late = replace(flow, schedule_options={"time_shift": 4.0})
    wanted = result_of(sample_flow(predict, noise, 3, shift=4.0))
    assert torch.equal(result_of(sampler(late, predict, noise, 3, 0)), wanted)
    assert not torch.allclose(wanted, result_of(sample_flow(predict, noise, 3)))
    options = {"schedule": "scaled_linear_beta", "beta_start": 0.0015, "beta_end": 0.0195}
    ddim = replace(flow, schedule="ddim", prediction="v_prediction", schedule_options=options)
    steps = sample_ddim(predict, noise, 3, alphas=noise_schedule(options), prediction="v_prediction")
    assert torch.equal(result_of(sampler(ddim, predict, noise, 3, 0)), result_of(steps))


def test_ddpm_adds_noise_that_the_seed_decides_and_ddim_none(pack, noise):
    ddpm = replace(pack.mask_generator, schedule="ddpm", prediction="epsilon")
    first, again, other = (result_of(sampler(ddpm, predict, noise, 4, seed)) for seed in (5, 5, 6))
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)
    ddim = replace(ddpm, schedule="ddim")
    first, other = (result_of(sampler(ddim, predict, noise, 4, seed)) for seed in (5, 6))
    assert torch.equal(first, other)


def test_the_noise_of_the_steps_is_not_the_noise_of_the_beginning(pack):
    ddpm = replace(pack.mask_generator, schedule="ddpm", prediction="sample")
    noise = torch.randn((1, 2, 4, 4, 4), generator=torch.Generator().manual_seed(5))
    seen = []

    def nothing(x, t):
        seen.append(x)
        return torch.zeros_like(x)

    assert torch.equal(result_of(sampler(ddpm, nothing, noise, 2, 5)), torch.zeros_like(noise))
    correlation = torch.corrcoef(torch.stack([seen[1].ravel(), noise.ravel()]))[0, 1]
    assert abs(correlation) < 0.5


def test_a_latent_returns_to_the_autoencoders_scale_channel_by_channel(pack, noise):
    model = replace(pack.mask_generator, latent_mean=(1.0, -2.0), latent_scale=(3.0, 0.5))
    latent = autoencoder_latent(model, noise)
    assert torch.allclose(latent[0, 0], noise[0, 0] * 3 + 1)
    assert torch.allclose(latent[0, 1], noise[0, 1] / 2 - 2)


def test_conditions_are_normalised_in_the_models_order_and_free_ones_flagged(pack):
    model, device = pack.mask_generator, cpu_device()
    assert [c.key for c in model.conditions] == [VOLUME, INTRACRANIAL]
    volume, icv = model.conditions
    both = condition_tensor(model, {INTRACRANIAL: icv.high, VOLUME: volume.low, "steps": 9.0}, device)
    assert torch.allclose(both, torch.tensor([[[-1.0, 1.0], [1.0, 1.0]]]))
    free = condition_tensor(model, {VOLUME: volume.high}, device)
    assert torch.allclose(free, torch.tensor([[[1.0, 1.0], [0.0, 0.0]]]))
    none = condition_tensor(replace(model, conditions=()), {VOLUME: 40.0}, device)
    assert none.shape == (1, 0, 2)
