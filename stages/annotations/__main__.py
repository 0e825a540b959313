"""annotations: ingest the raw table row by row and match it with the inventory of pictures.

Reads of data/raw/<dataset>/ the annotations (CSV, gzipped CSV or Parquet), images.tsv,
and dataset.yaml, exclude.csv and genres.csv, which may say nothing. Rows that cannot
be used, or were taken down, are kept aside in data/annotations/rejects.parquet, each
with its record number and the reason. Duplicates and artworks without a readable
picture are flagged and stay: only stages that look at pictures skip them.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from stages.annotations import sources
from stages.annotations.beside import Exclusions, read_card, read_exclusions, read_genres
from stages.annotations.ingest import KINDS, Census, annotations, stage
from stages.annotations.params import Params
from stages.annotations.tables import ANNOTATIONS, FOLDER, KEY, REJECTS, match, save_genres, save_images
from stages.common import inventory
from stages.common.artworks import picture_folder
from stages.common.entry import run
from stages.common.errors import UserError
from stages.common.files import parquet_writer, write_json
from stages.common.params import load


class Ingested(NamedTuple):
    """What went through: `artworks` with their number of annotations, `pictures` as in images.parquet."""

    census: Census
    artworks: pd.DataFrame
    pictures: pd.DataFrame
    # Pictures that show no annotated artwork.
    unmatched: int
    duplicates: int
    # Artworks whose rows disagree about `repetition`.
    disagreeing: pd.DataFrame


def main() -> str:
    params = load(Params)
    folder = Path("data/raw") / params.dataset
    files = inventory.load(folder / "images.tsv")
    if params.annotations.require_images:
        _require(files, folder, picture_folder(params.dataset))
    card = read_card(folder / "dataset.yaml")
    genres = read_genres(folder / "genres.csv")
    exclusions = read_exclusions(folder / "exclude.csv")
    made = _ingest(params, folder / params.annotations.file, files, exclusions)
    save_images(made.pictures)
    ours = made.artworks[KEY].itertuples(index=False, name=None)
    save_genres({artwork: genres[artwork] for artwork in ours if artwork in genres})
    write_json({**card.model_dump(), "name": card.name or params.dataset}, FOLDER / "dataset.json")
    figures = _figures(made)
    write_json(figures, Path("reports/annotations/metrics.json"))
    if idle := exclusions.idle():
        print(f"  exclude.csv: no record is about {len(idle):,} of its lines, {idle[0]} the first; misspelt, or gone?")
    if len(made.disagreeing):
        first = "/".join(made.disagreeing.iloc[0][KEY])
        print(f"  repetition: the rows of {len(made.disagreeing):,} artworks disagree about it, {first} the first")
    seen = f"{len(made.artworks):,} artworks ({figures['artworks_with_picture']:,} with a picture)"
    return f"{figures['annotations']:,} annotations of {seen}, {figures['rejects']['all']:,} rejects"


def _require(files: list[inventory.Picture], folder: Path, root: Path) -> None:
    way_out = "annotations.require_images: false serves work on text alone"
    if not root.is_dir():
        raise UserError(f"{root}: there is no such folder of pictures; put them there, or a link to them, or {way_out}")
    if not files:
        again = f"`python -m commands.inventory {folder.name}` lists them"
        raise UserError(f"{folder / 'images.tsv'}: there is no picture in it; {again}, and {way_out}")


def _ingest(params: Params, file: Path, files: list[inventory.Picture], exclusions: Exclusions) -> Ingested:
    """Write the tables of annotations and rejects, which pass through memory in batches."""
    ours = params.annotations
    FOLDER.mkdir(parents=True, exist_ok=True)
    # Not in /tmp, which is memory on some machines.
    with tempfile.TemporaryFile(dir=FOLDER) as staged, parquet_writer(FOLDER / "rejects.parquet", REJECTS) as rejects:
        records = sources.read(file, exclusions.why if exclusions else None)
        census = stage(records, staged, rejects, strict=file if ours.strict else None)
        if not census.artworks:
            raise UserError(f"{file}: none of its {census.records:,} records can be used; {_most_frequent(census)}")
        artworks = pd.DataFrame(list(census.artworks), columns=KEY).assign(annotations=census.per_artwork())
        found = match(files, artworks)
        chosen = census.chosen(ours.artworks, params.seed)
        pictures = found.merge(artworks.loc[chosen, KEY], on=KEY)
        if ours.require_images and pictures["problem"].notna().all():
            told = f"images.tsv lists no readable picture of any of its {chosen.sum():,} artworks"
            raise UserError(f"{file}: {told}; they are looked for as <art_style>/<painting>.jpg (.jpeg, .png)")
        duplicates = _write(annotations(staged, census, chosen, _pictured(artworks, found)))
    disagreeing = artworks.iloc[[number for number in sorted(census.disagreeing) if chosen[number]]]
    return Ingested(census, artworks[chosen], pictures, len(files) - len(found), duplicates, disagreeing)


def _pictured(artworks: pd.DataFrame, pictures: pd.DataFrame) -> np.ndarray:
    """Which of `artworks` have a readable picture, bool."""
    readable = pd.MultiIndex.from_frame(pictures.loc[pictures["problem"].isna(), KEY])
    return pd.MultiIndex.from_frame(artworks[KEY]).isin(readable)


def _write(parts: Iterable[pa.Table]) -> int:
    """Write annotations.parquet; returns the number of duplicates."""
    duplicates = 0
    with parquet_writer(FOLDER / "annotations.parquet", ANNOTATIONS) as writer:
        for part in parts:
            writer.write_table(part)
            duplicates += int(np.count_nonzero(part["duplicate"].to_numpy()))
    return duplicates


def _most_frequent(census: Census) -> str:
    if not census.rejects:
        return "there is only a header"
    kind, count = census.rejects.most_common(1)[0]
    return f"most often: {kind.replace('_', ' ')} ({count:,} times)"


def _figures(made: Ingested) -> dict[str, Any]:
    counts, rejects = made.artworks["annotations"], made.census.rejects
    readable = int(made.pictures["problem"].isna().sum())
    return {
        "rows": made.census.records,
        "annotations": int(counts.sum()),
        "duplicates": made.duplicates,
        "rejects": {"all": rejects.total(), **{kind: rejects[kind] for kind in KINDS}},
        "artworks": len(counts),
        "annotations_per_artwork": {
            "mean": float(counts.mean()),
            "median": float(counts.median()),
            "min": int(counts.min()),
            "max": int(counts.max()),
        },
        "artworks_that_disagree_about_repetition": len(made.disagreeing),
        "artworks_with_picture": readable,
        "artworks_without_picture": len(counts) - len(made.pictures),
        "unreadable_pictures": len(made.pictures) - readable,
        "pictures_without_artwork": made.unmatched,
    }


if __name__ == "__main__":
    run(__doc__, main)
