"""The tables of a corpus: the raw annotations, the genres, and the truth about every artwork."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.tables import replacing, write_parquet
from stages.demo import words
from stages.demo.artworks import ORDER, Artwork, stream

TRUTH = Path("data/raw/demo/truth.parquet")
COLUMNS = ("art_style", "painting", "emotion", "utterance", "repetition")

Rows = list[tuple[int, int]]  # (artwork, annotation) of each record, in the order of the file


def shuffled(artworks: Sequence[Artwork], seed: int) -> Rows:
    """The order of the records, in which an artwork's rows lie apart, as in ArtEmis."""
    rows = [(artwork.number, k) for artwork in artworks for k in range(len(artwork.annotations))]
    return [rows[i] for i in stream(seed, 1, ORDER).permutation(len(rows))]


def save_annotations(artworks: Sequence[Artwork], rows: Rows, path: Path) -> None:
    """Write the raw CSV in the columns of the ArtEmis release."""
    with replacing(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number, k in rows:
            artwork = artworks[number]
            said = artwork.annotations[k]
            count = len(artwork.annotations)
            writer.writerow((artwork.description.style, artwork.painting, said.emotion, said.utterance, count))


def save_genres(artworks: Sequence[Artwork], path: Path) -> None:
    """Write each artwork's scene as its genre, as a data set of one's own may tell it."""
    with replacing(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("art_style", "painting", "genre"))
        writer.writerows((one.description.style, one.painting, one.description.scene) for one in artworks)


def save_truth(artworks: Sequence[Artwork], rows: Rows, path: Path) -> None:
    """Write what is known of each artwork; `records` counts the rows of annotations.csv after the header from 1."""
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
    holds = artwork.description
    return {
        "art_style": holds.style,
        "painting": artwork.painting,
        "scene": holds.scene,
        "motif": holds.motif,
        "palette": holds.palette,
        "detail": holds.detail,
        "lean": artwork.lean,
        "neutral": words.neutral(holds),
    }


def load_truth(path: Path = TRUTH) -> pd.DataFrame:
    """Read what `save_truth` wrote: one row per artwork, in the order of their numbers."""
    return pq.read_table(path).to_pandas()
