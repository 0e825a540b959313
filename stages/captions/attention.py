"""Attention maps of captions, stored compactly beside the table of captions."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stages.common.tables import save_with

PATH = Path("data/captions/attention.npz")


def save(maps: Sequence[np.ndarray], path: Path = PATH) -> None:
    """Write one (tokens, h, w) array for each caption, in the order of the table, as float16."""
    lengths = np.array([len(one) for one in maps], np.int64)
    together = np.concatenate(maps).astype(np.float16)
    save_with(lambda beside: np.savez_compressed(beside, maps=together, lengths=lengths), path)


def load(path: Path = PATH) -> list[np.ndarray]:
    """What `save` wrote, as float32; row i of the table looked with the i-th array.

    One map for each token of the caption, and one for its end where it got that far.
    """
    with np.load(path) as file:
        return np.split(file["maps"].astype(np.float32), file["lengths"].cumsum()[:-1])
