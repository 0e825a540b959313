"""Figures of the report: one nested dict of numbers, which the notebook draws."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from stages.common.artworks import genre_of
from stages.common.emotions import EMOTIONS, IDS
from stages.dataset_report import agreement, statistics
from stages.dataset_report.statistics import keywords, word_counts
from stages.utterances.similes import has_simile

# Number of keywords for each emotion.
KEYWORDS = 12
SOMETHING_ELSE = "something else"


def compute(
    utterances: pd.DataFrame,
    tokens: pa.ListArray,
    histograms: pd.DataFrame,
    genres: pd.DataFrame,
    synonyms: Sequence[Sequence[str]] | None,
    *,
    english: bool,
) -> dict[str, Any]:
    """Compute all figures; `by_genre` is empty without genres, the classes of `something_else` None without synonyms.

    Args:
        utterances: art_style, painting, emotion, tokens_len, utterance_spelled.
        tokens: the tokens of each utterance.
        histograms: a row for each artwork: art_style, painting, counts.
        genres: art_style, painting, genre.
        synonyms: the classes for "something else", or None.
        english: count similes; else `similes` is None.
    """
    counts = np.stack(histograms["counts"].tolist())  # (artworks, 9)
    words = tokens.flatten().dictionary_encode()
    genre = genre_of(utterances, genres)
    return {
        "annotations": len(utterances),
        "artworks": len(histograms),
        "per_artwork": len(utterances) / len(histograms),
        "styles": int(histograms["art_style"].nunique()),
        "distinct_tokens": len(words.dictionary),
        "lengths": {
            **statistics.lengths(utterances["tokens_len"]),
            "by_style": statistics.mean_lengths(utterances["tokens_len"], utterances["art_style"]),
            "by_genre": statistics.mean_lengths(utterances["tokens_len"], genre),
        },
        "genres": {
            "artworks": len(genres),
            "annotations": int(genre.notna().sum()),
            "shares": {str(name): float(share) for name, share in genres["genre"].value_counts(normalize=True).items()},
        },
        "similes": _similes(utterances["utterance_spelled"]) if english else None,
        "something_else": _something_else(utterances["emotion"], tokens, synonyms),
        "keywords": _keywords(utterances["emotion"], tokens, words),
        **_votes(counts, histograms["art_style"], genre_of(histograms, genres)),
    }


def _votes(counts: np.ndarray, style: pd.Series, genre: pd.Series) -> dict[str, Any]:
    """Figures that need only the votes (artworks, 9), and the style and genre of each artwork."""
    polarities = statistics.polarities(counts)
    return {
        "emotions": dict(zip(EMOTIONS, statistics.shares(counts), strict=True)),
        "polarities": dict(zip(statistics.POLARITIES, statistics.shares(polarities), strict=True)),
        "mixed_feelings": statistics.mixed_feelings(counts),
        "dominance": statistics.dominance(counts),
        "by_style": statistics.by_group(counts, style),
        "by_genre": statistics.by_group(counts, genre),
        "agreement": {
            "alpha": agreement.alpha(counts),
            "polarity_alpha": agreement.alpha(polarities),
            "pairwise": agreement.pairwise(counts),
            "by_style": agreement.alpha_by_group(counts, style),
            "at_random": agreement.at_random(counts),
        },
    }


def _similes(texts: pd.Series) -> dict[str, Any]:
    similes = int(np.count_nonzero(has_simile(pa.array(texts, pa.string()))))
    return {"utterances": similes, "share": similes / len(texts)}


def _something_else(
    emotions: pd.Series, tokens: pa.ListArray, synonyms: Sequence[Sequence[str]] | None
) -> dict[str, Any]:
    utterances = tokens.filter(pa.array(emotions == SOMETHING_ELSE))
    classes = None if synonyms is None else statistics.classes_of(utterances.to_pylist(), synonyms)
    return {"annotations": len(utterances), "classes": classes}


def _keywords(emotions: pd.Series, tokens: pa.ListArray, words: pa.DictionaryArray) -> dict[str, Any]:
    """The keywords of each emotion; `words` are the flat tokens, dictionary-encoded."""
    labels = np.repeat(emotions.map(IDS).to_numpy(), np.diff(np.asarray(tokens.offsets)))
    vocabulary = words.dictionary.to_pylist()
    counts = word_counts(np.asarray(words.indices), labels, vocabulary=len(vocabulary), kinds=len(EMOTIONS))
    by_emotion = zip(EMOTIONS, keywords(counts, vocabulary, KEYWORDS), strict=True)
    return {emotion: [asdict(keyword) for keyword in ranked] for emotion, ranked in by_emotion}
