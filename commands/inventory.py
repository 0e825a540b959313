"""`artemis inventory`: the list of the pictures of your own data set."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from stages.common.errors import UserError


def inventory(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="The name of a folder of data/raw/.")],
) -> None:
    """List the pictures of your own data set.

    Writes data/raw/DATASET/images.tsv: path, bytes, digest and size of every .jpg, .jpeg,
    .png, .webp, .tif, .tiff, .bmp and .gif file in data/raw/DATASET/images/ (a link is
    fine, and links inside are followed). Files of other kinds, hidden files and folders,
    and folders that cannot be read are named on stderr. The study compares the digests,
    so run it again when pictures change. Without that folder the list is empty; the text
    stages run with `annotations.require_images: false`.

    dataset.yaml, exclude.csv, genres.csv and twins.csv are written, empty, where they are
    missing.

    \b
    Example:
      artemis inventory museum
    """
    from stages.annotations.metadata import write_missing
    from stages.common.inventory import describe, save
    from stages.common.picture_folders import search

    folder = Path("data/raw") / dataset
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder; make it, with annotations.csv and images/ inside")
    found = search(folder / "images")
    pictures = describe(folder / "images", found.pictures)
    save(pictures, folder / "images.tsv")
    unreadable = sum(picture.problem is not None for picture in pictures)
    outside = _outside(folder / "images", [picture.path for picture in pictures])
    notes = f", {unreadable:,} of them unreadable" if unreadable else ""
    notes += f", {outside:,} of them by links to files outside that folder" if outside else ""
    print(f"{folder / 'images.tsv'}: {len(pictures):,} pictures{notes}")
    unread = (f"{path}: {reason}" for path, reason in found.unreadable.items())
    for note in (*found.notes(), *unread):
        print(f"{folder / 'images'}: {note}", file=sys.stderr)
    for path in write_missing(folder):
        print(f"{path}: written, empty, to be filled in where there is something to say")


def _outside(folder: Path, paths: Iterable[str]) -> int:
    """The number of pictures that lie elsewhere: links are followed, but a foreign data set should not need them."""
    root = folder.resolve()
    return sum(not (root / path).resolve().is_relative_to(root) for path in paths)
