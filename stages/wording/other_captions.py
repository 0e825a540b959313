"""Captions of other data sets for comparison, in the formats in which they are published.

Files in data/raw/resources/captions/ are recognised by their names; several files of one data set (`coco_train.json`,
`coco_val.json`) are read as one.
"""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from stages.common.errors import UserError
from stages.common.files import read_json

FOLDER = "captions"
# Name of the picture, and the caption.
Row = tuple[str, str]


def coco(path: Path) -> Iterator[Row]:
    """COCO's captions_*.json, or the JSON of Karpathy's splits."""
    content = read_json(path)
    if "annotations" in content:
        yield from ((str(row["image_id"]), row["caption"]) for row in content["annotations"])
    else:
        yield from ((image["filename"], row["raw"]) for image in content["images"] for row in image["sentences"])


def flickr30k(path: Path) -> Iterator[Row]:
    """Flickr30k's results_*.token: `picture.jpg#0`, tab, caption."""
    for line in path.read_text(encoding="utf-8").splitlines():
        name, _, caption = line.partition("\t")
        yield name.partition("#")[0], caption


def google_refexp(path: Path) -> Iterator[Row]:
    """Google's google_refexp_*.json, as released (lists) or aligned with COCO (dicts)."""
    content = read_json(path)
    captions = {row["refexp_id"]: row["raw"] for row in _values(content["refexps"])}
    for region in _values(content["annotations"]):
        yield from ((str(region["image_id"]), captions[number]) for number in region["refexp_ids"])


def _values(collection: Any) -> list[Any]:
    return list(collection.values() if isinstance(collection, dict) else collection)


def conceptual_captions(path: Path) -> Iterator[Row]:
    """Conceptual Captions' TSV: caption, tab, address of the picture."""
    with path.open(encoding="utf-8", newline="") as file:
        for caption, address, *_ in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield address, caption


READERS: dict[str, tuple[str, Callable[[Path], Iterator[Row]]]] = {
    "COCO": ("coco*.json", coco),
    "Flickr30k": ("flickr30k*.token", flickr30k),
    "Google RefExp": ("google_refexp*.json", google_refexp),
    "Conceptual Captions": ("conceptual_captions*.tsv", conceptual_captions),
}


def find(resources: Path) -> dict[str, list[Path]]:
    """Files of each data set that has any."""
    files = {name: sorted((resources / FOLDER).glob(pattern)) for name, (pattern, _) in READERS.items()}
    return {name: paths for name, paths in files.items() if paths}


def load(name: str, paths: list[Path]) -> pd.DataFrame:
    """Captions of a data set: picture, caption.

    Raises:
        UserError: a file has another format.
    """
    rows: list[Row] = []
    for path in paths:
        try:
            rows += READERS[name][1](path)
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{path}: no captions in the format of {name} ({error!r}); replace or remove the file"
            ) from None
    return pd.DataFrame(rows, columns=["picture", "caption"])
