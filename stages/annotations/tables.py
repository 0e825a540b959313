"""Tables of this stage: schemas, readers and writers, and the join of pictures with artworks."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.artworks import ARTWORK
from stages.common.emotions import Emotions
from stages.common.errors import UserError
from stages.common.files import read_json, write_json, write_parquet
from stages.common.inventory import Picture

FOLDER = Path("data/annotations")
NAME = pa.dictionary(pa.int32(), pa.string())
ANNOTATIONS = pa.schema(
    [
        ("record", pa.int64()),
        ("art_style", NAME),
        ("painting", NAME),
        # Null in every row of a data set without emotions.
        ("emotion", NAME),
        ("utterance", pa.string()),
        # The part that the source assigns the row to; null where it does not.
        ("split", NAME),
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

    An artwork without a file of its name gets one whose name is the same in Unicode's canonical composition (macOS
    writes `é` as two characters), if there is exactly one such file and no other such artwork.

    Raises:
        UserError: two files show the same artwork (`a.jpg` beside `a.png`).
    """
    files, names = _named(inventory), artworks[ARTWORK].drop_duplicates()
    pictures = files.merge(names, on=ARTWORK)
    repeated = pictures.loc[pictures.duplicated(ARTWORK, keep=False)].sort_values(ARTWORK)["path"]
    if not repeated.empty:
        raise UserError(f"two pictures for one artwork: {' and '.join(repeated[:2])}; keep one of them")
    free = files[~files["path"].isin(pictures["path"])]
    one_file, one_name = (
        part.assign(composed=_composed(part)).drop_duplicates("composed", keep=False)
        for part in (free, _without(names, pictures))
    )
    equivalent = one_name.merge(one_file.drop(columns=ARTWORK), on="composed").drop(columns="composed")
    return pd.concat([pictures, equivalent], ignore_index=True) if len(equivalent) else pictures


def respelled(pictures: pd.DataFrame) -> pd.DataFrame:
    """Those rows of `match_pictures` whose file's name equals the artwork's in canonical composition only."""
    names = pictures["path"].str.rpartition(".")[0] if len(pictures) else pictures["path"]
    return pictures[names != pictures["art_style"] + "/" + pictures["painting"]]


def unclear(inventory: Iterable[Picture], artworks: pd.DataFrame, pictures: pd.DataFrame) -> list[str]:
    """Artworks outside of `pictures` whose name equals a file's in canonical composition: it is unclear which shows it.

    Args:
        pictures: the result of `match_pictures`.
    """
    without = _without(artworks[ARTWORK].drop_duplicates(), pictures)
    listed = _composed(without).isin(_composed(_named(inventory)))
    return [f"{style}/{painting}" for style, painting in without.loc[listed, ARTWORK].itertuples(index=False)]


def _named(inventory: Iterable[Picture]) -> pd.DataFrame:
    """The files whose path can be an artwork's, with its art_style and painting."""
    named = [(*match.groups(), *picture) for picture in inventory if (match := PICTURE_PATH.fullmatch(picture.path))]
    return pd.DataFrame(named, columns=[*ARTWORK, *Picture._fields]).astype(dict.fromkeys(ARTWORK, "str"))


def _without(names: pd.DataFrame, pictures: pd.DataFrame) -> pd.DataFrame:
    """The artworks of `names` that are not in `pictures`."""
    return names[~pd.MultiIndex.from_frame(names).isin(pd.MultiIndex.from_frame(pictures[ARTWORK]))]


def _composed(frame: pd.DataFrame) -> pd.Series:
    """Style and painting in Unicode's canonical composition (NFC)."""
    return (frame["art_style"] + "/" + frame["painting"]).str.normalize("NFC")


def save_annotations(frame: pd.DataFrame, folder: Path = FOLDER) -> None:
    """Write annotations.parquet from a frame in memory; the column `duplicate` is computed if missing."""
    if "duplicate" not in frame:
        repeated = [name for name in (*ARTWORK, "emotion", "utterance") if name in frame]
        frame = frame.assign(duplicate=frame.duplicated(repeated))
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
    """Dataset card: name, citation, licence, terms, consent, redistribute, language."""
    card: dict[str, Any] = read_json(folder / "dataset.json")
    return card


def save_emotions(emotions: Emotions, folder: Path = FOLDER) -> None:
    """Write emotions.json: the polarity of each label, in the order of their ids."""
    write_json(dict(emotions.polarities), folder / "emotions.json")


def load_emotions(folder: Path = FOLDER) -> Emotions:
    """The emotion labels of the data set; false if it has no emotions."""
    return Emotions(read_json(folder / "emotions.json"))


def may_be_shown(sharing: bool, folder: Path = FOLDER) -> bool:
    """False if pages must leave out pictures and utterances: they are for sharing, and the card forbids it."""
    return not sharing or bool(load_card(folder)["redistribute"])


def _table(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    # A column of no values would be one of floats.
    absent = {name: pd.Series(None, frame.index, dtype=object) for name in schema.names if name not in frame}
    return pa.Table.from_pandas(frame.assign(**absent)[schema.names], schema=schema, preserve_index=False)
