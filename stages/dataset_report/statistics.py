"""Statistics of the data set: lengths, votes, keywords, and words for "something else"."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.common.emotions import EMOTIONS, NO_MAJORITY, at_least_half, entropy, polarity
from stages.common.errors import UserError
from stages.common.files import read_json

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


POLARITIES = ("positive", "negative", "else")
# (9, 3): which polarity each emotion has.
_POLAR = np.array([[polarity(emotion) == name for name in POLARITIES] for emotion in EMOTIONS], int)


def polarities(counts: np.ndarray) -> np.ndarray:
    """Votes for each polarity, (N, 3)."""
    return counts @ _POLAR


def shares(votes: np.ndarray) -> list[float]:
    """The share of each column among all votes."""
    total = votes.sum(0)
    return [float(one) for one in total / total.sum()]


def mixed_feelings(counts: np.ndarray) -> dict[str, float]:
    """The share of artworks that drew positive and negative emotions, and any two of the three polarities."""
    found = polarities(counts) > 0
    return {
        "positive_and_negative": float((found[:, 0] & found[:, 1]).mean()),
        "two_polarities": float((found.sum(1) > 1).mean()),
    }


def dominance(counts: np.ndarray) -> dict[str, Any]:
    """How many artworks have an emotion that at least half of their annotators chose, and which it is.

    `share_of_annotations` divides an emotion's artworks by the annotations with it, as ArtEmis does.
    """
    winner = at_least_half(counts)
    artworks = np.bincount(winner[winner != NO_MAJORITY], minlength=len(EMOTIONS))
    votes = counts.sum(0)
    return {
        "artworks": int(artworks.sum()),
        "share": float(artworks.sum() / len(counts)),
        "by_emotion": {
            emotion: {"artworks": int(n), "share_of_annotations": float(n / all_of) if all_of else 0.0}
            for emotion, n, all_of in zip(EMOTIONS, artworks, votes, strict=True)
        },
    }


def by_group(counts: np.ndarray, groups: pd.Series) -> dict[str, dict[str, Any]]:
    """The same for each group of artworks (style or genre), by name: sizes, shares, dominance, entropy of polarity.

    Artworks without a group are left out.
    """
    codes, names = pd.factorize(groups, sort=True)
    return {str(name): _group(counts[codes == code]) for code, name in enumerate(names)}


def _group(counts: np.ndarray) -> dict[str, Any]:
    return {
        "artworks": len(counts),
        "annotations": int(counts.sum()),
        "emotions": dict(zip(EMOTIONS, shares(counts), strict=True)),
        "polarities": dict(zip(POLARITIES, shares(polarities(counts)), strict=True)),
        "dominance": float((at_least_half(counts) != NO_MAJORITY).mean()),
        "polarity_entropy": float(entropy(polarities(counts).sum(0, keepdims=True))[0]),
    }


UNCLASSIFIED = "unclassified"


def load_synonyms(path: Path) -> list[list[str]] | None:
    """The classes, each a list of synonyms and named after its first; None where there is no such file.

    Raises:
        UserError: if the file is no list of lists of words.
    """
    if not path.is_file():
        return None
    classes = read_json(path)
    if not all(isinstance(one, list) and one for one in classes):
        raise UserError(f"{path}: found other things than lists of synonyms; take the file away, or give ArtEmis' own")
    return [list(map(str, one)) for one in classes]


def classes_of(utterances: Iterable[Sequence[str]], synonyms: Sequence[Sequence[str]]) -> dict[str, int]:
    """How many utterances belong to each class, most frequent first.

    As ArtEmis counts: an utterance belongs to a class if it holds exactly one word of all
    classes, counted for each time it occurs and each class that it is in; a word in two
    classes decides for none.
    """
    of: dict[str, list[str]] = {}
    for one in synonyms:
        for word in one:
            of.setdefault(word, []).append(one[0])
    counts: Counter[str] = Counter()
    for tokens in utterances:
        found = [name for token in tokens for name in of.get(token, ())]
        counts[found[0] if len(found) == 1 else UNCLASSIFIED] += 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
