from itertools import pairwise

import pytest
import torch
from monai.networks.schedulers import DDIMScheduler, RFlowScheduler
from monai.networks.schedulers.rectified_flow import timestep_transform

from engine.errors import BadPackError
from engine.models.samplers import TIMES, data_and_noise, guided, noise_schedule, sample_ddim, sample_flow, shifted

SHAPE = (1, 2, 4, 4, 4)
PREDICTIONS = ("epsilon", "v_prediction", "sample")
#: The oracles round at other places than we do.
CLOSE = 1e-4


@pytest.fixture
def noise():
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(5))


class Network:
    """A prediction that depends on both of its inputs; remembers the times it was asked for."""

    def __init__(self):
        self.times = []

    def __call__(self, x, t):
        self.times.append(t.tolist())
        return 0.3 * x.roll(1, -1) + 0.5 * torch.sin(x + t.view(-1, 1, 1, 1, 1) / 400)


def finished(steps):
    """The result of a sampler, and how often it yielded."""
    count = 0
    try:
        while True:
            next(steps)
            count += 1
    except StopIteration as done:
        return done.value, count


def test_one_step_of_the_flow_is_monais(noise):
    scheduler = RFlowScheduler(num_train_timesteps=TIMES, use_discrete_timesteps=False)
    scheduler.set_timesteps(1)
    network = Network()
    wanted, _ = scheduler.step(network(noise, torch.tensor([1000.0])), 1000, noise, 0)
    made, _ = finished(sample_flow(network, noise, 1))
    assert torch.allclose(made, wanted, atol=CLOSE)


@pytest.mark.parametrize("steps", [2, 5, 8, 10])
def test_the_whole_flow_is_monais(noise, steps):
    # These numbers of steps have times that survive the scheduler's float16.
    scheduler = RFlowScheduler(num_train_timesteps=TIMES, use_discrete_timesteps=False)
    scheduler.set_timesteps(steps)
    network, x = Network(), noise
    times = [float(t) for t in scheduler.timesteps]
    for t, following in pairwise([*times, 0.0]):
        x, _ = scheduler.step(network(x, torch.tensor([t])), t, x, following)
    network = Network()
    made, count = finished(sample_flow(network, noise, steps))
    assert count == steps
    assert network.times == [[pytest.approx(t)] for t in times]
    assert torch.allclose(made, x, atol=CLOSE)


@pytest.mark.parametrize("shift", [1.0, 1.4, 4.0])
def test_shifted_times_are_monais(shift):
    times = torch.linspace(0, TIMES, 9)
    # MONAI words the shift as a scale of images of the size it was chosen for.
    wanted = timestep_transform(
        times, torch.tensor(32**3), base_img_size_numel=32**3, scale=shift, num_train_timesteps=TIMES
    )
    assert torch.allclose(shifted(times / TIMES, shift) * TIMES, wanted, atol=1e-2)


def test_a_shifted_flow_takes_its_steps_at_the_noisy_end(noise):
    network = Network()
    finished(sample_flow(network, noise, 4, shift=4.0))
    assert network.times == [[pytest.approx(1000 * 4 * t / (1 + 3 * t))] for t in (1, 0.75, 0.5, 0.25)]


@pytest.mark.parametrize("shift", [1.0, 4.0])
def test_a_straight_flow_arrives_in_any_number_of_steps(noise, shift):
    data = torch.randn(SHAPE, generator=torch.Generator().manual_seed(6))
    for steps in (1, 3, 7):
        made, _ = finished(sample_flow(lambda x, t: data - noise, noise, steps, shift=shift))
        assert torch.allclose(made, data, atol=CLOSE)


def scheduler(prediction, **schedule):
    return DDIMScheduler(TIMES, clip_sample=False, prediction_type=prediction, **schedule)


@pytest.mark.parametrize("schedule", ["linear_beta", "scaled_linear_beta"])
def test_the_noise_schedules_are_monais(schedule):
    options = {"schedule": schedule, "beta_start": 0.0015, "beta_end": 0.0195}
    assert torch.allclose(noise_schedule(options), scheduler("epsilon", **options).alphas_cumprod, atol=1e-6)


def test_the_usual_schedule_is_monais_usual_one():
    assert torch.allclose(noise_schedule({}), scheduler("epsilon").alphas_cumprod, atol=1e-6)


def test_an_unknown_noise_schedule_is_refused():
    with pytest.raises(BadPackError, match="cosine"):
        noise_schedule({"schedule": "cosine"})


@pytest.mark.parametrize("prediction", PREDICTIONS)
@pytest.mark.parametrize("steps", [1, 5, 20])
def test_the_whole_of_ddim_is_made_of_monais_steps(noise, prediction, steps):
    oracle = scheduler(prediction)
    oracle.set_timesteps(steps)
    network, x, stride = Network(), noise, TIMES // steps
    times = range(TIMES - 1, -1, -stride)
    for t in times:
        x, _ = oracle.step(network(x, torch.tensor([float(t)])), t, x)
    network = Network()
    made, count = finished(sample_ddim(network, noise, steps, alphas=noise_schedule({}), prediction=prediction))
    assert count == steps
    assert network.times == [[t] for t in times]
    assert torch.allclose(made, x, rtol=1e-3, atol=1e-3 * float(x.abs().max()))


@pytest.mark.parametrize("steps", [1, 2, 4, 12, 33])
def test_ddim_begins_at_the_noisiest_time_and_ends_without_noise(noise, steps):
    network = Network()
    perfect = torch.randn(SHAPE, generator=torch.Generator().manual_seed(6))

    def knows(x, t):
        network(x, t)
        return perfect

    made, _ = finished(sample_ddim(knows, noise, steps, alphas=noise_schedule({}), prediction="sample"))
    times = [t for (t,) in network.times]
    assert times[0] == TIMES - 1
    assert times == sorted(times, reverse=True)
    assert times[-1] <= TIMES / steps
    assert torch.allclose(made, perfect, atol=CLOSE)


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_ancestral_steps_are_monais_with_the_same_noise(noise, prediction):
    steps = 8
    oracle = scheduler(prediction)
    oracle.set_timesteps(steps)
    network, x, generator = Network(), noise, torch.Generator().manual_seed(9)
    times = list(range(TIMES - 1, -1, -TIMES // steps))
    for t in times:
        # The last step adds noise of variance zero in MONAI, and none here.
        x, _ = oracle.step(network(x, torch.tensor([float(t)])), t, x, eta=1.0, generator=generator)
    made, _ = finished(
        sample_ddim(
            network,
            noise,
            steps,
            alphas=noise_schedule({}),
            prediction=prediction,
            eta=1.0,
            generator=torch.Generator().manual_seed(9),
        )
    )
    assert torch.allclose(made, x, rtol=1e-3, atol=1e-3 * float(x.abs().max()))


def test_ancestral_sampling_of_known_gaussian_data_gives_its_spread():
    # Data of variance s^2: the best prediction of the noise is known, and every step must keep the variance right.
    spread, alphas = 0.5, noise_schedule({})

    def best(x, t):
        alpha = alphas[int(t[0])]
        return x * (1 - alpha).sqrt() / (alpha * spread**2 + 1 - alpha)

    x = torch.randn((1, 1, 40, 40, 40), generator=torch.Generator().manual_seed(1))
    for eta in (0.0, 1.0):
        generator = torch.Generator().manual_seed(2)
        made, _ = finished(sample_ddim(best, x, 250, alphas=alphas, prediction="epsilon", eta=eta, generator=generator))
        assert float(made.std()) == pytest.approx(spread, rel=0.05)
        assert abs(float(made.mean())) < 0.02


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_every_prediction_says_the_same_of_data_and_noise(noise, prediction):
    data, alpha = torch.randn(SHAPE, generator=torch.Generator().manual_seed(6)), torch.tensor(0.3)
    a, s = alpha.sqrt(), (1 - alpha).sqrt()
    x = a * data + s * noise
    output = {"epsilon": noise, "v_prediction": a * noise - s * data, "sample": data}[prediction]
    found, error = data_and_noise(prediction, output, x, alpha)
    assert torch.allclose(found, data, atol=CLOSE)
    assert torch.allclose(error, noise, atol=CLOSE)


class Conditional:
    """A prediction that tells its conditions apart; counts how many samples it was asked for."""

    def __init__(self):
        self.batches = []

    def __call__(self, x, t, condition):
        self.batches.append(len(x))
        assert len(t) == len(condition) == len(x)
        return x + condition.sum(dim=(1, 2)).view(-1, 1, 1, 1, 1) * t.view(-1, 1, 1, 1, 1)


def test_guidance_goes_from_the_unconditional_prediction_past_the_conditional_one(noise):
    network, condition, t = Conditional(), torch.tensor([[[0.5, 1.0], [0.25, 1.0]]]), torch.tensor([2.0])
    free = network(noise, t, torch.zeros_like(condition))
    bound = network(noise, t, condition)
    for scale in (0.0, 1.0, 2.5):
        assert torch.allclose(guided(network, condition, scale)(noise, t), free + scale * (bound - free), atol=CLOSE)


def test_guidance_of_one_asks_the_network_once_and_others_for_two_samples(noise):
    condition, t = torch.tensor([[[0.5, 1.0]]]), torch.tensor([2.0])
    for scale, batches in [(1.0, [1]), (2.0, [2])]:
        network = Conditional()
        guided(network, condition, scale)(noise, t)
        assert network.batches == batches


def flow_steps(network, noise):
    return sample_flow(network, noise, 6)


def ddim_steps(network, noise):
    return sample_ddim(network, noise, 6, alphas=noise_schedule({}), prediction="epsilon")


@pytest.mark.parametrize("sampler", [flow_steps, ddim_steps])
@pytest.mark.parametrize("wanted", [0, 1, 4])
def test_a_sampler_that_is_closed_does_not_ask_the_network_again(noise, sampler, wanted):
    network = Network()
    steps = sampler(network, noise)
    for _ in range(wanted):
        next(steps)
    steps.close()
    assert len(network.times) == wanted


@pytest.mark.parametrize("sampler", [flow_steps, ddim_steps])
def test_inference_mode_stays_inside_the_sampler(noise, sampler):
    inside = []

    def network(x, t):
        inside.append(torch.is_inference_mode_enabled())
        return x

    steps = sampler(network, noise)
    for _ in range(3):
        next(steps)
        assert not torch.is_inference_mode_enabled()
        assert (torch.ones(1, requires_grad=True) * 2).requires_grad
    steps.close()
    assert not torch.is_inference_mode_enabled()
    assert inside == [True] * 3


@pytest.mark.parametrize("sampler", [flow_steps, ddim_steps])
def test_the_noise_itself_is_left_as_it_was(noise, sampler):
    before = noise.clone()
    finished(sampler(Network(), noise))
    assert torch.equal(noise, before)
