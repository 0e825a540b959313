"""Captions of another system from a file: CSV, Parquet, JSON, or COCO's format for results."""

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.artworks import ARTWORK
from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError

COLUMNS = [*ARTWORK, "caption"]


def read(file: Path) -> pd.DataFrame:
    """The captions in `file` as a table like that of the stage `captions`: one config, one caption a row.

    The columns are art_style, painting, caption, grounding_emotion (missing for a plain
    caption), config and rank (both 0).

    Raises:
        UserError: there is no such file, it is not readable, or it lacks a column or a value.
    """
    readers = {".csv": _csv, ".parquet": _parquet, ".json": _json}
    if file.suffix not in readers:
        raise UserError(f"{file}: not one of {', '.join(readers)}")
    try:
        frame = readers[file.suffix](file)
    except FileNotFoundError:
        raise UserError(f"{file}: there is no such file") from None
    except (ValueError, pa.ArrowInvalid) as error:
        raise UserError(f"{file}: not readable: {' '.join(str(error).split())}") from None
    if problem := _problem(frame):
        raise UserError(f"{file}: {problem}")
    emotions = frame.get("grounding_emotion")
    return frame[COLUMNS].astype(str).assign(grounding_emotion=emotions, config=0, rank=0)


def _problem(frame: pd.DataFrame) -> str | None:
    """What is missing or wrong in `frame`, or None."""
    absent = [name for name in COLUMNS if name not in frame]
    if absent:
        return f"no column {absent[0]!r}; needed are {', '.join(COLUMNS)}, or image_id and caption"
    empty = frame[frame[COLUMNS].isna().any(axis=1)]
    if len(empty):
        return f"row {int(empty.index[0]) + 1:,} lacks art_style, painting or caption"
    unknown = set(frame["grounding_emotion"].dropna()) - set(EMOTIONS) if "grounding_emotion" in frame else set()
    if unknown:
        return f"unknown emotion {min(unknown)!r}; allowed: {', '.join(EMOTIONS)}"
    return None


def _csv(file: Path) -> pd.DataFrame:
    return pd.read_csv(file, dtype=str, keep_default_na=False, na_values=[""])


def _parquet(file: Path) -> pd.DataFrame:
    return pq.read_table(file).to_pandas()


def _json(file: Path) -> pd.DataFrame:
    """A list of objects, with the names of our columns or of COCO's."""
    frame = pd.DataFrame(json.loads(file.read_text(encoding="utf-8")))
    if "image_id" not in frame:
        return frame
    parts = frame["image_id"].astype(str).str.partition("/")
    bad = frame["image_id"][parts[2] == ""]
    if len(bad):
        raise UserError(f"{file}: image_id {str(bad.iloc[0])!r} is not of the form <art_style>/<painting>")
    return frame.assign(art_style=parts[0], painting=parts[2])
