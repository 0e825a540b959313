"""images: decode and resize every readable picture once, into one packed file, and find near-identical pictures.

Reads the pictures that data/annotations/images.parquet lists, and twins.csv of the data set. Writes data/images/:
pixels.npy, uint8 of shape (pictures, size, size, 3); index.parquet, the artwork of each row, or why a picture has none;
and twins.parquet, the groups of near-identical pictures. Later stages read these files and never the picture folder.
"""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from stages.annotations.metadata import Artwork, read_twins
from stages.annotations.tables import load_images
from stages.common.artworks import ARTWORK, picture_folder
from stages.common.entry import run
from stages.common.errors import UserError
from stages.common.files import require_space
from stages.common.params import load
from stages.common.pictures import UnreadablePicture, squared
from stages.common.processes import usable_cores
from stages.common.progress import track
from stages.images import packed, twins
from stages.images.params import Images, Params
from stages.images.twins import TwinFinder, thumbnail

# Pictures decoded ahead of the writer: bounds the memory.
AHEAD = 256
# Pixels, uint8 (size, size, 3), and the thumbnail for the search of twins.
Decoded = tuple[np.ndarray, np.ndarray]


def main() -> str:
    params = load(Params)
    size = params.images.size
    images = load_images()
    twin_groups = read_twins(Path("data/raw") / params.dataset / "twins.csv")
    folder = picture_folder(params.dataset)
    if len(images) and not folder.is_dir():
        raise UserError(f"{folder}: no such folder, but images.tsv lists pictures in it; create it or link to it")
    require_space(packed.FOLDER, packed.bytes_of(len(images), size), f"{len(images):,} packed pictures")
    problems: list[str | None] = []
    finder = TwinFinder()
    decoded = track(_decode_all(images, folder, params.images), "decoding", total=len(images))
    count, digest = packed.save_pixels(_readable(decoded, problems, finder), size)
    packed.save_index(images, problems, params.images.fit, digest)
    index = images[np.array([problem is None for problem in problems], bool)]
    groups = finder.groups(_group_numbers(index, twin_groups))
    twins.save(index, groups)
    for path, problem in zip(images["path"], problems, strict=True):
        if problem:
            print(f"  skipped: {path}: {problem}")
    in_groups = np.count_nonzero(groups >= 0)
    twins_found = f", {in_groups:,} of them with a twin" if in_groups else ""
    return f"{count:,} pictures of {size} x {size}{twins_found}, {len(images) - count:,} unreadable"


def _decode_all(images: pd.DataFrame, folder: Path, config: Images) -> Iterator[Decoded | UnreadablePicture]:
    """Decode in threads (Pillow releases the GIL), at most AHEAD pictures ahead of the consumer."""

    def decode(path: str, digest: str) -> Decoded | UnreadablePicture:
        return _decode(folder / path, digest, config)

    with ThreadPoolExecutor(usable_cores()) as pool:
        for start in range(0, len(images), AHEAD):
            part = images[start : start + AHEAD]
            yield from pool.map(decode, part["path"], part["digest"])


def _decode(path: Path, digest: str, config: Images) -> Decoded | UnreadablePicture:
    """Decode one picture.

    Raises:
        UserError: the file is missing or has changed. The picture folder is no dependency of the stage, so a picture
            skipped here would still be missing after it is restored.
    """
    again = "list the pictures again with `artemis inventory <dataset>`"
    try:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            raise UserError(f"{path}: differs from the picture in images.tsv; restore it, or {again}")
        image = squared(content, config.size, config.fit)
        return np.asarray(image), thumbnail(image)
    except UnreadablePicture as problem:
        return problem
    except OSError as error:
        raise UserError(
            f"{path}: listed in images.tsv, but cannot be opened ({error.strerror}); restore it, or {again}"
        ) from None


def _readable(
    decoded: Iterator[Decoded | UnreadablePicture], problems: list[str | None], finder: TwinFinder
) -> Iterator[np.ndarray]:
    """Yield the pixels of readable pictures; append to `problems` for every picture, and add thumbnails to `finder`."""
    for picture in decoded:
        if isinstance(picture, UnreadablePicture):
            problems.append(str(picture))
        else:
            pixels, small = picture
            problems.append(None)
            finder.add(small)
            yield pixels


def _group_numbers(index: pd.DataFrame, groups: dict[Artwork, str]) -> np.ndarray:
    """Number of each picture's group in twins.csv, or -1; int (N,)."""
    names = [groups.get(artwork) for artwork in index[ARTWORK].itertuples(index=False, name=None)]
    if groups and (missing := len(groups) - sum(name is not None for name in names)):
        print(f"  twins.csv: {missing:,} of its {len(groups):,} artworks have no readable picture")
    return pd.factorize(np.array(names, dtype=object))[0]


if __name__ == "__main__":
    run(__doc__, main)
