"""The tables of a study that are derived from its annotations and hold no utterance: emotions, splits and genres."""

import io
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from ruamel.yaml import YAML

from formats.hub.data_card import stated
from stages.annotations.metadata import DatasetCard
from stages.annotations.tables import FOLDER, GENRES, load_emotions
from stages.common.artworks import ARTWORK
from stages.common.errors import UserError
from stages.common.files import write_parquet
from stages.histograms import tables as histograms
from stages.utterances.tables import load_utterances

SPLITS = pa.schema([("art_style", pa.string()), ("painting", pa.string()), ("split", pa.string())])
SCHEMAS = {"histograms.parquet": histograms.SCHEMA, "splits.parquet": SPLITS, "genres.parquet": GENRES}
NAMES = tuple(SCHEMAS)
CONTENTS = {
    "histograms.parquet": "votes for each emotion (counts, in the order below), their entropy in nats, and the "
    "emotion by each definition of the majority",
    "splits.parquet": "the part of the study: train, val, test or rest",
    "genres.parquet": "the genre, where it is known",
}


def write(folder: Path) -> dict[str, Path]:
    """The tables with at least one row, by name; what is not in the study's folders is written to `folder`.

    Raises:
        UserError: the study is not made, or a table has columns that are not in its schema.
    """
    made = {"histograms.parquet": histograms.PATH, "genres.parquet": FOLDER / "genres.parquet"}
    profile = Path("data/utterances/analysis/utterances.parquet")
    if missing := [path for path in (*made.values(), profile) if not path.exists()]:
        raise UserError(f"{missing[0]}: not made yet; `dvc repro` makes it")
    made["splits.parquet"] = folder / "splits.parquet"
    write_parquet(_splits(), made["splits.parquet"])
    for name, path in made.items():
        _require_schema(path, SCHEMAS[name])
    return {name: made[name] for name in NAMES if pq.read_metadata(made[name]).num_rows}


def card_of(card: DatasetCard, files: Mapping[str, Path]) -> str:
    """README.md of the tables, with what dataset.yaml says of the data they were derived from."""
    head = {
        "pretty_name": f"{card.name}: tables by artwork",
        "language": [card.language],
        "configs": [{"config_name": name.removesuffix(".parquet"), "data_files": name} for name in files],
    }
    front = io.StringIO()
    YAML().dump(head, front)
    tables = "\n".join(f"- `{name}`: {CONTENTS[name]}" for name in files)
    about = (
        "Tables that artemis-dvc derived from the annotations of artworks (art_style, painting). They hold no "
        "utterance and no picture."
    )
    emotions = ", ".join(load_emotions().names)
    sections = [f"---\n{front.getvalue()}---", f"# {card.name}: tables by artwork", about, tables]
    return "\n\n".join([*sections, f"Emotions: {emotions}", *stated(card.model_dump())]) + "\n"


def _splits() -> pa.Table:
    rows = load_utterances("analysis")[[*ARTWORK, "split"]].astype(str).drop_duplicates().sort_values(ARTWORK)
    return pa.Table.from_pandas(rows, schema=SPLITS, preserve_index=False)


def _require_schema(path: Path, schema: pa.Schema) -> None:
    """Check that a table has no column beyond its schema, which has no text but names and labels."""
    found = pq.read_schema(path)
    if unknown := next((field for field in found if field not in list(schema)), None):
        raise UserError(
            f"{path}: the column {unknown.name} ({unknown.type}) is none of a table to publish; make it again"
        )
