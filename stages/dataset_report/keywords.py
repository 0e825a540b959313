"""The words that tell the utterances of one emotion from those of the others.

Not the most frequent ones, which all emotions share, but those with the largest log-odds
ratio in units of its standard deviation, under an informative Dirichlet prior (Monroe,
Colaresi and Quinn, Fightin' Words, Political Analysis 2008, section 3.5).
"""

from dataclasses import dataclass

import numpy as np

# How many words of the corpus the prior counts for: rare words must show more to stand out.
PRIOR = 1000.0


@dataclass(frozen=True)
class Keyword:
    word: str
    # Log-odds ratio over its standard deviation: above 2 it is hardly chance, for a word chosen beforehand.
    z: float
    count: int


def word_counts(words: np.ndarray, labels: np.ndarray, *, vocabulary: int, kinds: int) -> np.ndarray:
    """How often each word is said with each label, (kinds, vocabulary).

    Args:
        words, labels: the numbers of each token of the corpus, and of its utterance's label.
    """
    return np.bincount(labels.astype(np.int64) * vocabulary + words, minlength=kinds * vocabulary).reshape(
        kinds, vocabulary
    )


def z_scores(counts: np.ndarray) -> np.ndarray:
    """For each label and word the z-score of its log-odds ratio against all other labels; counts (kinds, vocabulary).

    The prior of a word is its share of the corpus times `PRIOR`; words that never occur have NaN.
    """
    of_word = counts.sum(0)
    rest = of_word - counts
    with np.errstate(divide="ignore", invalid="ignore"):
        prior = PRIOR * of_word / of_word.sum()
        here, there = counts + prior, rest + prior
        all_here = counts.sum(1, keepdims=True) + PRIOR
        all_there = rest.sum(1, keepdims=True) + PRIOR
        ratio = np.log(here / (all_here - here)) - np.log(there / (all_there - there))
        return ratio / np.sqrt(1 / here + 1 / there)


def keywords(counts: np.ndarray, vocabulary: list[str], limit: int) -> list[list[Keyword]]:
    """The `limit` words of the highest scores above zero, for each label; of equal ones the alphabetically first."""
    scores = z_scores(counts)
    order = np.array(vocabulary, object).argsort(kind="stable")
    found = []
    for said, z in zip(counts, scores, strict=True):
        best = order[np.argsort(-np.nan_to_num(z[order]), kind="stable")][:limit]
        found.append([Keyword(vocabulary[word], float(z[word]), int(said[word])) for word in best if z[word] > 0])
    return found
