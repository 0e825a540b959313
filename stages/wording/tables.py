"""Tables of this stage: measures of each utterance and artwork, and the summaries of the caption sets."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.files import read_json, write_json, write_parquet
from stages.wording.parts_of_speech import PARTS

FOLDER = Path("data/wording")
NAME = pa.dictionary(pa.int32(), pa.string())
COUNTS = [(part, pa.int32()) for part in PARTS]
# In the order of the rows of data/utterances/analysis.
UTTERANCES = pa.schema(
    [
        ("art_style", NAME),
        ("painting", NAME),
        ("tokens", pa.int32()),
        # Null without the table of ratings, or if no word is rated.
        ("concreteness", pa.float64()),
        ("abstract", pa.bool_()),
        # VADER's compound score; null without its lexicon.
        ("sentiment", pa.float64()),
        ("subjectivity", pa.float64()),
        # Number of words of each part of speech.
        *COUNTS,
    ]
)
# One row per artwork, with the number of distinct words of each part of speech in its utterances.
ARTWORKS = pa.schema([("art_style", NAME), ("painting", NAME), ("utterances", pa.int32()), *COUNTS])


def save(utterances: pd.DataFrame, artworks: pd.DataFrame, sets: dict[str, Any], folder: Path = FOLDER) -> None:
    """Write all three files; NaN becomes null."""
    for frame, schema, name in ((utterances, UTTERANCES, "utterances"), (artworks, ARTWORKS, "artworks")):
        table = pa.Table.from_pandas(frame[schema.names], schema, preserve_index=False)
        write_parquet(table, folder / f"{name}.parquet")
    write_json(sets, folder / "sets.json")


def load_utterances(folder: Path = FOLDER) -> pd.DataFrame:
    """Columns of `UTTERANCES`, with art_style and painting as categories."""
    return pq.read_table(folder / "utterances.parquet").to_pandas()


def load_artworks(folder: Path = FOLDER) -> pd.DataFrame:
    """Columns of `ARTWORKS`, with art_style and painting as categories."""
    return pq.read_table(folder / "artworks.parquet").to_pandas()


def load_sets(folder: Path = FOLDER) -> dict[str, Any]:
    """`tagger`, `missing` (measures without data) and `sets` (name -> summary)."""
    sets: dict[str, Any] = read_json(folder / "sets.json")
    return sets
