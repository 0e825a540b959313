"""Turn ArtEmis' list of paintings that WikiArt holds twice into the twins.csv of a data set.

The list lies in a copy of ArtEmis' code, artemis/data/wiki_art_duplicate_paintings.pkl:
groups of (art_style, painting), pickled; none of its code is run.

  python -m formats.artemis.twins wiki_art_duplicate_paintings.pkl <dataset>
"""

import argparse
import csv
from pathlib import Path
from typing import Any

from formats.artemis.pickles import load_pickles
from stages.annotations.beside import TWINS, read_twins
from stages.common.entry import tool
from stages.common.errors import UserError
from stages.common.files import replacing


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m formats.artemis.twins",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("duplicates", type=Path, help="pickle of groups of paintings")
    parser.add_argument("dataset", help="a folder of data/raw/")
    asked = parser.parse_args()
    print(take(asked.duplicates, Path("data/raw") / asked.dataset))
    return 0


def take(duplicates: Path, folder: Path) -> str:
    """Write `folder`/twins.csv; returns what it holds, in words.

    Raises:
        UserError: the list cannot be read or holds something else, there is no such folder, or its
            twins.csv says something already.
    """
    groups = read(duplicates)
    path = folder / "twins.csv"
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder; make it, with annotations.csv and images/ inside")
    if path.exists() and read_twins(path):
        raise UserError(f"{path} names twins already; move it away, or add to it what is missing")
    with replacing(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(TWINS)
        writer.writerows((*artwork, number) for number, group in enumerate(groups, start=1) for artwork in group)
    return f"{path}: {len(groups):,} groups of {sum(map(len, groups)):,} artworks, as in {duplicates}"


def read(path: Path) -> list[list[tuple[str, str]]]:
    """The groups of (art_style, painting) in a file.

    Raises:
        UserError: it cannot be read, or holds something else.
    """
    held = load_pickles(path)
    if len(held) != 1 or not isinstance(held[0], list) or not all(map(_is_group, held[0])):
        raise UserError(f"{path}: holds no list of groups of (art_style, painting)")
    return [[(style, painting) for style, painting in group] for group in held[0]]


def _is_group(found: Any) -> bool:
    return isinstance(found, (list, tuple)) and all(
        isinstance(one, (list, tuple)) and len(one) == 2 and all(isinstance(part, str) and part for part in one)
        for one in found
    )


if __name__ == "__main__":
    tool(main)
