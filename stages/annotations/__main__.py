"""annotations: validate the raw annotations and match them with the inventory of pictures.

Reads data/raw/<dataset>/: the annotations (CSV, gzipped CSV or Parquet), images.tsv, dataset.yaml, exclude.csv and
genres.csv. Writes data/annotations/: annotations.parquet, images.parquet, genres.parquet, dataset.json, emotions.json
(the labels; none if no row has one), and rejects.parquet with the invalid and excluded records, each with its number
and the reason. Duplicates and artworks without a readable picture are flagged and kept: only stages that read pictures
skip them.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from stages.annotations import sources
from stages.annotations.ingest import REJECT_KINDS, Census, first_pass, second_pass
from stages.annotations.metadata import Exclusions, read_card, read_exclusions, read_genres
from stages.annotations.params import Params
from stages.annotations.tables import (
    ANNOTATIONS,
    FOLDER,
    REJECTS,
    match_pictures,
    respelled,
    save_emotions,
    save_genres,
    save_images,
    unclear,
)
from stages.common import inventory
from stages.common.artworks import ARTWORK, picture_folder
from stages.common.emotions import NO_EMOTIONS, Emotions
from stages.common.entry import run
from stages.common.errors import UserError
from stages.common.files import parquet_writer, write_json
from stages.common.params import load
from stages.common.picture_folders import SUFFIXES, search

METRICS = Path("reports/annotations/metrics.json")
EXPECTED = f"<art_style>/<painting>{SUFFIXES[0]} ({', '.join(SUFFIXES[1:])})"
WITHOUT_PICTURES = "for work on text alone set annotations.require_images to false"


class Ingested(NamedTuple):
    """Result of the ingestion: `artworks` with their number of annotations, `pictures` as in images.parquet."""

    census: Census
    artworks: pd.DataFrame
    pictures: pd.DataFrame
    # Number of pictures that show no annotated artwork.
    unmatched: int
    # Number of annotations that repeat an earlier one.
    duplicates: int
    # Artworks whose rows have different values of `repetition`.
    inconsistent: pd.DataFrame
    # Artworks without a picture: several artworks and files have the same name in another spelling of Unicode.
    unclear: list[str]


def main() -> str:
    params = load(Params)
    folder = Path("data/raw") / params.dataset
    files = inventory.load(folder / "images.tsv")
    if params.annotations.require_images:
        _require_pictures(files, folder, picture_folder(params.dataset))
    card = read_card(folder / "dataset.yaml")
    genres = read_genres(folder / "genres.csv")
    exclusions = read_exclusions(folder / "exclude.csv")
    file = folder / params.annotations.file
    emotions = card.label_set() if sources.has_emotions(file) else Emotions({})
    result = _ingest(params, file, files, exclusions, emotions)
    save_images(result.pictures)
    artworks = result.artworks[ARTWORK].itertuples(index=False, name=None)
    save_genres({artwork: genres[artwork] for artwork in artworks if artwork in genres})
    write_json({**card.model_dump(exclude={"emotions"}), "name": card.name or params.dataset}, FOLDER / "dataset.json")
    save_emotions(emotions)
    metrics = _metrics(result)
    write_json(metrics, METRICS)
    _print_warnings(exclusions, result)
    return (
        f"{metrics['annotations']:,} annotations of {len(result.artworks):,} artworks "
        f"({metrics['artworks_with_picture']:,} with a picture), {metrics['rejects']['all']:,} rejects"
        + ("" if emotions else f"; {NO_EMOTIONS}: no emotion is predicted, asked for or scored")
    )


def _require_pictures(files: list[inventory.Picture], folder: Path, pictures: Path) -> None:
    if not pictures.is_dir():
        raise UserError(f"{pictures}: no such picture folder; create it or link to it; {WITHOUT_PICTURES}")
    if not files:
        raise UserError(f"{folder / 'images.tsv'}: lists no picture; {_why_none(folder.name, pictures)}")


def _why_none(dataset: str, pictures: Path) -> str:
    """What to do about an empty inventory."""
    found, command = search(pictures), f"`artemis inventory {dataset}`"
    if found.pictures:
        return f"{command} lists the {len(found.pictures):,} in {pictures}"
    notes = "".join(f"; {note}" for note in found.notes())
    return f"{command} finds none in {pictures}{notes}; expected {EXPECTED}; {WITHOUT_PICTURES}"


def _ingest(
    params: Params, file: Path, files: list[inventory.Picture], exclusions: Exclusions, emotions: Emotions
) -> Ingested:
    """Write annotations.parquet and rejects.parquet batch by batch."""
    config = params.annotations
    FOLDER.mkdir(parents=True, exist_ok=True)
    # Not in /tmp, which is in memory on some machines.
    with tempfile.TemporaryFile(dir=FOLDER) as staged, parquet_writer(FOLDER / "rejects.parquet", REJECTS) as rejects:
        records = sources.read(file, emotions, exclusions.reason if exclusions else None)
        census = first_pass(records, staged, rejects, strict=file if config.strict else None)
        if not census.artworks:
            raise UserError(f"{file}: none of its {census.records:,} records is usable; {_most_frequent(census)}")
        artworks = pd.DataFrame(list(census.artworks), columns=ARTWORK).assign(annotations=census.per_artwork())
        matched = match_pictures(files, artworks)
        selected = census.sample(config.artworks, params.seed)
        pictures = matched.merge(artworks.loc[selected, ARTWORK], on=ARTWORK)
        if config.require_images and pictures["problem"].notna().all():
            raise UserError(
                f"{file}: images.tsv lists no readable picture of any of its {selected.sum():,} artworks; expected "
                f"{EXPECTED}{_examples(files, artworks)}"
            )
        duplicates = _write(second_pass(staged, census, selected, _pictured(artworks, matched)))
    inconsistent = artworks.iloc[[number for number in sorted(census.inconsistent) if selected[number]]]
    unmatched = len(files) - len(matched)
    names = unclear(files, artworks[selected], matched)
    return Ingested(census, artworks[selected], pictures, unmatched, duplicates, inconsistent, names)


def _examples(files: list[inventory.Picture], artworks: pd.DataFrame) -> str:
    """A path and an artwork, whose names a person can compare."""
    artwork = "/".join(artworks.iloc[0][ARTWORK])
    return f"; the first picture is {files[0].path}, the first artwork {artwork}" if files else ""


def _pictured(artworks: pd.DataFrame, pictures: pd.DataFrame) -> np.ndarray:
    """Mask of the artworks that have a readable picture, bool."""
    readable = pd.MultiIndex.from_frame(pictures.loc[pictures["problem"].isna(), ARTWORK])
    return pd.MultiIndex.from_frame(artworks[ARTWORK]).isin(readable)


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
        return "the file has only a header"
    kind, count = census.rejects.most_common(1)[0]
    first = census.first_rejects[kind]
    # rejects.parquet does not outlive a failed run.
    example = f"the first in record {first.record:,}: {first.reason}"
    advice = {
        "excluded": "see exclude.csv",
        "unknown_emotion": "correct such records, or name your labels under `emotions` in dataset.yaml",
    }.get(kind, "correct such records")
    return f"most frequent reason: {kind.replace('_', ' ')} ({count:,} times), {example}; {advice}"


def _metrics(result: Ingested) -> dict[str, Any]:
    counts, rejects = result.artworks["annotations"], result.census.rejects
    readable = int(result.pictures["problem"].isna().sum())
    return {
        "rows": result.census.records,
        "annotations": int(counts.sum()),
        "duplicates": result.duplicates,
        "rejects": {"all": rejects.total(), **{kind: rejects[kind] for kind in REJECT_KINDS}},
        "artworks": len(counts),
        "annotations_per_artwork": {
            "mean": float(counts.mean()),
            "median": float(counts.median()),
            "min": int(counts.min()),
            "max": int(counts.max()),
        },
        "artworks_that_disagree_about_repetition": len(result.inconsistent),
        "artworks_with_picture": readable,
        "artworks_without_picture": len(counts) - len(result.pictures),
        "unreadable_pictures": len(result.pictures) - readable,
        "pictures_without_artwork": result.unmatched,
    }


def _print_warnings(exclusions: Exclusions, result: Ingested) -> None:
    if unused := exclusions.unused():
        print(f"  exclude.csv: {len(unused):,} entries match no record, the first is {unused[0]}; check the spelling")
    if reject := result.census.first_rejects.get("unknown_emotion"):
        count = result.census.rejects["unknown_emotion"]
        print(f"  emotion: {count:,} records are set aside; the first, record {reject.record:,}: {reject.reason}")
    if len(result.inconsistent):
        first = "/".join(result.inconsistent.iloc[0][ARTWORK])
        count = len(result.inconsistent)
        print(f"  repetition: {count:,} artworks have rows with different values, the first is {first}")
    if len(others := respelled(result.pictures)):
        print(
            f"  images.tsv: {len(others):,} pictures have their artwork's name in another spelling of Unicode (NFC or "
            f"NFD) and were matched, the first is {others['path'].iloc[0]}"
        )
    if result.unclear:
        print(
            f"  images.tsv: {len(result.unclear):,} artworks have no picture, since several names differ only in the "
            f"spelling of Unicode (NFC or NFD), the first is {result.unclear[0]}; make the names in the table and of "
            "the files the same"
        )


if __name__ == "__main__":
    run(__doc__, main)
