"""One vector for each picture: the mean over places of what a frozen backbone sees there."""

from collections.abc import Iterator

import numpy as np
import torch

from stages.common.progress import track
from stages.features.backbones import Backbone

BATCH = 64


def pool(backbone: Backbone, pixels: np.ndarray, device: torch.device) -> np.ndarray:
    """Mean over places of each picture's features: uint8 (N, S, S, 3) -> float32 (N, C)."""
    backbone.to(device).eval()
    batches: Iterator[int] = track(range(0, len(pixels), BATCH), "features")
    with torch.inference_mode():
        means = [
            backbone(torch.from_numpy(np.array(pixels[start : start + BATCH])).to(device)).mean(1).float().cpu().numpy()
            for start in batches
        ]
    return np.concatenate(means) if means else np.zeros((0, backbone.channels), np.float32)
