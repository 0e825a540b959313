"""histograms: count the emotions that annotators chose for each artwork.

Reads data/annotations/annotations.parquet, including the utterances that are too short or too long for training.
Writes data/histograms/histograms.parquet.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.annotations.tables import load_annotations, load_emotions
from stages.common.emotions import DEFINITIONS, NO_EMOTIONS, Emotions
from stages.common.entry import run
from stages.common.files import write_json
from stages.histograms.tables import count_emotions, load_histograms, save_histograms

METRICS = Path("reports/histograms/metrics.json")


def main() -> str:
    emotions = load_emotions()
    save_histograms(count_emotions(load_annotations(), emotions), emotions)
    metrics = _metrics(load_histograms(), emotions) if emotions else {}
    write_json(metrics, METRICS)
    if not emotions:
        return f"no rows: {NO_EMOTIONS}"
    emotion, share = max(metrics["share"].items(), key=lambda item: item[1])
    return f"{metrics['votes']:,} votes on {metrics['artworks']:,} artworks, most often {emotion} ({share:.1%})"


def _metrics(histograms: pd.DataFrame, emotions: Emotions) -> dict[str, Any]:
    """Sizes, share of each emotion among the votes, and share of artworks with each kind of majority."""
    votes = np.stack(histograms["counts"].tolist()).sum(axis=0)  # (C,)
    return {
        "artworks": len(histograms),
        "votes": int(votes.sum()),
        "share": {emotion: float(n / votes.sum()) for emotion, n in zip(emotions, votes, strict=True)},
        "majority": {name: float(histograms[name].notna().mean()) for name in DEFINITIONS},
        "mean_entropy": float(histograms["entropy"].mean()),
    }


if __name__ == "__main__":
    run(__doc__, main)
