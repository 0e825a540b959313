"""Features of packed pictures by a frozen backbone, a batch at a time."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch

from stages.common.params import Pooling
from stages.learning.backbones import Backbone
from stages.learning.device import gpu_errors

# Pictures in a batch: more are no faster on a CPU, whose caches they leave.
BATCH = {"cpu": 16, "cuda": 256}


class Looked(NamedTuple):
    """Features of consecutive pictures.

    Attributes:
        start: row of the first one.
        places: float16 (n, places, C); None if they are not kept.
        pooled: float32 (n, C').
    """

    start: int
    places: np.ndarray | None
    pooled: np.ndarray


def look(
    backbone: Backbone, pixels: np.ndarray, rows: range, pooling: Pooling, *, places: bool, device: torch.device
) -> Iterator[Looked]:
    """Features of consecutive `rows` of pixels, uint8 (N, S, S, 3).

    Args:
        backbone: on the device, without pooling.
    """
    size = BATCH["cuda" if device.type == "cuda" else "cpu"]
    for start in rows[::size]:
        batch = np.ascontiguousarray(pixels[start : min(start + size, rows.stop)])
        with torch.inference_mode(), gpu_errors("while computing features"):
            grid, pooled = backbone.look(torch.from_numpy(batch).to(device), pooling)  # (n, places, C), (n, C')
            kept = _half(grid) if places else None
            yield Looked(start, kept, pooled.float().cpu().numpy())


def _half(grid: torch.Tensor) -> np.ndarray:
    """In float16. Beyond it lies nothing that a normalised network yields; if it does, it is its largest number."""
    largest = torch.finfo(torch.float16).max
    return grid.float().clamp(-largest, largest).half().contiguous().cpu().numpy()
