"""Painting and encoding many pictures, by a pool of processes where it pays."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from stages.common.cores import usable_cores
from stages.common.processes import pool
from stages.common.progress import track
from stages.demo import painter
from stages.demo.artworks import PAINT, Artwork, stream

QUALITY = 90
# A process takes longer to start than this many pictures take to paint.
FEW_PICTURES = 32


def paint_artwork(artwork: Artwork, size: int, seed: int) -> np.ndarray:
    """The pixels of one artwork of a corpus before encoding, uint8 (H, W, 3)."""
    return painter.paint(artwork.description, size, stream(seed, artwork.number, PAINT))


def paint_pictures(artworks: Sequence[Artwork], folder: Path, size: int, seed: int) -> None:
    """Paint and encode `<folder>/<art_style>/<painting>.jpg` for every artwork."""
    for style in {artwork.description.style for artwork in artworks}:
        (folder / style).mkdir(parents=True, exist_ok=True)
    save = partial(_save_picture, folder=folder, size=size, seed=seed)
    workers = min(usable_cores(), len(artworks) // FEW_PICTURES)
    if workers < 2:
        _exhaust(map(save, artworks), len(artworks))
        return
    with pool(workers) as painters:
        _exhaust(painters.map(save, artworks, chunksize=8), len(artworks))


def _exhaust(done: Iterable[None], total: int) -> None:
    for _ in track(done, "pictures painted", total):
        pass


def _save_picture(artwork: Artwork, folder: Path, size: int, seed: int) -> None:
    image = Image.fromarray(paint_artwork(artwork, size, seed))
    image.save(folder / artwork.path, "JPEG", quality=QUALITY)
