import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.errors import BadPackError
from engine.models.device import cpu_device
from engine.models.loading import load_network, noise
from engine.models.networks import Segmenter
from engine.pack import file_sha256


def refusal(pack, name="mask_denoiser"):
    """What is said of a network that cannot be loaded: one sentence, a way out included."""
    with pytest.raises(BadPackError) as refused:
        load_network(pack, name, cpu_device())
    sentence = str(refused.value)
    assert "\n" not in sentence
    assert "install the pack again" in sentence or "update VentriSynth" in sentence
    return sentence


def test_a_network_comes_out_of_the_pack_ready_to_run(pack, network):
    loaded = load_network(pack, "mask_denoiser", cpu_device())
    assert not loaded.training
    assert not any(parameter.requires_grad for parameter in loaded.parameters())
    for name, value in network("mask_denoiser").state_dict().items():
        kept = loaded.state_dict()[name]
        assert kept.dtype == torch.float32
        assert torch.equal(kept, value.half().float())


def test_a_network_is_loaded_once(pack):
    first = load_network(pack, "segmenter", cpu_device())
    assert load_network(pack, "segmenter", cpu_device()) is first
    assert load_network(pack, "mask_denoiser", cpu_device()) is not first


def test_a_file_that_is_not_the_packs_own_is_refused(changed_pack):
    def other_weights(manifest, folder):
        path = folder / "mask_denoiser.safetensors"
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)

    pack = changed_pack(other_weights)
    assert "not the file it was made with" in refusal(pack)
    assert isinstance(load_network(pack, "segmenter", cpu_device()), Segmenter)


def with_its_hash(manifest, folder):
    """As if the pack had been made with the file that is there."""
    entry = manifest["networks"]["mask_denoiser"]
    entry["sha256"] = file_sha256(folder / entry["file"])


def test_a_file_cut_short_is_refused_even_if_its_hash_is_right(changed_pack):
    def cut(manifest, folder):
        path = folder / "mask_denoiser.safetensors"
        path.write_bytes(path.read_bytes()[:-1000])
        with_its_hash(manifest, folder)

    assert "does not fit" in refusal(changed_pack(cut))


def test_a_file_that_is_empty_is_refused(changed_pack):
    def empty(manifest, folder):
        (folder / "mask_denoiser.safetensors").write_bytes(b"")
        with_its_hash(manifest, folder)

    assert "does not fit" in refusal(changed_pack(empty))


def test_tensors_of_another_shape_are_refused(changed_pack):
    pack = changed_pack(lambda manifest, folder: manifest["networks"]["mask_denoiser"]["config"].update(conditions=3))
    assert "does not fit" in refusal(pack)


def test_a_missing_tensor_is_refused(changed_pack):
    def without_one(manifest, folder):
        path = folder / "mask_denoiser.safetensors"
        tensors = load_file(path)
        tensors.popitem()
        save_file(tensors, path)
        with_its_hash(manifest, folder)

    assert "does not fit" in refusal(changed_pack(without_one))


@pytest.mark.parametrize(
    "config",
    [
        {"depth": 9},
        {"latent_channels": 2, "channels": [], "conditions": 2},
        {"latent_channels": 2, "channels": [3, 3], "conditions": 2},
        {"latent_channels": "two", "channels": [32, 32], "conditions": 2},
    ],
)
def test_a_configuration_that_makes_no_network_is_refused(changed_pack, config):
    pack = changed_pack(lambda manifest, folder: manifest["networks"]["mask_denoiser"].update(config=config))
    assert "does not fit" in refusal(pack)


def test_a_kind_of_a_later_version_is_refused(changed_pack):
    with pytest.raises(BadPackError, match="oracle"):
        changed_pack(lambda manifest, folder: manifest["networks"]["mask_denoiser"].update(kind="oracle"))


def test_a_network_in_the_place_of_another_kind_is_refused(changed_pack):
    with pytest.raises(BadPackError, match="mask_denoiser is needed"):
        changed_pack(lambda manifest, folder: manifest["networks"]["mask_denoiser"].update(kind="segmenter"))


def test_a_seed_always_gives_the_same_noise_and_another_one_other_noise():
    first, again, other = (noise((2, 8, 8, 8), seed, cpu_device()) for seed in (1, 1, 2))
    assert first.shape == (1, 2, 8, 8, 8)
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)
    assert abs(float(first.mean())) < 0.2
    assert float(first.std()) == pytest.approx(1, abs=0.1)


def test_noise_neither_heeds_nor_disturbs_torchs_own_random_numbers():
    torch.manual_seed(3)
    wanted = torch.rand(1)
    torch.manual_seed(3)
    first = noise((1, 2, 2, 2), 1, cpu_device())
    assert torch.equal(torch.rand(1), wanted)
    torch.manual_seed(99)
    assert torch.equal(noise((1, 2, 2, 2), 1, cpu_device()), first)
