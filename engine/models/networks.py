"""The five networks, built from MONAI's by a configuration that is stored with the weights.

Images and label maps at 1 mm are *folded* before a network sees them: blocks of f x f x f voxels become channels
(space-to-depth), so that convolutions run at f mm and the result, unfolded, is still decided voxel by voxel at 1 mm.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from monai.networks.nets import DynUNet, SPADEAutoencoderKL, SPADEDiffusionModelUNet
from torch import Tensor, nn

from engine.models.folding import LOGIT_GAIN, fold, unfold
from engine.models.mask_networks import MaskAutoencoder, MaskDenoiser


class Segmenter(nn.Module):
    """nnU-Net's topology on folded voxels (Isensee et al. 2021, doi:10.1038/s41592-020-01008-z).

    The network gives every voxel of a folded block ``hidden`` features of its own; one shared layer turns them into
    classes.
    """

    def __init__(self, classes: int, filters: list[int], hidden: int, factor: int = 2) -> None:
        super().__init__()
        self.hidden, self.factor = hidden, factor
        depth = len(filters)
        self.multiple = factor * 2 ** (depth - 1)  # input sizes must be multiples of this
        self.net = DynUNet(
            3,
            factor**3,
            hidden * factor**3,
            kernel_size=[3] * depth,
            strides=[1] + [2] * (depth - 1),
            upsample_kernel_size=[2] * (depth - 1),
            filters=filters,
            norm_name=("INSTANCE", {"affine": True}),
        )
        self.head = nn.Linear(hidden, classes)

    def features(self, image: Tensor) -> Tensor:
        """(B, 1, I, J, K) image in 0-1 -> (B, hidden, f^3, I/f, J/f, K/f) features of each voxel of each block."""
        x = self.net(fold(image, self.factor))
        return F.leaky_relu(x.unflatten(1, (self.hidden, self.factor**3)), 0.01)

    def logits(self, features: Tensor) -> Tensor:
        """(B, hidden, ...) -> (B, C, ...) logits."""
        return LOGIT_GAIN * self.head(features.movedim(1, -1)).movedim(-1, 1)

    def forward(self, image: Tensor) -> Tensor:
        """(B, 1, I, J, K) image in 0-1 -> (B, C, I, J, K) logits."""
        features = self.features(image)
        return self.logits(unfold(features.flatten(1, 2), self.factor))


class LabelFeatures(nn.Module):
    """A label map as few channels on a folded grid: learned embedding, fold, mix."""

    def __init__(self, classes: int, embedding: int, factor: int, width: int) -> None:
        super().__init__()
        self.factor = factor
        self.embed = nn.Embedding(classes, embedding)
        self.mix = nn.Conv3d(embedding * factor**3, width, kernel_size=1)

    def forward(self, classes: Tensor) -> Tensor:
        """(B, I, J, K) class indices -> (B, width, I/f, J/f, K/f)."""
        x = self.embed(classes.long()).movedim(-1, 1)
        return self.mix(fold(x, self.factor))


#: Features of each voxel that the detail convolutions see.
DETAIL_FEATURES = 4


class ImageAutoencoder(nn.Module):
    """Image <-> appearance latent, decoded under the label map: MONAI's `SPADEAutoencoderKL` on folded voxels.

    With ``detail`` channels (0: none) two convolutions at full resolution, which see the label of every voxel, add
    what folded blocks cannot show: edges that follow the label map, and no trace of the blocks.
    """

    def __init__(
        self,
        classes: int,
        embedding: int,
        label_width: int,
        factor: int,
        channels: list[int],
        latent_channels: int,
        hidden: int,
        detail: int = 0,
    ) -> None:
        super().__init__()
        self.factor = factor
        self.labels = LabelFeatures(classes, embedding, factor, label_width)
        features = DETAIL_FEATURES if detail else 1
        self.detail = (
            nn.Sequential(
                nn.Conv3d(features + embedding, detail, 3, padding=1), nn.SiLU(), nn.Conv3d(detail, 1, 3, padding=1)
            )
            if detail
            else None
        )
        self.net = SPADEAutoencoderKL(
            spatial_dims=3,
            label_nc=label_width,
            in_channels=factor**3,
            out_channels=features * factor**3,
            num_res_blocks=[1] * len(channels),
            channels=channels,
            attention_levels=[False] * len(channels),
            latent_channels=latent_channels,
            norm_num_groups=8,
            with_encoder_nonlocal_attn=False,
            with_decoder_nonlocal_attn=False,
            spade_intermediate_channels=hidden,
        )

    def encode(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 1, I, J, K) image -> mean and standard deviation of the latent."""
        return self.net.encode(fold(image, self.factor))

    def decode(self, latent: Tensor, classes: Tensor) -> Tensor:
        """Latent and (B, I, J, K) class indices -> (B, 1, I, J, K) image."""
        x = unfold(self.net.decode(latent, self.labels(classes)), self.factor)
        if self.detail is None:
            return x
        labels = self.labels.embed(classes.long()).movedim(-1, 1)
        return x[:, :1] + self.detail(torch.cat([x, labels.to(x.dtype)], dim=1))


class ImageDenoiser(nn.Module):
    """MONAI's `SPADEDiffusionModelUNet` on appearance latents, conditioned by tissue fractions of the label map."""

    def __init__(self, classes: int, latent_channels: int, channels: list[int], hidden: int) -> None:
        super().__init__()
        self.net = SPADEDiffusionModelUNet(
            spatial_dims=3,
            in_channels=latent_channels,
            out_channels=latent_channels,
            label_nc=classes,
            channels=channels,
            attention_levels=[False] * (len(channels) - 1) + [True],
            num_res_blocks=1,
            num_head_channels=channels[-1] // 4,
            norm_num_groups=16,
            spade_intermediate_channels=hidden,
        )

    def forward(self, x: Tensor, time: Tensor, fractions: Tensor) -> Tensor:
        """Noisy latent (B, L, i, j, k), time (B,), tissue fractions (B, C, i, j, k) -> prediction like x."""
        return self.net(x, timesteps=time, seg=fractions)


KINDS: dict[str, type[nn.Module]] = {
    "segmenter": Segmenter,
    "mask_autoencoder": MaskAutoencoder,
    "mask_denoiser": MaskDenoiser,
    "image_autoencoder": ImageAutoencoder,
    "image_denoiser": ImageDenoiser,
}


def build(kind: str, config: dict[str, Any]) -> nn.Module:
    """The network of one kind with freshly initialised weights."""
    return KINDS[kind](**config)


def stored_tensors(network: nn.Module) -> dict[str, Tensor]:
    """What has to be kept of a network. MONAI's `DynUNet` registers its blocks under two names; one is enough."""
    again = set(dict(network.named_parameters(remove_duplicate=False))) - set(dict(network.named_parameters()))
    return {name: value for name, value in network.state_dict().items() if name not in again}


def fill(network: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Give a network its stored tensors. Raises `RuntimeError` if they do not fit it."""
    lacking = set(stored_tensors(network)) - set(tensors)
    unknown = network.load_state_dict(tensors, strict=False).unexpected_keys
    if lacking or unknown:
        raise RuntimeError(f"missing: {', '.join(sorted(lacking)) or 'none'}; unknown: {', '.join(unknown) or 'none'}")
