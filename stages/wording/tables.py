"""The tables of this stage: what was measured of each utterance and artwork, and the summary of each caption set."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.files import read_json, write_json, write_parquet
from stages.wording.parts_of_speech import PARTS

FOLDER = Path("data/wording")
NAME = pa.dictionary(pa.int32(), pa.string())
ARTWORK = ["art_style", "painting"]
COUNTS = [(part, pa.int32()) for part in PARTS]
# Row for row those of data/utterances/analysis.
UTTERANCES = pa.schema(
    [
        ("art_style", NAME),
        ("painting", NAME),
        ("tokens", pa.int32()),
        # Null where no word is rated, or no table was given.
        ("concreteness", pa.float64()),
        ("abstract", pa.bool_()),
        # VADER's compound score; null where no lexicon was given.
        ("sentiment", pa.float64()),
        ("subjectivity", pa.float64()),
        # Words of each part of speech.
        *COUNTS,
    ]
)
# One row per artwork: how many distinct words of each part of speech its utterances have.
ARTWORKS = pa.schema([("art_style", NAME), ("painting", NAME), ("utterances", pa.int32()), *COUNTS])


def save(utterances: pd.DataFrame, artworks: pd.DataFrame, sets: dict[str, Any], folder: Path = FOLDER) -> None:
    """Write all three; NaN becomes null."""
    for frame, schema, name in ((utterances, UTTERANCES, "utterances"), (artworks, ARTWORKS, "artworks")):
        table = pa.Table.from_pandas(frame[schema.names], schema, preserve_index=False)
        write_parquet(table, folder / f"{name}.parquet")
    write_json(sets, folder / "sets.json")


def load_utterances(folder: Path = FOLDER) -> pd.DataFrame:
    """The columns of `UTTERANCES`; art_style and painting are categories."""
    return pq.read_table(folder / "utterances.parquet").to_pandas()


def load_artworks(folder: Path = FOLDER) -> pd.DataFrame:
    """The columns of `ARTWORKS`; art_style and painting are categories."""
    return pq.read_table(folder / "artworks.parquet").to_pandas()


def load_sets(folder: Path = FOLDER) -> dict[str, Any]:
    """What was missing, which tagger it was, and under `sets` the summary of each caption set, by its name."""
    sets: dict[str, Any] = read_json(folder / "sets.json")
    return sets
