"""Which captions are the best and the worst, by each metric that judges single captions."""

from collections.abc import Sequence

import pandas as pd

from stages.metrics.joint import ROWS
from stages.metrics.pairing import ARTWORK

# Columns of data/metrics/<system>.parquet; METEOR and SPICE only where they were measured.
METRICS = ("bleu_4", "meteor", "rouge_l", "cider", "spice", "alignment.cross_entropy")
LOWER_IS_BETTER = {"alignment.cross_entropy"}


def extremes(pictures: pd.DataFrame, count: int, *, best: bool) -> pd.DataFrame:
    """The artworks whose captions are the `count` best (or worst) by any of the metrics.

    A caption's BLEU-4 is often zero: of equal ones that is better which another metric,
    the next of the list, thinks better of.

    Args:
        pictures: a row for each picture, as `stages.metrics.tables` has it.

    Returns:
        art_style, painting, caption and `why`: a dict of the metrics by which the caption
        is one of them, in words, to its values; in the order in which they were found.
    """
    measured = [name for name in METRICS if name in pictures and pictures[name].notna().any()]
    found: dict[tuple[str, str], dict[str, float]] = {}
    for name in measured:
        for row in _ordered(pictures, name, measured, best).head(count).to_dict("records"):
            found.setdefault((row["art_style"], row["painting"]), {})[ROWS[name]] = row[name]
    chosen = pd.DataFrame([(*artwork, why) for artwork, why in found.items()], columns=[*ARTWORK, "why"])
    return chosen.merge(pictures[[*ARTWORK, "caption"]], on=ARTWORK)


def _ordered(pictures: pd.DataFrame, name: str, measured: Sequence[str], best: bool) -> pd.DataFrame:
    """The captions that have a value, the best (or the worst) first."""
    keys = [name, *(other for other in measured if other != name)]
    ascending = [(key in LOWER_IS_BETTER) == best for key in keys]
    return pictures.dropna(subset=[name]).sort_values(keys, ascending=ascending, kind="stable")
