"""Compute the features of all packed pictures: one pass of a frozen backbone, streamed to disk."""

from pathlib import Path

import numpy as np
import torch

from stages.common.files import GB, atomic_write, require_space
from stages.common.params import Pooling
from stages.common.progress import track
from stages.features import store
from stages.images.packed import Packed
from stages.learning.backbones import Backbone
from stages.learning.device import gpu_errors

# Pictures in a batch: more are no faster on a CPU, whose caches they leave.
BATCH = {"cpu": 16, "cuda": 256}


def compute(
    backbone: Backbone, images: Packed, folder: Path, *, pooling: Pooling, places: bool, device: torch.device
) -> int:
    """Write the pooled features of all pictures to `folder`, and with `places` their grids; returns the places of one.

    Args:
        backbone: without pooling.

    Raises:
        UserError: the disk has no room for them.
    """
    backbone.to(device).eval()
    count, channels = len(images.pixels), backbone.channels
    grid, width = 0, channels
    if count:
        first, vector = _look(backbone, images.pixels[:1], pooling, device)
        grid, width = first.shape[1], vector.shape[1]
    kept = count if places else 0
    needed = kept * grid * channels * 2 + count * width * 4
    require_space(folder, needed, f"the features of {count:,} pictures")
    if places:
        print(f"  {grid} places x {channels:,} channels of each picture: {needed / GB:.2f} GB", flush=True)
    vectors = np.zeros((count, width), np.float32)
    size = BATCH["cuda" if device.type == "cuda" else "cpu"]
    with atomic_write(folder / store.PLACES) as beside, beside.open("wb") as file:
        header = {"descr": "<f2", "fortran_order": False, "shape": (kept, grid, channels)}
        np.lib.format.write_array_header_1_0(file, header)
        for start in track(range(0, count, size), "features"):
            rows = slice(start, min(start + size, count))
            features, pooled = _look(backbone, images.pixels[rows], pooling, device)  # (n, places, C), (n, C')
            vectors[rows] = pooled.cpu().numpy()
            if places:
                # Beyond float16 lies nothing that a normalised network yields; if it does, it is its largest number.
                largest = torch.finfo(torch.float16).max
                file.write(features.clamp(-largest, largest).half().contiguous().cpu().numpy().tobytes())
    origin = {
        "backbone": backbone.name,
        "pooling": pooling,
        "pixels": images.digest,
        "encoder": backbone.digest(),
    }
    store.save(vectors, images.index, origin, folder)
    return grid


def _look(
    backbone: Backbone, pixels: np.ndarray, pooling: Pooling, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """uint8 (n, S, S, 3) -> places float32 (n, places, C), and pooled (n, C')."""
    with torch.inference_mode(), gpu_errors("while computing features"):
        places, pooled = backbone.look(torch.from_numpy(np.ascontiguousarray(pixels)).to(device), pooling)
        return places.float(), pooled.float()
