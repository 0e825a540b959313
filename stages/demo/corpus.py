"""The embedded corpus as files: pictures, inventory, raw annotations and ground truth."""

import csv
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from stages.common import inventory
from stages.common.errors import UserError
from stages.common.files import atomic_write, write_parquet
from stages.common.params import EMBEDDED
from stages.common.processes import pool, usable_cores
from stages.common.progress import track
from stages.demo import painter, utterances
from stages.demo.artworks import ORDER, PAINT, Artwork, compose, stream

FOLDER = Path("data/raw") / EMBEDDED
TRUTH = FOLDER / "truth.parquet"
COLUMNS = ("art_style", "painting", "emotion", "utterance", "repetition")
QUALITY = 90
# A process takes longer to start than this many pictures take to paint.
FEW_PICTURES = 32
CARD = """\
name: demo
citation: The embedded corpus of artemis-dvc
licence: MIT
terms: None; all of it is made by a program
consent: Nobody was asked, since nobody is in it
redistribute: true
"""

Rows = list[tuple[int, int]]  # (artwork, annotation) of each record, in the order of the file


def paint(folder: Path, pictures: int, size: int, seed: int) -> list[Artwork]:
    """Write a whole corpus to `folder`: the files of any data set, and truth.parquet.

    Many pictures are painted by a pool of spawned processes, so a script that calls this
    needs an `if __name__ == "__main__"`.

    Raises:
        UserError: `folder` already holds pictures.
    """
    if inventory.scan(folder / "images"):
        raise UserError(f"{folder / 'images'} already holds pictures; remove it, or name another folder")
    artworks = compose(pictures, seed)
    paint_pictures(artworks, folder / "images", size, seed)
    inventory.save(inventory.scan(folder / "images"), folder / "images.tsv")
    rows = shuffled(artworks, seed)
    save_annotations(artworks, rows, folder / "annotations.csv")
    save_truth(artworks, rows, folder / "truth.parquet")
    save_genres(artworks, folder / "genres.csv")
    (folder / "exclude.csv").write_text("art_style,painting,record,reason\n", encoding="utf-8")
    (folder / "twins.csv").write_text("art_style,painting,group\n", encoding="utf-8")
    (folder / "dataset.yaml").write_text(CARD, encoding="utf-8")
    return artworks


def paint_pictures(artworks: Sequence[Artwork], folder: Path, size: int, seed: int) -> None:
    """Paint and encode `<folder>/<art_style>/<painting>.jpg` for every artwork."""
    for style in {artwork.description.style for artwork in artworks}:
        (folder / style).mkdir(parents=True, exist_ok=True)
    save = partial(_save_picture, folder=folder, size=size, seed=seed)
    workers = min(usable_cores(), len(artworks) // FEW_PICTURES)
    with pool(workers) if workers > 1 else nullcontext() as painters:
        done = map(save, artworks) if painters is None else painters.map(save, artworks, chunksize=8)
        for _ in track(done, "pictures painted", len(artworks)):
            pass


def _save_picture(artwork: Artwork, folder: Path, size: int, seed: int) -> None:
    image = Image.fromarray(paint_artwork(artwork, size, seed))
    image.save(folder / artwork.path, "JPEG", quality=QUALITY)


def paint_artwork(artwork: Artwork, size: int, seed: int) -> np.ndarray:
    """The pixels of one artwork before encoding, uint8 (H, W, 3)."""
    return painter.paint(artwork.description, size, stream(seed, artwork.number, PAINT))


def shuffled(artworks: Sequence[Artwork], seed: int) -> Rows:
    """The records in random order: as in ArtEmis, an artwork's rows are not adjacent."""
    rows = [(artwork.number, k) for artwork in artworks for k in range(len(artwork.annotations))]
    return [rows[i] for i in stream(seed, 1, ORDER).permutation(len(rows))]


def save_annotations(artworks: Sequence[Artwork], rows: Rows, path: Path) -> None:
    """Write the raw CSV with the columns of the ArtEmis release."""
    records = []
    for number, k in rows:
        artwork = artworks[number]
        annotation = artwork.annotations[k]
        style, count = artwork.description.style, len(artwork.annotations)
        records.append((style, artwork.painting, annotation.emotion, annotation.utterance, count))
    _save_csv(COLUMNS, records, path)


def save_genres(artworks: Sequence[Artwork], path: Path) -> None:
    """Write each artwork's scene as its genre, in the format of a data set's genres.csv."""
    columns = ("art_style", "painting", "genre")
    _save_csv(columns, [(a.description.style, a.painting, a.description.scene) for a in artworks], path)


def _save_csv(columns: Sequence[str], records: Iterable[tuple[object, ...]], path: Path) -> None:
    with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(records)


def save_truth(artworks: Sequence[Artwork], rows: Rows, path: Path) -> None:
    """Write the ground truth of each artwork; `records` numbers the data rows of annotations.csv from 1."""
    records: list[list[int]] = [[] for _ in artworks]
    given: list[list[list[float]]] = [[] for _ in artworks]
    for record, (number, k) in enumerate(rows, start=1):
        records[number].append(record)
        given[number].append(artworks[number].annotations[k].p_emotion_given_words.tolist())
    texts = [_texts(artwork) for artwork in artworks]
    columns = {name: pa.array([text[name] for text in texts], pa.string()) for name in texts[0]}
    floats = pa.list_(pa.float64())
    columns["p_emotion"] = pa.array([artwork.p_emotion.tolist() for artwork in artworks], floats)
    columns["records"] = pa.array(records, pa.list_(pa.int64()))
    columns["p_emotion_given_words"] = pa.array(given, pa.list_(floats))
    write_parquet(pa.table(columns), path)


def _texts(artwork: Artwork) -> dict[str, str]:
    description = artwork.description
    return {
        "art_style": description.style,
        "painting": artwork.painting,
        "scene": description.scene,
        "motif": description.motif,
        "palette": description.palette,
        "detail": description.detail,
        "lean": artwork.lean,
        "neutral": utterances.neutral(description),
    }


def load_truth(path: Path = TRUTH) -> pd.DataFrame:
    """One row per artwork, in the order of their numbers."""
    return pq.read_table(path).to_pandas()
