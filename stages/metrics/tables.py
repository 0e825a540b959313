"""Files of `metrics`: the headline numbers for `dvc metrics`, the details, and the table of scored pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.artworks import ARTWORK
from stages.common.files import read_json, write_json, write_parquet

# Systems that caption pictures, named after their stages.
CAPTIONING = ("captions", "neighbor_captions", "anp_captions", "external_captions")
HUMAN = "human"
SYSTEMS = (*CAPTIONING, HUMAN)


def metrics_file(system: str) -> Path:
    return Path("reports/metrics") / f"{system}.json"


def details_file(system: str) -> Path:
    return Path("reports/metrics") / f"{system}.details.json"


def captions_source(system: str) -> Path:
    """The captions of a captioning system."""
    return Path("data") / system / "captions.parquet"


def pictures_file(system: str) -> Path:
    return Path("data/metrics") / f"{system}.parquet"


def save_metrics(headline: Mapping[str, float], details: Mapping[str, Any], system: str) -> None:
    """Write the headline numbers, nested by their dotted names, and the details."""
    write_json(nest(headline), metrics_file(system))
    write_json(details, details_file(system))


def nest(values: Mapping[str, float]) -> dict[str, Any]:
    """`{"distinct.tokens": 3}` becomes `{"distinct": {"tokens": 3}}`; the order is kept."""
    nested: dict[str, Any] = {}
    for name, value in values.items():
        group, _, last = name.rpartition(".")
        (nested.setdefault(group, {}) if group else nested)[last] = value
    return nested


def load_metrics(system: str) -> dict[str, Any]:
    """The system's headline numbers, nested as in the file."""
    metrics: dict[str, Any] = read_json(metrics_file(system))
    return metrics


def load_details(system: str) -> dict[str, Any]:
    """The system's details, as `summary.details` computes them."""
    details: dict[str, Any] = read_json(details_file(system))
    return details


def save_pictures(frame: pd.DataFrame, system: str) -> None:
    """Write one row per picture: art_style, painting, caption (null for human utterances) and columns of numbers."""
    names = [*ARTWORK, "caption"]
    numbers = [name for name in frame if name not in names]
    schema = pa.schema([(name, pa.string()) for name in names] + [(str(name), pa.float64()) for name in numbers])
    write_parquet(pa.Table.from_pandas(frame[[*names, *numbers]], schema, preserve_index=False), pictures_file(system))


def save_unscored(system: str) -> None:
    """Write the files of a system that has no captions: no numbers, no details, no pictures."""
    save_metrics({}, {}, system)
    save_pictures(pd.DataFrame(columns=pd.Index([*ARTWORK, "caption"])), system)


def scored(systems: Sequence[str] = SYSTEMS) -> list[str]:
    """Those of `systems` that have been scored and have captions."""
    return [system for system in systems if metrics_file(system).exists() and load_metrics(system)]


def read_pictures(path: Path | BinaryIO) -> pd.DataFrame:
    """The rows written by `save_pictures`."""
    return pq.read_table(path).to_pandas()
