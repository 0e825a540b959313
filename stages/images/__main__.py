"""images: decode and resize every readable picture once, into one packed file.

Makes data/images/pixels.npy, uint8 of shape (pictures, size, size, 3), and
index.parquet, which says what each row shows and why a picture has none. Every later
stage that looks at pictures reads these two files and never the folder. twins.parquet
tells which pictures are nearly identical, or said to be one painting by the data set.
"""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from stages.annotations.beside import Artwork, read_twins
from stages.annotations.tables import load_images
from stages.common.artworks import picture_folder
from stages.common.entry import run
from stages.common.errors import UserError
from stages.common.files import require
from stages.common.params import load
from stages.common.pictures import UnreadablePicture, squared
from stages.common.processes import usable_cores
from stages.common.progress import track
from stages.images.packed import FOLDER, KEY, bytes_of, save_index, save_pixels
from stages.images.params import Images, Params
from stages.images.twins import Looks, save, thumbnail

# Pictures decoded before the writer has taken them: bounds the memory.
AHEAD = 256
# The pixels, uint8 (size, size, 3), and the thumbnail by which twins are found.
Decoded = tuple[np.ndarray, np.ndarray]


def main() -> str:
    params = load(Params)
    images = load_images()
    problems: list[str | None] = []
    looks = Looks()
    known = read_twins(Path("data/raw") / params.dataset / "twins.csv")
    folder = picture_folder(params.dataset)
    if len(images) and not folder.is_dir():
        raise UserError(
            f"{folder}: there is no such folder, but images.tsv lists pictures in it; put them there, or a link to them"
        )
    require(FOLDER, bytes_of(len(images), params.images.size), f"{len(images):,} packed pictures")
    decoded = _decode_all(images, folder, params.images)
    readable = _readable(track(decoded, "decoding", total=len(images)), problems, looks)
    count, digest = save_pixels(readable, params.images.size)
    save_index(images, problems, params.images.fit, digest)
    packed = images[np.array([problem is None for problem in problems], bool)]
    twins = looks.groups(_numbers(packed, known))
    save(packed, twins)
    for path, problem in zip(images["path"], problems, strict=True):
        if problem:
            print(f"  left out: {path}: {problem}")
    alike = np.count_nonzero(twins >= 0)
    told = f", {alike:,} of them twins of another" if alike else ""
    return (
        f"{count:,} pictures of {params.images.size} x {params.images.size}{told}, {len(images) - count:,} unreadable"
    )


def _decode_all(images: pd.DataFrame, folder: Path, params: Images) -> Iterator[Decoded | UnreadablePicture]:
    """Decode in threads (Pillow works without the GIL), a bounded number ahead of the writer."""

    def one(path: str, digest: str) -> Decoded | UnreadablePicture:
        try:
            content = (folder / path).read_bytes()
            if hashlib.sha256(content).hexdigest() != digest:
                raise UserError(
                    f"{folder / path}: the picture is not the one in images.tsv; if it was replaced on purpose, "
                    f"`python -m commands.inventory <dataset>` lists the pictures anew"
                )
            image = squared(content, params.size, params.fit)
            return np.asarray(image), thumbnail(image)
        except UnreadablePicture as problem:
            return problem
        except OSError as error:
            # Left out, it would stay out when it comes back: the folder is no dep.
            raise UserError(
                f"{folder / path}: images.tsv lists this picture, but it cannot be opened ({error.strerror}); bring it "
                f"back, or list the pictures anew with `python -m commands.inventory <dataset>`"
            ) from None

    with ThreadPoolExecutor(usable_cores()) as pool:
        for start in range(0, len(images), AHEAD):
            part = images[start : start + AHEAD]
            yield from pool.map(one, part["path"], part["digest"])


def _numbers(packed: pd.DataFrame, known: dict[Artwork, str]) -> np.ndarray:
    """For each picture the number of the group that twins.csv puts it in, or -1: int (N,)."""
    groups = [known.get(artwork) for artwork in packed[KEY].itertuples(index=False, name=None)]
    if known and (gone := len(known) - sum(group is not None for group in groups)):
        print(f"  twins.csv: no picture is packed of {gone:,} of its {len(known):,} artworks")
    return pd.factorize(np.array(groups, dtype=object))[0]


def _readable(
    decoded: Iterator[Decoded | UnreadablePicture], problems: list[str | None], looks: Looks
) -> Iterator[np.ndarray]:
    """Pass pictures on, and look at them; note for every one, in `problems`, what is wrong with it, if anything."""
    for picture in decoded:
        if isinstance(picture, UnreadablePicture):
            problems.append(str(picture))
        else:
            pixels, small = picture
            problems.append(None)
            looks.add(small)
            yield pixels


if __name__ == "__main__":
    run(__doc__, main)
