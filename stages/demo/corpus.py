"""The embedded corpus as files: pictures, their inventory, the raw annotations and the truth."""

from pathlib import Path

from stages.common.errors import UserError
from stages.demo import inventory, tables
from stages.demo.artworks import Artwork, compose
from stages.demo.gallery import paint_pictures

FOLDER = Path("data/raw/demo")
CARD = """\
name: demo
citation: The embedded corpus of artemis-dvc
licence: MIT
terms: None; all of it is made by a program
consent: Nobody was asked, since nobody is in it
redistribute: true
"""


def paint(folder: Path, pictures: int, size: int, seed: int) -> list[Artwork]:
    """Write a whole corpus to `folder`: what any data set has, and truth.parquet.

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
    tables.save_genres(artworks, folder / "genres.csv")
    (folder / "exclude.csv").write_text("art_style,painting,record,reason\n", encoding="utf-8")
    (folder / "twins.csv").write_text("art_style,painting,group\n", encoding="utf-8")
    (folder / "dataset.yaml").write_text(CARD, encoding="utf-8")
    return artworks
