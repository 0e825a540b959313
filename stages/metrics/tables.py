"""What `metrics` writes: the JSON that `dvc metrics` shows, and the table of single captions."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.tables import read_json, write_json, write_parquet

# A system is named after the stage that made its captions.
SPEAKING = ("captions", "neighbor_captions", "anp_captions")
HUMAN = "human"
SYSTEMS = (*SPEAKING, HUMAN)

SCHEMA = pa.schema(
    [("art_style", pa.string()), ("painting", pa.string()), ("caption", pa.string())]
    + [(f"bleu_{order}", pa.float64()) for order in range(1, 5)]
    + [("rouge_l", pa.float64()), ("length", pa.int32()), ("simile", pa.bool_())]
)


def metrics_file(system: str) -> Path:
    return Path("reports/metrics") / f"{system}.json"


def captions_source(system: str) -> Path:
    """The captions that a speaking system is scored by."""
    return Path("data") / system / "captions.parquet"


def captions_file(system: str) -> Path:
    return Path("data/metrics") / f"{system}.parquet"


def save(corpus: dict[str, Any], captions: pd.DataFrame, system: str) -> None:
    """Write the nested numbers of a system, and the table of its captions whose columns are those of `SCHEMA`."""
    write_parquet(pa.Table.from_pandas(captions, SCHEMA, preserve_index=False), captions_file(system))
    write_json(corpus, metrics_file(system))


def load_metrics(system: str) -> dict[str, Any]:
    """The system's numbers, nested as in the file."""
    metrics: dict[str, Any] = read_json(metrics_file(system))
    return metrics


def load_captions_scored(system: str) -> pd.DataFrame:
    """One row per caption scored; of `human`, one per artwork and round."""
    return pq.read_table(captions_file(system)).to_pandas()
