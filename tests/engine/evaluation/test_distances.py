import math

import numpy as np
import pytest
import torch
from monai.metrics.fid import compute_frechet_distance

from engine.evaluation.distances import frechet_distance, halved, kernel_distance, ms_ssim


def normal(rng, n, mean=0.0, scale=1.0):
    return rng.normal(mean, scale, (n, 4))


def test_the_frechet_distance_of_normal_distributions_is_the_known_one(rng):
    # |m1 - m2|^2 + sum (s1 - s2)^2 for independent features.
    a, b = normal(rng, 200_000), normal(rng, 200_000, 3.0, 2.0)
    assert frechet_distance(a, b) == pytest.approx(4 * 9 + 4 * 1, rel=0.01)


@pytest.mark.filterwarnings("ignore:The `disp` argument:DeprecationWarning")
def test_the_frechet_distance_is_monais(rng):
    mix = rng.normal(size=(4, 4))
    a, b = normal(rng, 50) @ mix, normal(rng, 60, 0.5)
    sides = [(torch.tensor(x.mean(axis=0)), torch.tensor(np.cov(x, rowvar=False))) for x in (a, b)]
    assert frechet_distance(a, b) == pytest.approx(float(compute_frechet_distance(*sides[0], *sides[1])))


def test_the_same_set_is_at_no_distance_even_if_it_is_small(rng):
    few = rng.normal(size=(3, 8))  # its covariance has no full rank
    assert frechet_distance(few, few) == pytest.approx(0, abs=1e-6)
    assert math.isnan(frechet_distance(few[:1], few))


def test_the_kernel_distance_is_about_nothing_for_one_distribution_and_not_for_two(rng):
    same = [kernel_distance(normal(rng, 100), normal(rng, 100)) for _ in range(80)]
    assert abs(np.mean(same)) < 0.03
    assert min(same) < 0 < max(same)  # unbiased
    assert kernel_distance(normal(rng, 100), normal(rng, 100, 1.0)) > 1
    assert math.isnan(kernel_distance(normal(rng, 1), normal(rng, 5)))


def test_the_kernel_distance_of_two_pairs_by_hand():
    a, b = np.array([[0.0], [1.0]]), np.array([[0.0], [2.0]])
    # Within a: (0*1+1)^3 = 1; within b: 1; between: 1, 1, 1, 27.
    assert kernel_distance(a, b) == pytest.approx(1 + 1 - 2 * 30 / 4)


def test_ms_ssim_is_one_for_the_same_image_and_less_for_others(rng):
    image = rng.uniform(size=(16, 18, 20)).astype(np.float32)
    assert ms_ssim(image, image) == pytest.approx(1, abs=1e-5)
    slightly, wholly = image + 0.05 * rng.normal(size=image.shape), rng.uniform(size=image.shape)
    assert 1 > ms_ssim(image, slightly) > ms_ssim(image, wholly)


@pytest.mark.parametrize("size", [8, 16, 40, 50])
def test_images_of_any_size_have_as_many_scales_as_fit(rng, size):
    image = rng.uniform(size=(size, size, size)).astype(np.float16)
    assert ms_ssim(image, image) == pytest.approx(1, abs=1e-3)


def test_half_the_resolution_is_the_mean_of_eight():
    image = np.arange(64, dtype=np.float32).reshape(4, 4, 4)
    assert halved(image)[0, 0, 0] == image[:2, :2, :2].mean()
    assert halved(image).shape == (2, 2, 2)
