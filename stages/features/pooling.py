"""Pooled features: one vector per picture from the feature map of a frozen backbone."""

from collections.abc import Iterator

import numpy as np
import torch

from stages.common.errors import UserError
from stages.common.progress import track
from stages.features import pooled
from stages.learning.backbones import Backbone

BATCH = 64


def pool(backbone: Backbone, pixels: np.ndarray, device: torch.device) -> np.ndarray:
    """Features of pictures: uint8 (N, S, S, 3) -> float32 (N, C).

    They are the mean over the places of the feature map; a backbone that pools itself has a single place.
    """
    backbone.to(device).eval()
    batches: Iterator[int] = track(range(0, len(pixels), BATCH), "features")
    with torch.inference_mode():
        features = [
            backbone(torch.from_numpy(np.array(pixels[start : start + BATCH])).to(device)).mean(1).float().cpu().numpy()
            for start in batches
        ]
    return np.concatenate(features) if features else np.zeros((0, backbone.channels), np.float32)


def check_features(backbone: Backbone, first: np.ndarray, pixels: np.ndarray) -> None:
    """Check that the stored features come from this backbone, before a model is trained on them.

    Args:
        first: first row of the stored features, (1, C).
        pixels: of all pictures.

    Raises:
        UserError: they differ, for instance since the file of weights has changed.
    """
    features = pool(backbone, pixels[:1], torch.device("cpu"))
    if features.shape != first.shape or not np.allclose(features, first, rtol=1e-2, atol=1e-3):
        raise UserError(
            f"{pooled.FOLDER / 'pooled.npy'}: not the features that {backbone.name} computes with these weights; "
            "compute them again with `dvc repro -f features`"
        )
