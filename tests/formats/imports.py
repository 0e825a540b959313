"""What tests of importers share: pictures to import, and what an import has written."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from formats.captioned_pictures import Caption, LeftOut, locate, write
from formats.dataset_card import Card
from formats.raw_data_set import new_folder

FOLDER = Path("data/raw/mine")


def picture(colour: str, kind: str = "PNG") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (4, 6), colour).save(content, kind)
    return content.getvalue()


def album(folder: Path, *names: str) -> Path:
    """A folder with pictures of these names."""
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(picture("blue"))
    return folder


def imported(records: Iterable[Caption | LeftOut], images: Path, card: Card | None = None) -> str:
    """Import captions as data/raw/mine; returns the summary."""
    card = card or Card()
    return write(locate(records, Path("captions"), images, card), new_folder("mine"), card)


def table(name: str, separator: str = ",") -> list[list[str]]:
    """The rows of a table of data/raw/mine, without the names of its columns."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter=separator))[1:]


def left_out() -> list[list[str]]:
    """Place, reason and details of what was left out."""
    return table("left_out.tsv", "\t")


def links() -> list[str]:
    """The paths of the pictures."""
    return sorted(path.relative_to(FOLDER / "images").as_posix() for path in (FOLDER / "images").glob("*/*"))
