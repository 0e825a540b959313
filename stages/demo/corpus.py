"""The embedded corpus as files: pictures, their inventory, the raw annotations and the truth."""

from pathlib import Path

from stages.common.errors import UserError
from stages.demo import inventory, tables
from stages.demo.artworks import Artwork, compose
from stages.demo.gallery import paint_pictures

FOLDER = Path("data/raw/demo")


def paint(folder: Path, pictures: int, size: int, seed: int) -> list[Artwork]:
    """Write a whole corpus to `folder`: annotations.csv, images/, images.tsv and truth.parquet.

    Many pictures are painted by a pool of fresh processes, so a script that calls
    this needs an `if __name__ == "__main__"`.

    Raises:
        UserError: `folder` already holds pictures.
    """
    if inventory.scan(folder / "images"):
        raise UserError(f"{folder / 'images'} already holds pictures; remove it, or name another folder")
    artworks = compose(pictures, seed)
    paint_pictures(artworks, folder / "images", size, seed)
    inventory.save(inventory.scan(folder / "images"), folder / "images.tsv")
    rows = tables.shuffled(artworks, seed)
    tables.save_annotations(artworks, rows, folder / "annotations.csv")
    tables.save_truth(artworks, rows, folder / "truth.parquet")
    return artworks
