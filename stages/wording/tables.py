"""Tables of this stage: measures of each utterance and artwork, and the summaries of the caption sets."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.files import read_json, write_json, write_parquet
from stages.wording.parts_of_speech import PARTS

FOLDER = Path("data/wording")
# VADER's threshold: a compound score nearer to zero is neutral.
NEUTRAL = 0.05
# Limits of the scales, and the number of bins of a distribution.
SCALES = {"concreteness": (1.0, 5.0), "sentiment": (0.0, 1.0), "subjectivity": (0.0, 1.0)}
BINS = 20
NAME = pa.dictionary(pa.int32(), pa.string())
COUNTS = [(part, pa.int32()) for part in PARTS]
# In the order of the rows of data/utterances/analysis.
UTTERANCES = pa.schema(
    [
        ("art_style", NAME),
        ("painting", NAME),
        ("tokens", pa.int32()),
        # Null without the table of ratings, or if no word is rated.
        ("concreteness", pa.float64()),
        ("abstract", pa.bool_()),
        # VADER's compound score; null without its lexicon.
        ("sentiment", pa.float64()),
        ("subjectivity", pa.float64()),
        # Number of words of each part of speech.
        *COUNTS,
    ]
)
# One row per artwork, with the number of distinct words of each part of speech in its utterances.
ARTWORKS = pa.schema([("art_style", NAME), ("painting", NAME), ("utterances", pa.int32()), *COUNTS])


def save(utterances: pd.DataFrame, artworks: pd.DataFrame, sets: dict[str, Any], folder: Path = FOLDER) -> None:
    """Write all three files; NaN becomes null."""
    for frame, schema, name in ((utterances, UTTERANCES, "utterances"), (artworks, ARTWORKS, "artworks")):
        table = pa.Table.from_pandas(frame[schema.names], schema, preserve_index=False)
        write_parquet(table, folder / f"{name}.parquet")
    write_json(sets, folder / "sets.json")


def save_unmeasured(folder: Path = FOLDER) -> None:
    """Write all three files without a row and without a set."""
    utterances, artworks = (pd.DataFrame(columns=schema.names) for schema in (UTTERANCES, ARTWORKS))
    save(utterances, artworks, {"sets": {}}, folder)


def load_utterances(folder: Path = FOLDER) -> pd.DataFrame:
    """Columns of `UTTERANCES`, with art_style and painting as categories."""
    return pq.read_table(folder / "utterances.parquet").to_pandas()


def load_artworks(folder: Path = FOLDER) -> pd.DataFrame:
    """Columns of `ARTWORKS`, with art_style and painting as categories."""
    return pq.read_table(folder / "artworks.parquet").to_pandas()


def load_sets(folder: Path = FOLDER) -> dict[str, Any]:
    """`tagger`, `missing` (measures without data) and `sets` (name -> summary); `sets` alone, empty, if unmeasured."""
    sets: dict[str, Any] = read_json(folder / "sets.json")
    return sets


def summarize(utterances: pd.DataFrame, artworks: pd.DataFrame) -> dict[str, Any]:
    """Figures of a caption set, without those that could not be measured.

    Sentiment is the absolute value of the compound score.

    Args:
        utterances, artworks: columns of UTTERANCES and ARTWORKS; the names are not used.
    """
    scales = {
        "concreteness": utterances["concreteness"].dropna(),
        "sentiment": utterances["sentiment"].abs().dropna(),
        "subjectivity": utterances["subjectivity"],
    }
    result: dict[str, Any] = {
        "utterances": len(utterances),
        "pictures": len(artworks),
        "mean_tokens": float(utterances["tokens"].mean()),
    }
    result |= {name: _distribution(values, SCALES[name]) for name, values in scales.items() if len(values)}
    if "concreteness" in result:
        result["abstract"] = float(utterances["abstract"].mean())
    if "sentiment" in result:
        result["neutral"] = float((scales["sentiment"] < NEUTRAL).mean())
    counts = artworks[list(PARTS)]
    result["parts"] = _means(utterances[list(PARTS)])
    result["distinct"] = _means(counts)
    result["distinct_per_utterance"] = _means(counts.div(artworks["utterances"], axis=0))
    return result


def _distribution(values: pd.Series, limits: tuple[float, float]) -> dict[str, Any]:
    """Mean, median, and the share of the values in each of BINS bins."""
    counts, _ = np.histogram(values, BINS, limits)
    return {
        "mean": float(values.mean()),
        "median": float(values.median()),
        "shares": [float(count / len(values)) for count in counts],
    }


def _means(counts: pd.DataFrame) -> dict[str, float]:
    return {str(part): float(mean) for part, mean in counts.mean().items()}


def by_group(
    utterances: pd.DataFrame, artworks: pd.DataFrame, of_utterance: pd.Series, of_artwork: pd.Series
) -> dict[str, Any]:
    """Mean and median of each scale, and mean counts of each part of speech, by group.

    Scales that could not be measured and rows without a group are left out.

    Args:
        utterances, artworks: tables of this stage.
        of_utterance, of_artwork: group of each of their rows.
    """
    scales = utterances[list(SCALES)].assign(sentiment=utterances["sentiment"].abs())
    scales = scales[[name for name in SCALES if scales[name].notna().any()]]
    grouped = scales.groupby(of_utterance.to_numpy())
    mean, median = grouped.mean().to_dict("index"), grouped.median().to_dict("index")
    parts = utterances[list(PARTS)].groupby(of_utterance.to_numpy()).mean().to_dict("index")
    distinct = artworks[list(PARTS)].groupby(of_artwork.to_numpy()).mean().to_dict("index")
    return {
        str(group): {
            **{str(name): {"mean": mean[group][name], "median": median[group][name]} for name in scales},
            "parts": counts,
            "distinct": distinct[group],
        }
        for group, counts in parts.items()
    }
