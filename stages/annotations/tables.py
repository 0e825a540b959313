"""Tables of this stage: schemas, readers and writers, and the join of pictures with artworks."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.artworks import ARTWORK
from stages.common.errors import UserError
from stages.common.files import read_json, write_parquet
from stages.common.inventory import Picture

FOLDER = Path("data/annotations")
NAME = pa.dictionary(pa.int32(), pa.string())
ANNOTATIONS = pa.schema(
    [
        ("record", pa.int64()),
        ("art_style", NAME),
        ("painting", NAME),
        ("emotion", NAME),
        ("utterance", pa.string()),
        # Number of annotations of the artwork, as the source gives it, or counted.
        ("repetition", pa.int32()),
        # True if images.parquet has a picture of the artwork whose header is readable.
        ("has_picture", pa.bool_()),
        # True if an earlier row has the same artwork, emotion and utterance.
        ("duplicate", pa.bool_()),
    ]
)
REJECTS = pa.schema([("record", pa.int64()), ("kind", pa.string()), ("reason", pa.string()), ("row", pa.string())])
GENRES = pa.schema([("art_style", pa.string()), ("painting", pa.string()), ("genre", pa.string())])
IMAGES = pa.schema(
    [
        ("art_style", pa.string()),
        ("painting", pa.string()),
        # Relative to the picture folder.
        ("path", pa.string()),
        ("bytes", pa.int64()),
        ("digest", pa.string()),
        # In pixels; null if the header is unreadable, for the reason in `problem`.
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("problem", pa.string()),
    ]
)
# <art_style>/<painting>.<suffix>. Surrogates stand for bytes that are not UTF-8, which no table can hold.
PICTURE_PATH = re.compile(r"([^/\ud800-\udfff]+)/([^/\ud800-\udfff]+)\.[^./]+")


def match_pictures(inventory: Iterable[Picture], artworks: pd.DataFrame) -> pd.DataFrame:
    """Rows of the inventory whose path names one of `artworks`, with art_style and painting.

    Raises:
        UserError: two files show the same artwork (`a.jpg` beside `a.png`).
    """
    named = [(*match.groups(), *picture) for picture in inventory if (match := PICTURE_PATH.fullmatch(picture.path))]
    files = pd.DataFrame(named, columns=[*ARTWORK, *Picture._fields]).astype(dict.fromkeys(ARTWORK, "str"))
    pictures = files.merge(artworks[ARTWORK].drop_duplicates(), on=ARTWORK)
    repeated = pictures.loc[pictures.duplicated(ARTWORK, keep=False)].sort_values(ARTWORK)["path"]
    if not repeated.empty:
        raise UserError(f"two pictures for one artwork: {' and '.join(repeated[:2])}; keep one of them")
    return pictures


def save_annotations(frame: pd.DataFrame, folder: Path = FOLDER) -> None:
    """Write annotations.parquet from a frame in memory; the column `duplicate` is computed if missing."""
    if "duplicate" not in frame:
        frame = frame.assign(duplicate=frame.duplicated([*ARTWORK, "emotion", "utterance"]))
    write_parquet(_table(frame, ANNOTATIONS), folder / "annotations.parquet")


def save_images(frame: pd.DataFrame, folder: Path = FOLDER) -> None:
    """Write images.parquet, sorted by artwork: the annotated artworks that have a picture."""
    write_parquet(_table(frame.sort_values(ARTWORK), IMAGES), folder / "images.parquet")


def save_genres(genres: Mapping[tuple[str, str], str], folder: Path = FOLDER) -> None:
    """Write genres.parquet, sorted by artwork: the annotated artworks that have a genre."""
    rows = [(*artwork, genre) for artwork, genre in sorted(genres.items())]
    write_parquet(_table(pd.DataFrame(rows, columns=GENRES.names), GENRES), folder / "genres.parquet")


def load_annotations(folder: Path = FOLDER) -> pd.DataFrame:
    """All annotations in the order of the source; text columns are plain strings."""
    table = pq.read_table(folder / "annotations.parquet")
    plain = pa.schema([(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type) for f in table.schema])
    return table.cast(plain).to_pandas()


def load_images(folder: Path = FOLDER) -> pd.DataFrame:
    """Annotated artworks that have a picture, readable or not."""
    return pq.read_table(folder / "images.parquet").to_pandas()


def load_genres(folder: Path = FOLDER) -> pd.DataFrame:
    """Annotated artworks that have a genre: art_style, painting, genre."""
    return pq.read_table(folder / "genres.parquet").to_pandas()


def load_card(folder: Path = FOLDER) -> dict[str, Any]:
    """Dataset card: name, citation, licence, terms, consent, redistribute."""
    card: dict[str, Any] = read_json(folder / "dataset.json")
    return card


def may_be_shown(sharing: bool, folder: Path = FOLDER) -> bool:
    """False if pages must leave out pictures and utterances: they are for sharing, and the card forbids it."""
    return not sharing or bool(load_card(folder)["redistribute"])


def _table(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pandas(frame.reindex(columns=schema.names), schema=schema, preserve_index=False)
