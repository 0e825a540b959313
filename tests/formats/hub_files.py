"""Parquet files in ArtELingo's schema, made up for tests."""

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

# The folder of a data set that is imported.
THEIRS = Path("theirs")
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
TEXTS = ("art_style", "painting", "emotion", "language", "text", "split")
ARTELINGO = pa.schema([("image", IMAGE), *((name, pa.string()) for name in TEXTS)])


def picture(colour: str, kind: str = "PNG") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (4, 6), colour).save(content, kind)
    return content.getvalue()


RED, BLUE = picture("red"), picture("blue", "JPEG")


def row(content: bytes | None = RED, path: str | None = "elsewhere/red.png", **texts: Any) -> dict[str, Any]:
    defaults = dict(zip(TEXTS, ("Cubism", "cat", "awe", "english", "so tall", "train"), strict=True))
    return {"image": {"bytes": content, "path": path}} | defaults | texts


def shard(*rows: dict[str, Any], schema: pa.Schema | None = ARTELINGO, name: str = "train.parquet") -> None:
    """Write a file of `THEIRS`; without a schema, it is that of the values."""
    path = THEIRS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), path)
