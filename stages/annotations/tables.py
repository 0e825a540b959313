"""The three tables of this stage: their schemas, and how they are written and read."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.annotations.ingest import Annotation, Reject
from stages.common.tables import write_parquet

FOLDER = Path("data/annotations")
NAME = pa.dictionary(pa.int32(), pa.string())
ANNOTATIONS = pa.schema(
    [
        ("record", pa.int64()),
        ("art_style", NAME),
        ("painting", NAME),
        ("emotion", NAME),
        ("utterance", pa.string()),
        ("repetition", pa.int32()),
        ("has_picture", pa.bool_()),
    ]
)
REJECTS = pa.schema([("record", pa.int64()), ("reason", pa.string()), ("row", pa.string())])
IMAGES = pa.schema(
    [
        ("art_style", pa.string()),
        ("painting", pa.string()),
        ("path", pa.string()),
        ("bytes", pa.int64()),
        ("digest", pa.string()),
    ]
)


def annotation_frame(annotations: Sequence[Annotation]) -> pd.DataFrame:
    """The annotations as a frame in CSV order; `repetition` is counted where the CSV does not give it."""
    frame = pd.DataFrame(annotations, columns=list(Annotation.__dataclass_fields__))
    if frame["repetition"].isna().any():
        frame["repetition"] = frame.groupby(["art_style", "painting"])["record"].transform("size")
    return frame.astype({"repetition": "int32"})


def save_annotations(frame: pd.DataFrame, folder: Path = FOLDER) -> None:
    """Write annotations.parquet."""
    _save(frame, ANNOTATIONS, folder / "annotations.parquet")


def save_rejects(rejects: Sequence[Reject], folder: Path = FOLDER) -> None:
    """Write rejects.parquet."""
    _save(pd.DataFrame(rejects, columns=REJECTS.names), REJECTS, folder / "rejects.parquet")


def save_images(frame: pd.DataFrame, folder: Path = FOLDER) -> None:
    """Write images.parquet: the picture of each annotated artwork that has one, sorted."""
    _save(frame.sort_values(["art_style", "painting"]), IMAGES, folder / "images.parquet")


def load_annotations(folder: Path = FOLDER) -> pd.DataFrame:
    """All annotations in CSV order; text columns are plain strings."""
    table = pq.read_table(folder / "annotations.parquet")
    plain = pa.schema([(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type) for f in table.schema])
    return table.cast(plain).to_pandas()


def load_images(folder: Path = FOLDER) -> pd.DataFrame:
    """Artworks with a picture: art_style, painting, path (relative to the picture root), bytes, digest."""
    return pq.read_table(folder / "images.parquet").to_pandas()


def _save(frame: pd.DataFrame, schema: pa.Schema, path: Path) -> None:
    write_parquet(pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False), path)
