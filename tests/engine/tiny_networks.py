"""Configurations of the five networks that take no time: two latent channels, 32 x 32 x 32 voxels or more."""

from typing import Any

CONFIGS: dict[str, dict[str, Any]] = {
    "segmenter": {"classes": 33, "filters": [4, 4, 4], "hidden": 2, "factor": 2},
    "mask_autoencoder": {
        "classes": 33,
        "embedding": 2,
        "width": 8,
        "channels": [8, 8],
        "latent_channels": 2,
        "context": [8, 8, 16],
    },
    "mask_denoiser": {"latent_channels": 2, "latent_size": [4, 4, 4], "channels": [32, 32], "conditions": 2},
    "image_autoencoder": {
        "classes": 33,
        "embedding": 2,
        "label_width": 4,
        "factor": 2,
        "channels": [8, 8, 8],
        "latent_channels": 2,
        "hidden": 4,
        "detail": 4,
    },
    # More channels than the normalisation has groups, or it would take away what time and conditions add.
    "image_denoiser": {"classes": 33, "latent_channels": 2, "channels": [32, 32], "hidden": 4},
}
