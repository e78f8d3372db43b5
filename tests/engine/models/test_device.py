import pytest
import torch

from engine.errors import EngineError
from engine.models.device import Device, choose_device, cpu_device


@pytest.fixture
def no_cuda(monkeypatch):
    """A machine without a CUDA device."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.fixture
def cuda(monkeypatch):
    """A machine with a CUDA device, as far as torch says."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Test GPU")


def test_without_cuda_auto_means_the_cpu(no_cuda):
    assert choose_device() == choose_device("cpu") == cpu_device()
    assert cpu_device().torch_device == torch.device("cpu")
    assert "CPU" in cpu_device().name


def test_with_cuda_auto_means_cuda_and_the_cpu_can_still_be_chosen(cuda):
    device = choose_device()
    assert (device.torch_device.type, device.name) == ("cuda", "Test GPU")
    assert choose_device("cpu").torch_device.type == "cpu"


def test_cuda_that_is_not_there_is_refused_with_what_to_do(no_cuda):
    with pytest.raises(EngineError, match="choose --device cpu"):
        choose_device("cuda")


def test_an_unknown_device_is_refused_with_the_known_ones():
    with pytest.raises(EngineError, match="auto, cpu or cuda"):
        choose_device("tpu")


@pytest.mark.parametrize("dtype", [None, torch.bfloat16])
def test_networks_run_in_the_devices_own_precision(dtype):
    device = Device(torch.device("cpu"), "CPU", dtype)
    with device.autocast():
        made = torch.nn.functional.linear(torch.ones(2, 2), torch.ones(2, 2))
    assert made.dtype == (dtype or torch.float32)
    assert not torch.is_autocast_enabled("cpu")
