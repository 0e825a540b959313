"""The table of utterances and the report of spelling corrections."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.files import parquet_writer, write_parquet
from stages.utterances.tokenize import Spelling

FOLDER = Path("data/utterances")
# Few values, or values that repeat for each artwork: stored once each.
REPEATED = pa.dictionary(pa.int32(), pa.string())
# The column names are those of ArtEmis' preprocessed table.
SCHEMA = pa.schema(
    [
        ("art_style", REPEATED),
        ("painting", REPEATED),
        ("emotion", REPEATED),
        ("utterance", pa.string()),
        ("repetition", pa.int32()),
        ("split", REPEATED),
        ("tokens", pa.list_(pa.string())),
        ("tokens_len", pa.int32()),
        ("utterance_spelled", pa.string()),
        # <sos>, the words, <eos>, then <pad>; the same length in every row.
        ("tokens_encoded", pa.list_(pa.int32())),
        ("emotion_label", pa.int32()),
    ]
)


def table_path(profile: str) -> Path:
    """Where the utterances of `analysis` or `deep_nets` lie."""
    return FOLDER / profile / "utterances.parquet"


def vocabulary_path(profile: str) -> Path:
    """Where the vocabulary of `analysis` or `deep_nets` lies."""
    return FOLDER / profile / "vocabulary.json"


def save_utterances(frame: pd.DataFrame, path: Path) -> None:
    """Write `frame`, whose columns are those of `SCHEMA`, in its order."""
    save_table(pa.Table.from_pandas(frame[SCHEMA.names], schema=SCHEMA, preserve_index=False), path)


def save_table(table: pa.Table, path: Path) -> None:
    """Write a table that has `SCHEMA`."""
    save_parts([table.replace_schema_metadata()], path)


def save_parts(parts: Iterable[pa.Table], path: Path) -> None:
    """Write tables that have `SCHEMA` one after the other, each while the next is being made."""
    with parquet_writer(path, SCHEMA) as writer, ThreadPoolExecutor(1) as pool:
        written = pool.submit(int)
        for part in parts:
            written.result()
            written = pool.submit(writer.write_table, part)
        written.result()


def load_utterances(profile: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """All utterances of a profile; text columns are plain strings, `tokens` and `tokens_encoded` hold arrays.

    Args:
        columns: only these: the lists are what fills the memory.
    """
    return read_utterances(table_path(profile), columns)


def load_tokens(profile: str) -> pa.ListArray:
    """The tokens of all utterances of a profile, as Arrow holds them: a tenth of what Python's strings take."""
    return pq.read_table(table_path(profile), columns=["tokens"])["tokens"].combine_chunks()


def read_utterances(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The utterances in any such file."""
    table = pq.read_table(path, columns=None if columns is None else list(columns))
    plain = pa.schema([(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type) for f in table.schema])
    return table.cast(plain).to_pandas()


# The correction of a token that nothing was near enough to is null; `count` is over
# all utterances, also those that are too short or too long to stay.
SPELLING_SCHEMA = pa.schema([("token", pa.string()), ("correction", pa.string()), ("count", pa.int32())])


def spelling_path(profile: str) -> Path:
    """Where the report of `analysis` or `deep_nets` lies."""
    return FOLDER / profile / "spelling.parquet"


def save_spelling(spelling: Spelling, counts: Mapping[str, int], path: Path) -> None:
    """Write the report, the most frequent tokens first."""
    became = {**spelling.corrections, **dict.fromkeys(spelling.uncorrectable)}
    rows = sorted(became.items(), key=lambda row: (-counts[row[0]], row[0]))
    columns = [[token for token, _ in rows], [meant for _, meant in rows], [counts[token] for token, _ in rows]]
    write_parquet(
        pa.table([pa.array(c, f.type) for c, f in zip(columns, SPELLING_SCHEMA, strict=True)], schema=SPELLING_SCHEMA),
        path,
    )
