"""Write a profile as ArtEmis' own files: `python -m formats.artemis.utterances <profile> <folder>`.

For scripts that were written around them: artemis_preprocessed.csv (lists as Python
writes them), vocabulary.json (word -> id; theirs is a pickle) and the references grouped
by artwork, one file a split, as Parquet and as JSON. A tool, so nobody's dep.
"""

import argparse
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa

from stages.common.entry import tool
from stages.common.errors import UserError
from stages.common.files import save_with, write_parquet
from stages.utterances.splits import ARTWORK, SPLITS
from stages.utterances.tables import load_utterances, table_path, vocabulary_path
from stages.utterances.vocabulary import Vocabulary

# `references` are what a network can say: words that it does not know are <unk>.
GROUPED = pa.schema(
    [
        ("art_style", pa.string()),
        ("painting", pa.string()),
        ("emotion", pa.list_(pa.int32())),
        ("references_pre_vocab", pa.list_(pa.string())),
        ("references", pa.list_(pa.string())),
    ]
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("profile", help="analysis or deep_nets")
    parser.add_argument("folder", type=Path, help="where to write")
    asked = parser.parse_args()
    if not table_path(asked.profile).exists():
        raise UserError(f"{table_path(asked.profile)}: not made yet; `dvc repro utterances@{asked.profile}` makes it")
    frame = load_utterances(asked.profile)
    vocabulary = Vocabulary.load(vocabulary_path(asked.profile))
    save_preprocessed(frame, asked.folder / "artemis_preprocessed.csv")
    vocabulary.save(asked.folder / "vocabulary.json")
    for split in SPLITS:
        if (frame["split"] == split).any():
            save_grouped(grouped(frame[frame["split"] == split], vocabulary), asked.folder / f"references_{split}")
    print(f"{asked.folder}: {len(frame):,} utterances on {len(frame[ARTWORK].drop_duplicates()):,} artworks")
    return 0


def save_preprocessed(frame: pd.DataFrame, path: Path) -> None:
    """Write all columns as CSV."""
    lists = {column: [str(value.tolist()) for value in frame[column]] for column in ("tokens", "tokens_encoded")}
    save_with(lambda beside: frame.assign(**lists).to_csv(beside, index=False), path)


def grouped(frame: pd.DataFrame, vocabulary: Vocabulary) -> pd.DataFrame:
    """One row for each artwork, sorted, with the emotions and texts of its utterances in the frame's order."""
    said = pd.DataFrame(
        {
            **{name: frame[name] for name in ARTWORK},
            "emotion": frame["emotion_label"],
            "references_pre_vocab": frame["utterance_spelled"],
            "references": [vocabulary.decode(ids) for ids in frame["tokens_encoded"]],
        }
    )
    return said.groupby(ARTWORK, as_index=False).agg(list)


def save_grouped(frame: pd.DataFrame, stem: Path) -> None:
    """Write the same as <stem>.parquet and <stem>.json, a list of objects."""
    table = pa.Table.from_pandas(frame, schema=GROUPED, preserve_index=False)
    write_parquet(table, stem.with_suffix(".parquet"))
    text = json.dumps(table.to_pylist(), ensure_ascii=False, indent=1)
    save_with(lambda beside: beside.write_text(text + "\n", encoding="utf-8"), stem.with_suffix(".json"))


if __name__ == "__main__":
    tool(main)
