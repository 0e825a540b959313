"""Export this study's annotations and pictures as a data set of the Hugging Face hub: Parquet files and a data card.

The columns are those of ArtELingo: image, art_style, painting, emotion, language, text, split. A column without any
value in the study is left out. The rows of an artwork stand together, so that its picture is stored once.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from itertools import groupby, islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from formats.dataset_card import ENGLISH
from formats.hub.data_card import data_card, features
from stages.annotations.params import Params
from stages.annotations.tables import FOLDER, load_annotations, load_card, load_images
from stages.common.artworks import ARTWORK, picture_folder
from stages.common.errors import UserError
from stages.common.files import atomic_write, require_space
from stages.common.params import load
from stages.common.progress import track

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
TEXTS = ["art_style", "painting", "emotion", "language", "text", "split"]
# Bytes of pictures in a file, each counted once, and in a row group, each counted in every row: so much does a reader
# hold in memory.
FILE, ROW_GROUP = 500_000_000, 50_000_000
Artwork = tuple[str, str]


class Picture(NamedTuple):
    """A picture's file, and its size and SHA-256 when the study read it."""

    file: Path
    bytes: int
    digest: str


NOTHING = Picture(Path(), 0, "")
AGAIN = "`artemis inventory DATASET` and `dvc repro annotations` read the pictures again"


def export(folder: Path) -> str:
    """Write README.md and data/train-*.parquet to `folder`; returns a summary.

    Pictures are written only if dataset.yaml says `redistribute: true`.

    Raises:
        UserError: the annotations have not been made, `folder` is not empty or cannot be written, or a picture is not
            what the study has read. Nothing is kept then.
    """
    if not (FOLDER / "annotations.parquet").exists():
        raise UserError(f"{FOLDER / 'annotations.parquet'}: not made yet; `dvc repro annotations` makes it")
    if folder.exists() and any(folder.iterdir()):
        raise UserError(f"{folder}: not empty; choose another folder, or remove what is there")
    card = load_card()
    language = card.get("language", ENGLISH)
    rows = _rows(language)
    pictures = _pictures() if card["redistribute"] else {}
    require_space(folder, sum(picture.bytes for picture in pictures.values()), "the exported data set")
    columns = [name for name in TEXTS if name in rows]
    content = f"{len(rows):,} rows on {len(rows[ARTWORK].drop_duplicates()):,} artworks, {len(pictures):,} pictures."
    target = folder.resolve()
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        with atomic_write(partial / "README.md") as beside:
            beside.write_text(data_card(card, language, columns, content), encoding="utf-8")
        _write_rows(rows, columns, pictures, partial / "data")
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    without = "" if card["redistribute"] else "; no pictures: dataset.yaml does not say `redistribute: true`"
    return f"{folder}: {content.rstrip('.')}{without}"


def _rows(language: str) -> pd.DataFrame:
    """The texts, those of an artwork together, in the order in which the artworks come first."""
    frame = load_annotations().rename(columns={"utterance": "text"}).assign(language=language)
    frame = frame.reindex(columns=TEXTS).dropna(axis="columns", how="all")
    return frame.assign(artwork=frame.groupby(ARTWORK, sort=False).ngroup()).sort_values("artwork", kind="stable")


def _pictures() -> dict[Artwork, Picture]:
    """The readable pictures by artwork."""
    images = load_images()
    images = images[images["problem"].isna()]
    folder = picture_folder(load(Params).dataset)
    files = map(Picture, (folder / path for path in images["path"]), images["bytes"], images["digest"])
    return dict(zip(images[ARTWORK].itertuples(index=False, name=None), files, strict=True))


def _write_rows(rows: pd.DataFrame, columns: list[str], pictures: Mapping[Artwork, Picture], folder: Path) -> None:
    sizes = np.array([pictures.get(artwork, NOTHING).bytes for artwork in _artworks(rows)])
    once = np.where(rows["artwork"].duplicated(), 0, sizes)
    # A file has whole artworks: the bytes before a row are those before the first row of its artwork.
    before = pd.Series(np.cumsum(once) - once).groupby(rows["artwork"].to_numpy()).transform("min")
    parts = list(rows.groupby([before.to_numpy() // FILE, np.cumsum(sizes) // ROW_GROUP], sort=False))
    files = [list(groups) for _, groups in groupby(parts, key=lambda part: part[0][0])]
    metadata = {"huggingface": json.dumps({"info": {"features": features(columns)}})}
    schema = pa.schema([("image", IMAGE), *((name, pa.string()) for name in columns)], metadata)
    progress = track(parts, "row groups")
    for number, groups in enumerate(files):
        with (
            atomic_write(folder / f"train-{number:05}-of-{len(files):05}.parquet") as beside,
            pq.ParquetWriter(
                beside, schema, compression="zstd", version="2.6", dictionary_pagesize_limit=FILE
            ) as writer,
        ):
            for _, group in islice(progress, len(groups)):
                writer.write_table(_table(group, pictures, schema), row_group_size=len(group))


def _artworks(rows: pd.DataFrame) -> Iterator[Artwork]:
    return rows[ARTWORK].itertuples(index=False, name=None)


def _table(rows: pd.DataFrame, pictures: Mapping[Artwork, Picture], schema: pa.Schema) -> pa.Table:
    images = {artwork: _image(pictures.get(artwork)) for artwork in dict.fromkeys(_artworks(rows))}
    image = pa.array([images[artwork] for artwork in _artworks(rows)], IMAGE)
    texts = [pa.Array.from_pandas(rows[name], type=pa.string()) for name in schema.names[1:]]
    return pa.Table.from_arrays([image, *texts], schema=schema)


def _image(picture: Picture | None) -> dict[str, Any] | None:
    """A picture as `datasets` stores it."""
    if picture is None:
        return None
    try:
        content = picture.file.read_bytes()
    except OSError as error:
        raise UserError(f"{picture.file}: cannot be read ({error.strerror}); {AGAIN}") from None
    if hashlib.sha256(content).hexdigest() != picture.digest:
        raise UserError(f"{picture.file}: not the picture that the study has read; {AGAIN}")
    return {"bytes": content, "path": picture.file.name}
