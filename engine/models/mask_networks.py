"""The two networks of the mask generator: label map <-> latent, and the denoiser of latents."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from monai.networks.nets import AutoencoderKL, DiffusionModelUNet, DynUNet
from torch import Tensor, nn

from engine.models.folding import LOGIT_GAIN, fold, unfold

#: A block is background for sure from this probability on, and only if its neighbours are too.
SURE = 0.99
#: Logits of this many blocks of 2 at a time; all 33 classes of a whole brain would need 650 MB.
SLAB = 20_000


class Finer(nn.Module):
    """Twice the resolution: every voxel repeated, plus what a layer learns to add to each of its eight parts.

    The repeated share is the same for all parts, so a coarse answer is learnt at once and its details later.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.width = width
        self.shared = nn.Conv3d(channels, width, kernel_size=1)
        self.parts = nn.Conv3d(channels, width * 8, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, I, J, K) -> (B, width, 8, I, J, K), the eight parts in the order of `fold`."""
        return F.silu(self.shared(x).unsqueeze(2) + self.parts(x).unflatten(1, (self.width, 8)))

    def of_rows(self, rows: Tensor) -> Tensor:
        """The same for chosen voxels: (N, channels) -> (N, 8, width)."""
        shared = F.linear(rows, self.shared.weight.flatten(1), self.shared.bias)
        parts = F.linear(rows, self.parts.weight.flatten(1), self.parts.bias)
        return F.silu(shared.unsqueeze(2) + parts.unflatten(1, (self.width, 8))).transpose(1, 2)


class MaskAutoencoder(nn.Module):
    """Label map <-> latent. Labels are embedded and folded; MONAI's `AutoencoderKL` works on blocks of 4 voxels, which
    is the latent's resolution too if ``channels`` has one level; every further level halves it.

    A sampled latent is never quite one that an anatomy has. Before it is decoded, a U-net of ``context`` channels a
    level (MONAI's `DynUNet`), trained on noisy latents, brings it back to one that has; None: there is no such network.
    """

    factor = 4

    def __init__(
        self,
        classes: int,
        embedding: int,
        width: int,
        channels: list[int],
        latent_channels: int,
        context: list[int] | None = None,
        res_blocks: int = 1,
    ) -> None:
        super().__init__()
        self.embed = nn.Embedding(classes, embedding)
        self.squeeze = nn.Conv3d(embedding * self.factor**3, channels[0], kernel_size=1)
        self.net = AutoencoderKL(
            spatial_dims=3,
            in_channels=channels[0],
            out_channels=channels[0],
            num_res_blocks=res_blocks,
            channels=channels,
            attention_levels=[False] * len(channels),
            latent_channels=latent_channels,
            norm_num_groups=8,
            with_encoder_nonlocal_attn=False,
            with_decoder_nonlocal_attn=False,
        )
        self.context = _context(latent_channels, context) if context else None
        self.to_2 = Finer(channels[0], width)
        self.refine = nn.Sequential(nn.Conv3d(width, width, 3, padding=1), nn.SiLU())
        self.to_1 = Finer(width, width)
        self.head = nn.Linear(width, classes)
        # Only training asks these: what share of a block each class has, from its latent and half way up.
        self.latent_shares = nn.Sequential(
            nn.Conv3d(latent_channels, 64, kernel_size=1), nn.SiLU(), nn.Conv3d(64, classes, kernel_size=1)
        )
        self.middle_shares = nn.Conv3d(channels[0], classes, kernel_size=1)

    def encode(self, classes: Tensor) -> tuple[Tensor, Tensor]:
        """(B, I, J, K) class indices -> mean and standard deviation of the latent, each (B, L, i, j, k)."""
        x = self.embed(classes.long()).movedim(-1, 1)
        return self.net.encode(self.squeeze(fold(x, self.factor)))

    def decode_middle(self, latent: Tensor) -> Tensor:
        """Latent (B, L, i, j, k) -> (B, channels[0], I/4, J/4, K/4) features of blocks of 4."""
        return self.net.decode(latent if self.context is None else latent + self.context(latent))

    def decode_features(self, latent: Tensor) -> Tensor:
        """Latent (B, L, i, j, k) -> (B, width, 8, I/2, J/2, K/2) features of each voxel of blocks of 2."""
        return self.finer_features(self.decode_middle(latent))

    def finer_features(self, middle: Tensor) -> Tensor:
        """The same from the features of blocks of 4."""
        return self.to_1(self._blocks_of_2(middle))

    def _blocks_of_2(self, middle: Tensor) -> Tensor:
        x = unfold(self.to_2(middle).flatten(1, 2), 2)
        return x + self.refine(x)

    def decode_classes(self, latent: Tensor) -> Tensor:
        """Latent (1, L, i, j, k) -> (I, J, K) uint8 class indices. What is background for sure is not looked at voxel
        by voxel, which is half of the work."""
        middle = self.decode_middle(latent)
        background = (LOGIT_GAIN * self.middle_shares(middle).float()).softmax(dim=1)[:, :1]
        near = F.max_pool3d((background < SURE).float(), 3, stride=1, padding=1)
        near = F.interpolate(near, scale_factor=2.0, mode="nearest")[0, 0] > 0
        chosen = near.flatten().nonzero()[:, 0]
        rows = self._blocks_of_2(middle)[0].flatten(1)[:, chosen].T.contiguous()
        classes = torch.zeros(near.numel(), 8, dtype=torch.uint8, device=latent.device)
        for at, part in zip(chosen.split(SLAB), rows.split(SLAB), strict=True):
            classes[at] = self.head(self.to_1.of_rows(part)).argmax(dim=-1).to(torch.uint8)
        return unfold(classes.T.reshape(1, 8, *near.shape), 2)[0, 0]

    def logits(self, features: Tensor) -> Tensor:
        """Features (B, width, ...) -> (B, C, ...) logits."""
        return LOGIT_GAIN * self.head(features.movedim(1, -1)).movedim(-1, 1)


def _context(channels: int, filters: list[int]) -> nn.Module:
    levels = len(filters)
    return DynUNet(
        3,
        channels,
        channels,
        kernel_size=[3] * levels,
        strides=[1] + [2] * (levels - 1),
        upsample_kernel_size=[2] * (levels - 1),
        filters=filters,
        norm_name=("GROUP", {"num_groups": 8, "affine": True}),
    )


class ConditionEmbedding(nn.Module):
    """Continuous conditions for MONAI's diffusion networks: takes the place of their table of class embeddings.

    Each condition has a value in about -1..1 and a flag that says whether it is given; a missing one adds nothing of
    its value, which is what classifier-free guidance needs (Ho & Salimans 2022, arXiv 2207.12598).
    """

    def __init__(self, conditions: int, width: int, waves: int = 8) -> None:
        super().__init__()
        self.frequency: Tensor
        self.register_buffer("frequency", 2.0 ** torch.arange(waves) * torch.pi / 4, persistent=False)
        self.mlp = nn.Sequential(nn.Linear(conditions * (2 * waves + 2), width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, condition: Tensor) -> Tensor:
        """(B, N, 2) value and flag of each condition -> (B, width)."""
        value, given = condition.unbind(-1)
        angle = value.unsqueeze(-1) * self.frequency
        features = torch.cat([angle.sin(), angle.cos(), value.unsqueeze(-1)], dim=-1) * given.unsqueeze(-1)
        return self.mlp(torch.cat([features, given.unsqueeze(-1)], dim=-1).flatten(1))


class MaskDenoiser(nn.Module):
    """MONAI's `DiffusionModelUNet` on folded mask latents, conditioned by continuous values.

    All brains lie in the middle of the same grid, so the mean latent of the training set is an atlas; here it is a
    polynomial of the first condition, the ventricular volume. The network sees the atlas and the deviation from it: for
    x_t = (1 - t) x + t noise and x = atlas + r it is given (1 - t) r + t noise and predicts r - noise, to which the
    atlas is added back.
    """

    DEGREE = 3

    def __init__(
        self,
        latent_channels: int,
        latent_size: list[int],
        channels: list[int],
        conditions: int,
        factor: int = 2,
        res_blocks: int = 1,
        attention: list[bool] | None = None,
    ) -> None:
        super().__init__()
        self.factor = factor
        self.atlas: Tensor
        self.register_buffer("atlas", torch.zeros(self.DEGREE + 1, latent_channels, *latent_size))
        # The powers' means over the training set: left free, the condition then gives the mean of all brains.
        self.mean_powers: Tensor
        self.register_buffer("mean_powers", torch.zeros(self.DEGREE))
        self.net = DiffusionModelUNet(
            spatial_dims=3,
            in_channels=2 * latent_channels * factor**3,
            out_channels=latent_channels * factor**3,
            channels=channels,
            attention_levels=attention or [False] * (len(channels) - 1) + [True],
            num_res_blocks=res_blocks,
            num_head_channels=[width // 4 for width in channels],
            norm_num_groups=16,
            num_class_embeds=1,
        )
        self.net.class_embedding = ConditionEmbedding(conditions, 4 * channels[0])

    def forward(self, x: Tensor, time: Tensor, condition: Tensor) -> Tensor:
        """Noisy latent (B, L, i, j, k), time (B,) in 0..1000, condition (B, N, 2) -> velocity like x."""
        atlas = self.conditional_atlas(condition)
        share = 1 - time.view(-1, 1, 1, 1, 1) / 1000
        seen = torch.cat([x - share * atlas, atlas], dim=1)
        folded = self.net(fold(seen, self.factor), timesteps=time, class_labels=condition)
        return unfold(folded, self.factor) + atlas

    def conditional_atlas(self, condition: Tensor) -> Tensor:
        """Condition (B, N, 2) -> the mean latent (B, L, i, j, k) of brains of that ventricular volume."""
        value, given = condition[:, 0].unbind(-1)
        powers = torch.stack([value**n for n in range(1, self.DEGREE + 1)], dim=1) - self.mean_powers
        weights = torch.cat([torch.ones_like(given).unsqueeze(1), given.unsqueeze(1) * powers], dim=1)
        return torch.einsum("bn,nlijk->blijk", weights, self.atlas)
