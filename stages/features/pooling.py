"""Pooled features: the mean over places of a frozen backbone's output, computed once and stored."""

from collections.abc import Iterator

import numpy as np
import torch

from stages.common.errors import UserError
from stages.common.progress import track
from stages.features import pooled
from stages.learning.backbones import Backbone

BATCH = 64


def pool(backbone: Backbone, pixels: np.ndarray, device: torch.device) -> np.ndarray:
    """Each picture's features, by default their mean over places: uint8 (N, S, S, 3) -> float32 (N, C)."""
    backbone.to(device).eval()
    batches: Iterator[int] = track(range(0, len(pixels), BATCH), "features")
    with torch.inference_mode():
        means = [
            backbone(torch.from_numpy(np.array(pixels[start : start + BATCH])).to(device)).mean(1).float().cpu().numpy()
            for start in batches
        ]
    return np.concatenate(means) if means else np.zeros((0, backbone.channels), np.float32)


def recognise(backbone: Backbone, first: np.ndarray, pixels: np.ndarray) -> None:
    """What is to stand on this backbone learns from stored features, so they must be its own.

    Args:
        first: of the stored features, the first row (1, C).
        pixels: of all pictures.

    Raises:
        UserError: they are not, as after a change of the file of weights.
    """
    seen = pool(backbone, pixels[:1], torch.device("cpu"))
    if seen.shape != first.shape or not np.allclose(seen, first, rtol=1e-2, atol=1e-3):
        raise UserError(
            f"{pooled.FOLDER / 'pooled.npy'}: not the features that {backbone.name} computes with these weights; "
            f"`dvc repro -f features` computes them anew"
        )
