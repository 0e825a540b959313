"""Concreteness of words, from 1 (abstract) to 5 (concrete), by the ratings of Brysbaert et al. (2014).

The table is not part of this repository; data/raw/resources/README.md tells where to put it. It rates single words and
pairs of words (`art gallery`).
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from stages.common.errors import UserError

FILE = "concreteness.csv"
COLUMNS = ["Word", "Conc.M", "Dom_Pos"]
# Words rated at or below this percentile of all ratings are abstract.
ABSTRACT_PERCENTILE = 1


@dataclass(frozen=True)
class Concreteness:
    """Ratings of single words and of pairs of words, and those of both that are abstract."""

    words: Mapping[str, float]
    pairs: Mapping[str, float]
    abstract: Set[str]

    def score(self, tokens: Sequence[str]) -> float:
        """Mean rating of the words of an utterance; NaN if none is rated.

        As in ArtEmis' analysis, each occurrence of a rated pair of neighbours counts once. Then the text of the pair
        is removed from the utterance, also inside other words, and the rest counts word by word.
        """
        text = " ".join(tokens)
        pairs = [pair for pair in map(" ".join, pairwise(tokens)) if pair in self.pairs]
        for pair in pairs:
            text = text.replace(pair, "")
        ratings = [self.pairs[pair] for pair in pairs]
        ratings += [self.words[word] for word in text.split() if word in self.words]
        return sum(ratings) / len(ratings) if ratings else np.nan

    def uses_abstract(self, tokens: Sequence[str]) -> bool:
        """True if an abstract word or pair occurs."""
        return not self.abstract.isdisjoint(tokens) or any(
            pair in self.abstract for pair in map(" ".join, pairwise(tokens))
        )


def load(path: Path) -> Concreteness:
    """Read the table, separated by commas or tabs, without its articles.

    Raises:
        UserError: a column is missing.
    """
    header = path.read_text(encoding="utf-8-sig").partition("\n")[0]
    separator = "\t" if "\t" in header else ","
    # Otherwise pandas reads the words `null` and `nan` as missing values.
    frame = pd.read_csv(path, sep=separator, encoding="utf-8-sig", keep_default_na=False)
    if missing := [name for name in COLUMNS if name not in frame]:
        raise UserError(
            f"{path}: column {missing[0]} is missing; expected the columns {', '.join(COLUMNS)} of Brysbaert et al."
        )
    return from_frame(frame[frame["Dom_Pos"] != "Article"])


def from_frame(frame: pd.DataFrame) -> Concreteness:
    """Ratings in a frame with the columns Word and Conc.M."""
    ratings = dict(zip(frame["Word"].str.lower(), frame["Conc.M"].astype(float), strict=True))
    threshold = np.percentile(list(ratings.values()), ABSTRACT_PERCENTILE)
    return Concreteness(
        words={word: rating for word, rating in ratings.items() if " " not in word},
        pairs={word: rating for word, rating in ratings.items() if " " in word},
        abstract={word for word, rating in ratings.items() if rating <= threshold},
    )
