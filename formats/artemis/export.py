"""Export utterances and emotion histograms as ArtEmis' own files, for scripts that read those."""

import csv
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa

from stages.common.artworks import ARTWORK
from stages.common.emotions import NO_EMOTIONS
from stages.common.errors import UserError
from stages.common.files import atomic_write, write_parquet, write_with
from stages.histograms.tables import PATH, load_histograms
from stages.utterances.splits import SPLITS
from stages.utterances.tables import load_utterances, table_path, vocabulary_path
from stages.utterances.vocabulary import Vocabulary

REFERENCES = pa.schema(
    [
        ("art_style", pa.string()),
        ("painting", pa.string()),
        ("emotion", pa.list_(pa.int32())),
        ("references_pre_vocab", pa.list_(pa.string())),
        # Words outside the vocabulary are <unk>.
        ("references", pa.list_(pa.string())),
    ]
)


def export_utterances(profile: str, folder: Path) -> str:
    """Write the utterances of a profile (analysis or deep_nets) to `folder`; returns a summary.

    The files are artemis_preprocessed.csv (lists as Python writes them), vocabulary.json
    (word -> id; ArtEmis has a pickle) and the references by artwork, one file a split, as
    Parquet and as JSON.

    Raises:
        UserError: the profile has not been made.
    """
    if not table_path(profile).exists():
        raise UserError(f"{table_path(profile)}: not made yet; `dvc repro utterances@{profile}` makes it")
    frame = load_utterances(profile)
    vocabulary = Vocabulary.load(vocabulary_path(profile))
    _save_preprocessed(frame, folder / "artemis_preprocessed.csv")
    vocabulary.save(folder / "vocabulary.json")
    for split in SPLITS:
        if (frame["split"] == split).any():
            _save_references(_references(frame[frame["split"] == split], vocabulary), folder / f"references_{split}")
    return f"{folder}: {len(frame):,} utterances on {len(frame[ARTWORK].drop_duplicates()):,} artworks"


def _save_preprocessed(frame: pd.DataFrame, path: Path) -> None:
    """Write all columns as CSV."""
    lists = {column: [str(value.tolist()) for value in frame[column]] for column in ("tokens", "tokens_encoded")}
    write_with(lambda beside: frame.assign(**lists).to_csv(beside, index=False), path)


def _references(frame: pd.DataFrame, vocabulary: Vocabulary) -> pd.DataFrame:
    """One row for each artwork, sorted, with the emotions and texts of its utterances in the frame's order."""
    columns = {
        **{name: frame[name] for name in ARTWORK},
        "emotion": frame["emotion_label"].astype("Int32"),
        "references_pre_vocab": frame["utterance_spelled"],
        "references": [vocabulary.decode(ids) for ids in frame["tokens_encoded"]],
    }
    return pd.DataFrame(columns).groupby(ARTWORK, as_index=False).agg(list)


def _save_references(frame: pd.DataFrame, stem: Path) -> None:
    """Write the same rows as <stem>.parquet and as <stem>.json, a list of objects."""
    table = pa.Table.from_pandas(frame, schema=REFERENCES, preserve_index=False)
    write_parquet(table, stem.with_suffix(".parquet"))
    text = json.dumps(table.to_pylist(), ensure_ascii=False, indent=1)
    write_with(lambda beside: beside.write_text(text + "\n", encoding="utf-8"), stem.with_suffix(".json"))


def export_histograms(file: Path) -> str:
    """Write the study's emotion histograms to a CSV; returns a summary.

    Raises:
        UserError: they have not been made.
    """
    if not PATH.exists():
        raise UserError(f"{PATH}: not made yet; `dvc repro histograms` makes it")
    histograms = load_histograms()
    if histograms.empty:
        raise UserError(f"{PATH}: {NO_EMOTIONS}, so there is no histogram to export")
    save_histograms(histograms, file)
    return f"{file}: {len(histograms):,} artworks"


def save_histograms(histograms: pd.DataFrame, file: Path) -> None:
    """Write the table of ArtEmis' notebook `extract_emotion_histogram`: counts as a list of floats."""
    with atomic_write(file) as beside, beside.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([*ARTWORK, "emotion_histogram"])
        for art_style, painting, counts in histograms[[*ARTWORK, "counts"]].itertuples(index=False):
            writer.writerow([art_style, painting, [float(count) for count in counts]])
