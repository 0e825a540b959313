"""The table of captions: every captioning system writes it, every metric reads it.

It lies on this floor because captioning systems do not import each other.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.artworks import ARTWORK
from stages.common.errors import UserError
from stages.common.files import ROW_GROUP, parquet_writer
from stages.common.table_reader import damage_named

SCHEMA = pa.schema(
    [
        ("art_style", pa.string()),
        ("painting", pa.string()),
        ("caption", pa.string()),
        # The emotion that the caption was conditioned on, the likeliest one where the condition
        # was a distribution; null for a caption without a condition.
        ("grounding_emotion", pa.string()),
        # Where that emotion came from: image_classifier, dataset (the artwork's most frequent one) or
        # person; null without a condition, or where the source is unknown.
        ("emotion_source", pa.string()),
        # Index of the sampling config, from 0.
        ("config", pa.int32()),
        # Rank among the captions of this picture by this config, 0 is the best; captions of
        # the likeliest emotion come first.
        ("rank", pa.int32()),
        # Natural logarithm; null where the system has no probabilities.
        ("log_probability", pa.float64()),
    ]
)
KEY = [*ARTWORK, "config", "rank"]
NULLABLE = ["grounding_emotion", "emotion_source", "log_probability"]
# All null in a table that lacks it.
OPTIONAL = "emotion_source"
SOURCES = ("image_classifier", "dataset", "person")
# Key of a file's metadata: digest of the training data of the speaker that wrote the captions.
TRAINED_ON = "taught"


class Origin(NamedTuple):
    """The vision-language model that wrote captions; its fields are keys of a file's metadata.

    Attributes:
        model: its folder, or its name on the hub.
        revision: commit of the hub, or digest of its files.
        licence: as its model card names it, or `unknown`.
        prompt: what it was asked.
    """

    model: str
    revision: str
    licence: str
    prompt: str

    def __str__(self) -> str:
        return f"{self.model} (revision {self.revision}, licence {self.licence})"


def save_captions(frame: pd.DataFrame, path: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Write `frame` sorted by artwork, config and rank; the column emotion_source may be absent.

    Raises:
        ValueError: for other columns, a missing value or two captions of one rank.
    """
    with captions_writer(path, metadata) as add:
        add(frame.sort_values(KEY) if set(KEY) <= set(frame) else frame)


@contextmanager
def captions_writer(path: Path, metadata: Mapping[str, str] | None = None) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Yield a function that appends parts of a table, which must come in the order of artwork, config and rank.

    Args:
        metadata: of the file: TRAINED_ON, or the fields of an Origin.

    Raises:
        ValueError: as in `save_captions`, or if a part does not follow the previous one.
    """
    last: tuple[str, str, int, int] | None = None
    pending: list[pa.Table] = []
    with parquet_writer(path, SCHEMA.with_metadata(metadata)) as writer:

        def add(frame: pd.DataFrame) -> None:
            nonlocal last
            part = frame if OPTIONAL in frame else frame.assign(**{OPTIONAL: None})
            if problem := _problem(part) or _out_of_order(part, last):
                raise ValueError(f"captions for {path}: {problem}")
            last = _key(part.iloc[-1]) if len(part) else last
            table = pa.Table.from_pandas(part[SCHEMA.names], schema=SCHEMA, preserve_index=False)
            pending.append(table.replace_schema_metadata(None))
            # Many small row groups would be slow to read.
            if sum(map(len, pending)) >= ROW_GROUP:
                writer.write_table(pa.concat_tables(pending))
                pending.clear()

        yield add
        writer.write_table(pa.concat_tables([SCHEMA.empty_table(), *pending]))


def load_captions(path: Path) -> pd.DataFrame:
    """The captions of one system, sorted by artwork, config and rank; nulls are missing values.

    Raises:
        UserError: the file is absent or no table of captions.
    """
    try:
        table = pq.read_table(path)
        if OPTIONAL not in table.column_names:
            table = table.append_column(SCHEMA.field(OPTIONAL), pa.nulls(len(table), pa.string()))
        frame = table.select(SCHEMA.names).cast(SCHEMA).to_pandas()
    except (FileNotFoundError, KeyError, pa.ArrowInvalid) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path}: not a table of captions ({reason}); it needs the columns {_columns()}") from None
    if problem := _problem(frame):
        raise UserError(f"{path}: {problem}")
    return frame


def empty() -> pd.DataFrame:
    """A table without captions, of a system that cannot caption this data set."""
    return SCHEMA.empty_table().to_pandas()


def training_digest(path: Path) -> str | None:
    """Digest of the training data of the speaker that wrote the captions; None where the file has none."""
    return _metadata(path).get(TRAINED_ON)


def origin(path: Path) -> Origin | None:
    """The vision-language model that wrote the captions in a Parquet file; None where the file names none."""
    metadata = _metadata(path)
    if set(Origin._fields) <= metadata.keys():
        return Origin(*(metadata[field] for field in Origin._fields))
    return None


def _metadata(path: Path) -> dict[str, str]:
    with damage_named(path):
        metadata = pq.read_schema(path).metadata or {}
    # Files of other programs may have entries that are no text.
    return {key.decode(errors="replace"): value.decode(errors="replace") for key, value in metadata.items()}


def _problem(frame: pd.DataFrame) -> str | None:
    """The first problem of `frame` as a sentence."""
    if set(frame.columns) != set(SCHEMA.names):
        return f"its columns are {', '.join(map(str, frame.columns))}; expected are {_columns()}"
    for column in SCHEMA.names:
        if column not in NULLABLE and frame[column].isna().any():
            return f"the column {column} has a missing value"
    if unknown := set(frame["emotion_source"].dropna()) - set(SOURCES):
        return f"the emotion_source {min(unknown)!r} is none of {', '.join(SOURCES)}"
    duplicates = frame[frame.duplicated(KEY)]
    if len(duplicates):
        style, painting, config, rank = duplicates.iloc[0][KEY]
        return f"{style}/{painting} has two captions of config {config} and rank {rank}"
    return None


def _out_of_order(frame: pd.DataFrame, last: tuple[str, str, int, int] | None) -> str | None:
    """The problem of a `frame` that is unsorted or does not follow the row with the key `last`."""
    if not pd.MultiIndex.from_frame(frame[KEY]).is_monotonic_increasing:
        return "its rows are not in the order of artwork, config and rank"
    if len(frame) and last is not None and _key(frame.iloc[0]) <= last:
        return f"{'/'.join(map(str, _key(frame.iloc[0])))} comes after {'/'.join(map(str, last))}"
    return None


def _key(row: "pd.Series[Any]") -> tuple[str, str, int, int]:
    return row["art_style"], row["painting"], int(row["config"]), int(row["rank"])


def _columns() -> str:
    return ", ".join(SCHEMA.names)
