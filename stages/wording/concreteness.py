"""How concrete words are, from 1, an idea, to 5, a thing to touch, by the ratings of Brysbaert et al. (2014).

The table is theirs, and not part of this repository; data/raw/resources/README.md says
where it goes. Words may be pairs (`art gallery`).
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
    """Ratings of single words, of pairs of words, and which of either are abstract."""

    words: Mapping[str, float]
    pairs: Mapping[str, float]
    abstract: Set[str]

    def score(self, tokens: Sequence[str]) -> float:
        """The mean rating of an utterance's words, NaN where none is rated.

        As in ArtEmis' analysis: each rated pair of neighbours counts once for each time it
        stands there; then its text is cut out of the utterance, also where it is a part of
        other words, and what is left counts word by word.
        """
        text = " ".join(tokens)
        found = [pair for pair in map(" ".join, pairwise(tokens)) if pair in self.pairs]
        for pair in found:
            text = text.replace(pair, "")
        ratings = [self.pairs[pair] for pair in found]
        ratings += [self.words[word] for word in text.split() if word in self.words]
        return sum(ratings) / len(ratings) if ratings else np.nan

    def uses_abstract(self, tokens: Sequence[str]) -> bool:
        """Whether an abstract word or pair occurs."""
        return not self.abstract.isdisjoint(tokens) or any(
            pair in self.abstract for pair in map(" ".join, pairwise(tokens))
        )


def load(path: Path) -> Concreteness:
    """Read the table, its columns parted by commas or tabs; articles are left out.

    Raises:
        UserError: if it lacks a column.
    """
    header = path.read_text(encoding="utf-8-sig").partition("\n")[0]
    separator = "\t" if "\t" in header else ","
    # `null` and `nan` are words.
    frame = pd.read_csv(path, sep=separator, encoding="utf-8-sig", keep_default_na=False)
    if missing := [name for name in COLUMNS if name not in frame]:
        raise UserError(f"{path}: column {missing[0]} is missing; the table of Brysbaert et al. has {COLUMNS}")
    return of(frame[frame["Dom_Pos"] != "Article"])


def of(frame: pd.DataFrame) -> Concreteness:
    """The ratings in a table with the columns Word and Conc.M."""
    ratings = dict(zip(frame["Word"].str.lower(), frame["Conc.M"].astype(float), strict=True))
    threshold = np.percentile(list(ratings.values()), ABSTRACT_PERCENTILE)
    return Concreteness(
        words={word: rating for word, rating in ratings.items() if " " not in word},
        pairs={word: rating for word, rating in ratings.items() if " " in word},
        abstract={word for word, rating in ratings.items() if rating <= threshold},
    )
