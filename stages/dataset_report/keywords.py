"""Keywords of each emotion: the words that distinguish its utterances from those of the other emotions.

The most frequent words are common to all emotions. Keywords are the words with the largest log-odds
ratio divided by its standard deviation, under an informative Dirichlet prior (Monroe, Colaresi and
Quinn, Fightin' Words, Political Analysis 2008, section 3.5).
"""

from dataclasses import dataclass

import numpy as np

# Weight of the prior, in words of the corpus: the larger, the more evidence a rare word needs.
PRIOR = 1000.0


@dataclass(frozen=True)
class Keyword:
    word: str
    # Log-odds ratio divided by its standard deviation; above 2 is significant for a word that was chosen beforehand.
    z: float
    count: int


def keywords(counts: np.ndarray, vocabulary: list[str], limit: int) -> list[list[Keyword]]:
    """The `limit` words of the highest z-scores above zero, for each label; ties in alphabetical order.

    Args:
        counts: of each label and word, (labels, vocabulary).
    """
    alphabetical = np.array(vocabulary, object).argsort(kind="stable")
    ranked = []
    for count, z in zip(counts, z_scores(counts), strict=True):
        best = alphabetical[np.argsort(-np.nan_to_num(z[alphabetical]), kind="stable")][:limit]
        ranked.append([Keyword(vocabulary[word], float(z[word]), int(count[word])) for word in best if z[word] > 0])
    return ranked


def z_scores(counts: np.ndarray) -> np.ndarray:
    """The z-score of each word's log-odds ratio, each label against all others; (labels, vocabulary).

    The prior of a word is its share of the corpus times `PRIOR`; a word that never occurs gets NaN.
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


def word_counts(words: np.ndarray, labels: np.ndarray, *, vocabulary: int, kinds: int) -> np.ndarray:
    """Count each word with each label, (kinds, vocabulary).

    Args:
        words, labels: of each token of the corpus its word's id and its utterance's label.
        vocabulary, kinds: the number of words and of labels.
    """
    flat = labels.astype(np.int64) * vocabulary + words
    return np.bincount(flat, minlength=kinds * vocabulary).reshape(kinds, vocabulary)
