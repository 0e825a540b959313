"""histograms: count the emotions that annotators chose for each artwork.

Reads data/annotations/annotations.parquet, all of it: also utterances that are too
short or too long to learn from carry a vote. Writes data/histograms/histograms.parquet.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.annotations.tables import load_annotations
from stages.common.emotions import DEFINITIONS, EMOTIONS
from stages.common.entry import run
from stages.common.files import write_json
from stages.histograms.tables import count_emotions, load_histograms, save_histograms

METRICS = Path("reports/histograms/metrics.json")


def main() -> str:
    save_histograms(count_emotions(load_annotations()))
    found = figures(load_histograms())
    write_json(found, METRICS)
    emotion, share = max(found["share"].items(), key=lambda item: item[1])
    return f"{found['votes']:,} votes on {found['artworks']:,} artworks, most often {emotion} ({share:.1%})"


def figures(frame: pd.DataFrame) -> dict[str, Any]:
    """The size of the table, the share of each emotion among all votes, and of artworks with each kind of majority."""
    votes = np.stack(frame["counts"].tolist()).sum(axis=0)  # (9,)
    return {
        "artworks": len(frame),
        "votes": int(votes.sum()),
        "share": {emotion: float(n / votes.sum()) for emotion, n in zip(EMOTIONS, votes, strict=True)},
        "majority": {name: float(frame[name].notna().mean()) for name in DEFINITIONS},
        "mean_entropy": float(frame["entropy"].mean()),
    }


if __name__ == "__main__":
    run(__doc__, main)
