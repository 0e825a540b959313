"""python -m commands.inventory <dataset>: list the pictures of a data set of one's own.

Reads data/raw/<dataset>/images/ (a link is fine) and writes data/raw/<dataset>/images.tsv:
path, bytes, digest and size of every .jpg, .jpeg and .png. After that the digests stand
for the pictures; run it again when pictures change. Without the folder the list is
empty, and with `annotations.require_images: false` the study goes as far as text alone
can. dataset.yaml, exclude.csv, genres.csv and twins.csv are written, empty, where they
are missing.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

from stages.annotations.beside import write_missing
from stages.common import inventory
from stages.common.entry import tool
from stages.common.errors import UserError


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", help="a folder of data/raw/")
    folder = Path("data/raw") / parser.parse_args().dataset
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder; make it, with annotations.csv and images/ inside")
    pictures = inventory.scan(folder / "images")
    inventory.save(pictures, folder / "images.tsv")
    unreadable = sum(picture.problem is not None for picture in pictures)
    told = f", {unreadable:,} of them unreadable" if unreadable else ""
    outside = _outside(folder / "images", pictures)
    told += f", {outside:,} of them by links to files outside that folder" if outside else ""
    print(f"{folder / 'images.tsv'}: {len(pictures):,} pictures{told}")
    for path in write_missing(folder):
        print(f"{path}: written, empty, to be filled in where there is something to say")
    return 0


def _outside(folder: Path, pictures: Iterable[inventory.Picture]) -> int:
    """How many pictures lie elsewhere: links are followed, but a data set of somebody else's should not need them."""
    root = folder.resolve()
    return sum(not (root / picture.path).resolve().is_relative_to(root) for picture in pictures)


if __name__ == "__main__":
    tool(main)
