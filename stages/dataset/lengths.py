"""How long utterances are, and of how many different words."""

from typing import Any

import numpy as np
import pandas as pd

# ArtEmis draws its histogram of lengths up to here.
LONG = 50


def lengths(tokens: pd.Series) -> dict[str, Any]:
    """Mean, median, maximum and total number of tokens, and the same of the utterances of at most `LONG` tokens."""
    short = tokens[tokens <= LONG]
    return {
        "mean": float(tokens.mean()),
        "median": float(tokens.median()),
        "max": int(tokens.max()),
        "total": int(tokens.sum()),
        "up_to_50": {
            "share": len(short) / len(tokens),
            "mean": float(short.mean()),
            "median": float(short.median()),
            "deviation": float(short.std(ddof=0)),
        },
        # How many utterances have 0, 1, 2 ... tokens.
        "counts": np.bincount(short, minlength=LONG + 1).tolist(),
    }


def mean_lengths(tokens: pd.Series, groups: pd.Series) -> dict[str, float]:
    """The mean number of tokens of each group's utterances, the shortest first; rows without a group are left out."""
    return {str(group): float(mean) for group, mean in tokens.groupby(groups.to_numpy()).mean().sort_values().items()}
