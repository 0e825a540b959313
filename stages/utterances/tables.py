"""Table of utterances: schema, paths, reading and writing."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.files import parquet_writer

FOLDER = Path("data/utterances")
# Dictionary-encoded: few distinct values, or values that repeat for each artwork.
REPEATED = pa.dictionary(pa.int32(), pa.string())
# The column names are those of ArtEmis' preprocessed table.
SCHEMA = pa.schema(
    [
        ("art_style", REPEATED),
        ("painting", REPEATED),
        # Null in a data set without emotions, as is emotion_label.
        ("emotion", REPEATED),
        ("utterance", pa.string()),
        ("repetition", pa.int32()),
        ("split", REPEATED),
        ("tokens", pa.list_(pa.string())),
        ("tokens_len", pa.int32()),
        ("utterance_spelled", pa.string()),
        # <sos>, word ids, <eos>, then <pad>; the same length in every row.
        ("tokens_encoded", pa.list_(pa.int32())),
        ("emotion_label", pa.int32()),
    ]
)
# Utterances that are too short or too long to learn from have no ids.
LEFT_OUT_SCHEMA = SCHEMA.remove(SCHEMA.get_field_index("tokens_encoded"))


def table_path(profile: str) -> Path:
    """Path of the utterances of `analysis` or `deep_nets`."""
    return FOLDER / profile / "utterances.parquet"


def left_out_path(profile: str) -> Path:
    """Path of the utterances that `analysis` or `deep_nets` leaves out by their length."""
    return FOLDER / profile / "left_out.parquet"


def vocabulary_path(profile: str) -> Path:
    """Path of the vocabulary of `analysis` or `deep_nets`."""
    return FOLDER / profile / "vocabulary.json"


def save_utterances(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame with the columns of `SCHEMA`."""
    save_table(pa.Table.from_pandas(frame[SCHEMA.names], schema=SCHEMA, preserve_index=False), path)


def save_table(table: pa.Table, path: Path) -> None:
    """Write a table of the schema `SCHEMA`."""
    save_parts([table.replace_schema_metadata()], path)


def save_parts(parts: Iterable[pa.Table], path: Path) -> None:
    """Write tables of the schema `SCHEMA` into one file, each in a thread while the next is computed."""
    with parquet_writer(path, SCHEMA) as writer, ThreadPoolExecutor(1) as pool:
        written = pool.submit(int)
        for part in parts:
            written.result()
            written = pool.submit(writer.write_table, part)
        written.result()


def load_utterances(profile: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """All utterances of a profile; text columns are plain strings, `tokens` and `tokens_encoded` hold arrays.

    Args:
        columns: default: all. The two columns of lists take most of the memory.
    """
    return read_utterances(table_path(profile), columns)


def load_left_out(profile: str) -> pd.DataFrame:
    """The utterances that a profile leaves out by their length, with their split, as `load_utterances` gives others."""
    return read_utterances(left_out_path(profile))


def load_tokens(profile: str) -> pa.ListArray:
    """Tokens of all utterances of a profile as an Arrow array, a tenth of the size of Python strings."""
    return pq.read_table(table_path(profile), columns=["tokens"])["tokens"].combine_chunks()


def read_utterances(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The same as `load_utterances`, from any path."""
    table = pq.read_table(path, columns=None if columns is None else list(columns))
    plain = pa.schema([(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type) for f in table.schema])
    return table.cast(plain).to_pandas()
