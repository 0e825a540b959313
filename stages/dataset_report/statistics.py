"""Statistics of the dataset: lengths of utterances, votes for emotions, synonyms for "something else", keywords."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.common.emotions import NO_MAJORITY, POLARITIES, Emotions, at_least_half, entropy
from stages.common.errors import UserError
from stages.common.files import read_json

# The longest utterance, in tokens, of the length histogram of ArtEmis.
LONG = 50
UNCLASSIFIED = "unclassified"
# Weight of the prior, in words of the corpus: the larger, the more evidence a rare word needs.
PRIOR = 1000.0


def lengths(tokens: pd.Series) -> dict[str, Any]:
    """Mean, median, maximum and total number of tokens, and the same of the utterances of at most `LONG` tokens.

    `counts` has the number of utterances of 0, 1, ..., `LONG` tokens.
    """
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
        "counts": np.bincount(short, minlength=LONG + 1).tolist(),
    }


def mean_lengths(tokens: pd.Series, groups: pd.Series) -> dict[str, float]:
    """The mean number of tokens in each group of utterances, in ascending order; rows without a group are left out."""
    return {str(group): float(mean) for group, mean in tokens.groupby(groups.to_numpy()).mean().sort_values().items()}


def polarities(counts: np.ndarray, emotions: Emotions) -> np.ndarray:
    """Votes for each polarity (N, 3), from votes for each emotion (N, C)."""
    return counts @ np.eye(len(POLARITIES), dtype=int)[emotions.polarity_ids]


def shares(votes: np.ndarray) -> list[float]:
    """The share of each column among all votes."""
    total = votes.sum(0)
    return [float(share) for share in total / total.sum()]


def mixed_feelings(counts: np.ndarray, emotions: Emotions) -> dict[str, float]:
    """The share of artworks with both positive and negative votes, and with votes of at least two polarities."""
    present = polarities(counts, emotions) > 0
    return {
        "positive_and_negative": float((present[:, 0] & present[:, 1]).mean()),
        "two_polarities": float((present.sum(1) > 1).mean()),
    }


def dominance(counts: np.ndarray, emotions: Emotions) -> dict[str, Any]:
    """Artworks with a dominant emotion, chosen by at least half of their annotators: number, share, and by emotion.

    `share_of_annotations` divides the artworks of an emotion by its annotations, as ArtEmis does.
    """
    dominant = at_least_half(counts)
    artworks = np.bincount(dominant[dominant != NO_MAJORITY], minlength=len(emotions))
    votes = counts.sum(0)
    return {
        "artworks": int(artworks.sum()),
        "share": float(artworks.sum() / len(counts)),
        "by_emotion": {
            emotion: {"artworks": int(n), "share_of_annotations": float(n / annotations) if annotations else 0.0}
            for emotion, n, annotations in zip(emotions, artworks, votes, strict=True)
        },
    }


def by_group(counts: np.ndarray, groups: pd.Series, emotions: Emotions) -> dict[str, dict[str, Any]]:
    """Sizes, shares, dominance and entropy of the polarities in each group of artworks (style or genre), by its name.

    Artworks without a group are left out.
    """
    codes, names = pd.factorize(groups, sort=True)
    return {str(name): _group(counts[codes == code], emotions) for code, name in enumerate(names)}


def _group(counts: np.ndarray, emotions: Emotions) -> dict[str, Any]:
    return {
        "artworks": len(counts),
        "annotations": int(counts.sum()),
        "emotions": dict(zip(emotions, shares(counts), strict=True)),
        "polarities": dict(zip(POLARITIES, shares(polarities(counts, emotions)), strict=True)),
        "dominance": float((at_least_half(counts) != NO_MAJORITY).mean()),
        "polarity_entropy": float(entropy(polarities(counts, emotions).sum(0, keepdims=True))[0]),
    }


def load_synonyms(path: Path) -> list[list[str]] | None:
    """The classes, each a list of synonyms and named after its first; None if the file does not exist.

    Raises:
        UserError: the file is not a list of lists of words.
    """
    if not path.is_file():
        return None
    classes = read_json(path)
    if not all(isinstance(synonyms, list) and synonyms for synonyms in classes):
        raise UserError(
            f"{path}: not a list of lists of synonyms; use the file of ArtEmis' release, or remove it to do without"
        )
    return [list(map(str, synonyms)) for synonyms in classes]


def classes_of(utterances: Iterable[Sequence[str]], synonyms: Sequence[Sequence[str]]) -> dict[str, int]:
    """Count the utterances (lists of tokens) of each class, most frequent first.

    As in ArtEmis, an utterance belongs to a class if it holds exactly one word of all classes. A word
    that occurs twice, or that is in two classes, counts twice: the utterance stays unclassified.
    """
    classes_of_word: dict[str, list[str]] = {}
    for words in synonyms:
        for word in words:
            classes_of_word.setdefault(word, []).append(words[0])
    counts: Counter[str] = Counter()
    for tokens in utterances:
        matches = [name for token in tokens for name in classes_of_word.get(token, ())]
        counts[matches[0] if len(matches) == 1 else UNCLASSIFIED] += 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


@dataclass(frozen=True)
class Keyword:
    word: str
    # Log-odds ratio divided by its standard deviation; above 2 is significant for a word that was chosen beforehand.
    z: float
    count: int


def keywords(counts: np.ndarray, vocabulary: list[str], limit: int) -> list[list[Keyword]]:
    """The words that distinguish each label from the others: the `limit` highest z-scores above zero.

    The most frequent words are common to all labels. Keywords have the largest log-odds ratio divided by its standard
    deviation, under an informative Dirichlet prior (Monroe, Colaresi and Quinn, Fightin' Words, Political Analysis
    2008, section 3.5). Ties are in alphabetical order.

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
