"""The table of captions, which every captioning system writes and every metric reads.

It stands here, upstream of all of them, since captioning systems know nothing of each other.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError
from stages.common.files import ROW_GROUP, parquet_writer

SCHEMA = pa.schema(
    [
        ("art_style", pa.string()),
        ("painting", pa.string()),
        ("caption", pa.string()),
        # The emotion that the caption was asked to speak from, the likeliest where it was asked to
        # speak from a distribution; null if it was free.
        ("grounding_emotion", pa.string()),
        # Who chose that emotion: image_classifier, dataset (the artwork's most frequent one) or
        # person; null where there is none, or nobody knows.
        ("emotion_source", pa.string()),
        # Which of several sampling configs made it, from 0.
        ("config", pa.int32()),
        # Its place among the candidates for this picture by this config, 0 being the best; those
        # of the likeliest emotion come first.
        ("rank", pa.int32()),
        # Natural logarithm; null where the system has no probabilities.
        ("log_probability", pa.float64()),
    ]
)
KEY = ["art_style", "painting", "config", "rank"]
NULLABLE = ["grounding_emotion", "emotion_source", "log_probability"]
# Null throughout where a table comes without it.
OPTIONAL = "emotion_source"
SOURCES = ("image_classifier", "dataset", "person")


def save_captions(frame: pd.DataFrame, path: Path) -> None:
    """Write `frame` sorted by artwork, config and rank; the column emotion_source may be absent.

    Raises:
        ValueError: for other columns, a missing value, an unknown emotion or two captions of one rank.
    """
    with captions_writer(path) as add:
        add(frame.sort_values(KEY) if set(KEY) <= set(frame) else frame)


@contextmanager
def captions_writer(path: Path, taught: str | None = None) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Take parts of a table in the order of artwork, config and rank, each as `save_captions` would.

    Args:
        taught: the digest of what the speaker learnt from (`utterances.taught`), for the file's metadata.

    Raises:
        ValueError: as there, or for a part that does not follow the one before.
    """
    last: tuple[str, str, int, int] | None = None
    waiting: list[pa.Table] = []
    with parquet_writer(path, SCHEMA.with_metadata({"taught": taught} if taught else None)) as writer:

        def add(frame: pd.DataFrame) -> None:
            nonlocal last
            part = frame if OPTIONAL in frame else frame.assign(**{OPTIONAL: None})
            if problem := _problem(part) or _out_of_order(part, last):
                raise ValueError(f"captions for {path}: {problem}")
            last = _key(part.iloc[-1]) if len(part) else last
            table = pa.Table.from_pandas(part[SCHEMA.names], schema=SCHEMA, preserve_index=False)
            waiting.append(table.replace_schema_metadata(None))
            # Many small row groups would be slow to read.
            if sum(map(len, waiting)) >= ROW_GROUP:
                writer.write_table(pa.concat_tables(waiting))
                waiting.clear()

        yield add
        writer.write_table(pa.concat_tables([SCHEMA.empty_table(), *waiting]))


def load_captions(path: Path) -> pd.DataFrame:
    """The captions of one system, sorted by artwork, config and rank; nulls are missing values.

    Raises:
        UserError: if the file is absent or is no table of captions.
    """
    try:
        table = pq.read_table(path)
        if OPTIONAL not in table.column_names:
            table = table.append_column(SCHEMA.field(OPTIONAL), pa.nulls(len(table), pa.string()))
        frame = table.select(SCHEMA.names).cast(SCHEMA).to_pandas()
    except (FileNotFoundError, KeyError, pa.ArrowInvalid) as error:
        said = " ".join(str(error).split())
        raise UserError(f"{path}: not a table of captions ({said}); it needs the columns {_names()}") from None
    problem = _problem(frame)
    if problem:
        raise UserError(f"{path}: {problem}")
    return frame


def taught_by(path: Path) -> str | None:
    """The digest of what the speaker of these captions learnt from; none where the file does not say."""
    found = (pq.read_schema(path).metadata or {}).get(b"taught")
    return found.decode() if found else None


def _problem(frame: pd.DataFrame) -> str | None:
    """What is wrong with `frame`, in words."""
    if set(frame.columns) != set(SCHEMA.names):
        return f"its columns are {', '.join(map(str, frame.columns))}, not {_names()}"
    for column in SCHEMA.names:
        if column not in NULLABLE and frame[column].isna().any():
            return f"the column {column} has a missing value"
    unknown = set(frame["grounding_emotion"].dropna()) - set(EMOTIONS)
    if unknown:
        return f"{min(unknown)!r} is none of the emotions"
    strange = set(frame["emotion_source"].dropna()) - set(SOURCES)
    if strange:
        return f"the emotion_source {min(strange)!r} is none of {', '.join(SOURCES)}"
    doubled = frame[frame.duplicated(KEY)]
    if len(doubled):
        style, painting, config, rank = doubled.iloc[0][KEY]
        return f"{style}/{painting} has two captions of config {config} and rank {rank}"
    return None


def _out_of_order(frame: pd.DataFrame, last: tuple[str, str, int, int] | None) -> str | None:
    """Told when `frame` is unsorted or does not follow the row of key `last`."""
    if not pd.MultiIndex.from_frame(frame[KEY]).is_monotonic_increasing:
        return "its rows are not in the order of artwork, config and rank"
    if len(frame) and last is not None and _key(frame.iloc[0]) <= last:
        return f"{'/'.join(map(str, _key(frame.iloc[0])))} comes after {'/'.join(map(str, last))}"
    return None


def _key(row: "pd.Series[Any]") -> tuple[str, str, int, int]:
    return row["art_style"], row["painting"], int(row["config"]), int(row["rank"])


def _names() -> str:
    return ", ".join(SCHEMA.names)
