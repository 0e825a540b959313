"""Compute the features of all packed pictures: one pass of a frozen backbone, written to disk as it goes."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch

from stages.common.files import GB, atomic_write, require_space
from stages.common.params import Pooling
from stages.common.progress import track
from stages.features import store
from stages.features.looking import BATCH, Looked, look
from stages.images.packed import Packed
from stages.learning.backbones import Backbone


def compute(
    backbone: Backbone,
    images: Packed,
    folder: Path,
    *,
    pooling: Pooling,
    places: bool,
    device: torch.device,
    looked: Iterable[Looked] | None = None,
) -> int:
    """Write the pooled features of all pictures to `folder`, and with `places` their grids; returns the places of one.

    Args:
        backbone: without pooling.
        looked: the features, some at a time, in any order; by default they are computed here.

    Raises:
        UserError: the disk has no room for them.
    """
    backbone.to(device).eval()
    count, channels = len(images.pixels), backbone.channels
    grid, width = 0, channels
    for first in look(backbone, images.pixels, range(min(count, 1)), pooling, places=True, device=device):
        if first.places is not None:
            grid, width = first.places.shape[1], first.pooled.shape[1]
    kept = count if places else 0
    needed = kept * grid * channels * 2 + count * width * 4
    require_space(folder, needed, f"the features of {count:,} pictures")
    if places:
        print(f"  {grid} places x {channels:,} channels of each picture: {needed / GB:.2f} GB", flush=True)
    if looked is None:
        looked = look(backbone, images.pixels, range(count), pooling, places=places, device=device)
    size = BATCH["cuda" if device.type == "cuda" else "cpu"]
    vectors = np.zeros((count, width), np.float32)
    with atomic_write(folder / store.PLACES) as beside, beside.open("wb") as file:
        header = {"descr": "<f2", "fortran_order": False, "shape": (kept, grid, channels)}
        np.lib.format.write_array_header_1_0(file, header)
        begin = file.tell()
        for some in track(looked, "features", -(-count // size)):
            vectors[some.start : some.start + len(some.pooled)] = some.pooled
            if some.places is not None:
                file.seek(begin + some.start * grid * channels * 2)
                file.write(some.places.tobytes())
    origin = {
        "backbone": backbone.name,
        "pooling": pooling,
        "pixels": images.digest,
        "encoder": backbone.digest(),
    }
    store.save(vectors, images.index, origin, folder)
    return grid
