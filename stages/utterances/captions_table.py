"""The table of captions, which every captioning system writes and every metric reads.

It stands here, upstream of all of them, since captioning systems know nothing of each other.
"""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError
from stages.common.tables import write_parquet

SCHEMA = pa.schema(
    [
        ("art_style", pa.string()),
        ("painting", pa.string()),
        ("caption", pa.string()),
        # The emotion that the caption was asked to speak from; null if it was free.
        ("grounding_emotion", pa.string()),
        # Which of several sampling configs made it, from 0.
        ("config", pa.int32()),
        # Its place among the candidates for this picture, 0 being the best.
        ("rank", pa.int32()),
        # Natural logarithm; null where the system has no probabilities.
        ("log_probability", pa.float64()),
    ]
)
KEY = ["art_style", "painting", "config", "rank"]
NULLABLE = ["grounding_emotion", "log_probability"]


def save_captions(frame: pd.DataFrame, path: Path) -> None:
    """Write `frame` sorted by artwork, config and rank.

    Raises:
        ValueError: for other columns, a missing value, an unknown emotion or two captions of one rank.
    """
    problem = _problem(frame)
    if problem:
        raise ValueError(f"captions for {path}: {problem}")
    ordered = frame.sort_values(KEY)[SCHEMA.names]
    write_parquet(pa.Table.from_pandas(ordered, schema=SCHEMA, preserve_index=False), path)


def load_captions(path: Path) -> pd.DataFrame:
    """The captions of one system, sorted by artwork, config and rank; nulls are missing values.

    Raises:
        UserError: if the file is absent or is no table of captions.
    """
    try:
        frame = pq.read_table(path).select(SCHEMA.names).cast(SCHEMA).to_pandas()
    except (FileNotFoundError, KeyError, pa.ArrowInvalid) as error:
        said = " ".join(str(error).split())
        raise UserError(f"{path}: not a table of captions ({said}); it needs the columns {_names()}") from None
    problem = _problem(frame)
    if problem:
        raise UserError(f"{path}: {problem}")
    return frame


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
    doubled = frame[frame.duplicated(KEY)]
    if len(doubled):
        style, painting, config, rank = doubled.iloc[0][KEY]
        return f"{style}/{painting} has two captions of config {config} and rank {rank}"
    return None


def _names() -> str:
    return ", ".join(SCHEMA.names)
