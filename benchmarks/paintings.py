"""Made-up files of pictures, of the size and weight of ArtEmis', for measuring what reads them."""

import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

# Distinct pictures that are drawn; the others are copies with a few bytes of their own, since
# drawing costs more than decoding, which is what the stages do.
DRAWN = 64
# A landscape and a portrait, the longer side 600 pixels, as ArtEmis' authors kept WikiArt.
SIDES = ((600, 450), (430, 600))


def paint(folder: Path, names: Iterable[tuple[str, str]]) -> None:
    """A JPEG of about 76 kB for each (style, painting): smooth noise, which compresses about as paintings do."""
    drawn = [_jpeg(side, seed) for seed, side in zip(range(DRAWN), SIDES * DRAWN, strict=False)]
    for number, (style, painting) in enumerate(names):
        (folder / style).mkdir(parents=True, exist_ok=True)
        (folder / style / f"{painting}.jpg").write_bytes(drawn[number % DRAWN] + number.to_bytes(4, "little"))


def _jpeg(side: tuple[int, int], seed: int) -> bytes:
    generator = np.random.default_rng((2021, seed))
    coarse = Image.fromarray(generator.integers(0, 256, (40, 40, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize(side, Image.Resampling.BICUBIC))
    noisy = np.clip(smooth + generator.normal(0, 8, (*smooth.shape[:2], 1)), 0, 255)
    file = io.BytesIO()
    Image.fromarray(noisy.astype(np.uint8)).save(file, "JPEG", quality=80)
    return file.getvalue()
