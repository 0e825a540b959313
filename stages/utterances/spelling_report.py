"""The spelling report: each token that was corrected, and each that nobody could correct, with counts."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from stages.common.tables import write_parquet
from stages.utterances.rules import Spelling
from stages.utterances.tables import FOLDER

# The correction of a token that nothing was near enough to is null; `count` is over
# all utterances, also those that are too short or too long to stay.
SCHEMA = pa.schema([("token", pa.string()), ("correction", pa.string()), ("count", pa.int32())])


def spelling_path(profile: str) -> Path:
    """Where the report of `analysis` or `deep_nets` lies."""
    return FOLDER / profile / "spelling.parquet"


def save_spelling(spelling: Spelling, counts: Mapping[str, int], path: Path) -> None:
    """Write the report, the most frequent tokens first."""
    became = {**spelling.corrections, **dict.fromkeys(spelling.uncorrectable)}
    rows = sorted(became.items(), key=lambda row: (-counts[row[0]], row[0]))
    columns = [[token for token, _ in rows], [meant for _, meant in rows], [counts[token] for token, _ in rows]]
    write_parquet(pa.table([pa.array(c, f.type) for c, f in zip(columns, SCHEMA, strict=True)], schema=SCHEMA), path)
