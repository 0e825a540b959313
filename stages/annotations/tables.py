"""The tables that this stage makes: schemas, writing, reading, and the picture of each artwork."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

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
        ("repetition", pa.int32()),
        # Whether a picture is listed whose header can be read.
        ("has_picture", pa.bool_()),
        # Whether an earlier row has the same artwork, emotion and utterance.
        ("duplicate", pa.bool_()),
    ]
)
REJECTS = pa.schema([("record", pa.int64()), ("kind", pa.string()), ("reason", pa.string()), ("row", pa.string())])
GENRES = pa.schema([("art_style", pa.string()), ("painting", pa.string()), ("genre", pa.string())])
IMAGES = pa.schema(
    [
        ("art_style", pa.string()),
        ("painting", pa.string()),
        ("path", pa.string()),
        ("bytes", pa.int64()),
        ("digest", pa.string()),
        # In pixels; null where the header cannot be read, and then `problem` says why.
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("problem", pa.string()),
    ]
)


def save_annotations(frame: pd.DataFrame, folder: Path = FOLDER) -> None:
    """Write annotations.parquet from a frame in memory; duplicates are looked for where it does not tell them."""
    if "duplicate" not in frame:
        frame = frame.assign(duplicate=frame.duplicated(["art_style", "painting", "emotion", "utterance"]))
    write_parquet(_table(frame, ANNOTATIONS), folder / "annotations.parquet")


def save_images(frame: pd.DataFrame, folder: Path = FOLDER) -> None:
    """Write images.parquet: the picture of each annotated artwork that has one, sorted."""
    write_parquet(_table(frame.sort_values(["art_style", "painting"]), IMAGES), folder / "images.parquet")


def save_genres(genres: Mapping[tuple[str, str], str], folder: Path = FOLDER) -> None:
    """Write genres.parquet: the genre of each annotated artwork that has one, sorted."""
    rows = [(*artwork, genre) for artwork, genre in sorted(genres.items())]
    write_parquet(_table(pd.DataFrame(rows, columns=GENRES.names), GENRES), folder / "genres.parquet")


def load_annotations(folder: Path = FOLDER) -> pd.DataFrame:
    """All annotations in CSV order; text columns are plain strings."""
    table = pq.read_table(folder / "annotations.parquet")
    plain = pa.schema([(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type) for f in table.schema])
    return table.cast(plain).to_pandas()


def load_images(folder: Path = FOLDER) -> pd.DataFrame:
    """Artworks with a picture, readable or not; `path` is relative to the picture root."""
    return pq.read_table(folder / "images.parquet").to_pandas()


def load_genres(folder: Path = FOLDER) -> pd.DataFrame:
    """Artworks with a genre: art_style, painting, genre."""
    return pq.read_table(folder / "genres.parquet").to_pandas()


def load_card(folder: Path = FOLDER) -> dict[str, Any]:
    """What dataset.yaml said: name, citation, licence, terms, consent, redistribute."""
    card: dict[str, Any] = read_json(folder / "dataset.json")
    return card


def may_be_shown(sharing: bool, folder: Path = FOLDER) -> bool:
    """Whether a page may hold pictures and people's own words: in one made for sharing only if dataset.yaml says so."""
    return not sharing or bool(load_card(folder)["redistribute"])


def _table(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pandas(frame.reindex(columns=schema.names), schema=schema, preserve_index=False)


KEY = ["art_style", "painting"]
# Surrogates stand for bytes that are not UTF-8: no annotation has such a name, and no table can hold it.
PATH = re.compile(r"([^/\ud800-\udfff]+)/([^/\ud800-\udfff]+)\.[^./]+")


def match(inventory: Iterable[Picture], annotations: pd.DataFrame) -> pd.DataFrame:
    """The inventory's rows (path, bytes, digest) of annotated artworks, with art_style and painting.

    Raises:
        UserError: two files claim the same artwork (`a.jpg` beside `a.png`).
    """
    named = [(*found.groups(), *picture) for picture in inventory if (found := PATH.fullmatch(picture.path))]
    files = pd.DataFrame(named, columns=[*KEY, *Picture._fields]).astype(dict.fromkeys(KEY, "str"))
    pictures = files.merge(annotations[KEY].drop_duplicates(), on=KEY)
    twins = pictures.loc[pictures.duplicated(KEY, keep=False)].sort_values(KEY)["path"]
    if not twins.empty:
        raise UserError(f"two pictures for one artwork: {' and '.join(twins[:2])}; keep one of them")
    return pictures
