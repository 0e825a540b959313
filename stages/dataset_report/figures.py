"""All figures of the page `dataset`, as one nested dict of plain numbers."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from stages.common.artworks import genre_of
from stages.common.emotions import EMOTIONS, IDS
from stages.dataset_report import agreement, statistics
from stages.dataset_report.keywords import keywords, word_counts
from stages.dataset_report.statistics import classes_of, lengths, mean_lengths
from stages.utterances.similes import has_simile

KEYWORDS = 12
ELSE = "something else"


def figures(
    utterances: pd.DataFrame,
    tokens: pa.ListArray,
    histograms: pd.DataFrame,
    genres: pd.DataFrame,
    synonyms: Sequence[Sequence[str]] | None,
) -> dict[str, Any]:
    """What the page tells; `genres` and `something_else` hold less where nothing was given.

    Args:
        utterances: art_style, painting, emotion, tokens_len, utterance_spelled.
        tokens: the tokens of each of them, as a list array.
        histograms: a row for each artwork: art_style, painting, counts.
        genres: art_style, painting, genre.
        synonyms: the classes for "something else", or None.
    """
    counts = np.stack(histograms["counts"].tolist())  # (artworks, 9)
    words = tokens.flatten().dictionary_encode()
    genre = genre_of(utterances, genres)
    similes = has_simile(pa.array(utterances["utterance_spelled"], pa.string()))
    found = int(np.count_nonzero(similes))
    return {
        "annotations": len(utterances),
        "artworks": len(histograms),
        "per_artwork": len(utterances) / len(histograms),
        "styles": int(histograms["art_style"].nunique()),
        "distinct_tokens": len(words.dictionary),
        "lengths": {
            **lengths(utterances["tokens_len"]),
            "by_style": mean_lengths(utterances["tokens_len"], utterances["art_style"]),
            "by_genre": mean_lengths(utterances["tokens_len"], genre),
        },
        "genres": {
            "artworks": len(genres),
            "annotations": int(genre.notna().sum()),
            "shares": {str(name): float(share) for name, share in genres["genre"].value_counts(normalize=True).items()},
        },
        "similes": {"utterances": found, "share": found / len(utterances)},
        "something_else": _something_else(utterances["emotion"], tokens, synonyms),
        "keywords": _keywords(utterances["emotion"], tokens, words),
        **_votes(counts, histograms, genre_of(histograms, genres)),
    }


def _votes(counts: np.ndarray, histograms: pd.DataFrame, genre: pd.Series) -> dict[str, Any]:
    style = histograms["art_style"]
    return {
        "emotions": dict(zip(EMOTIONS, statistics.shares(counts), strict=True)),
        "polarities": dict(zip(statistics.POLARITIES, statistics.shares(statistics.polarities(counts)), strict=True)),
        "mixed_feelings": statistics.mixed_feelings(counts),
        "dominance": statistics.dominance(counts),
        "by_style": statistics.by_group(counts, style),
        "by_genre": statistics.by_group(counts, genre),
        "agreement": {
            "alpha": agreement.alpha(counts),
            "polarity_alpha": agreement.alpha(statistics.polarities(counts)),
            "pairwise": agreement.pairwise(counts),
            "by_style": agreement.alpha_by_group(counts, style),
            "at_random": agreement.at_random(counts),
        },
    }


def _something_else(
    emotions: pd.Series, tokens: pa.ListArray, synonyms: Sequence[Sequence[str]] | None
) -> dict[str, Any]:
    said = tokens.filter(pa.array(emotions == ELSE))
    classes = None if synonyms is None else classes_of(said.to_pylist(), synonyms)
    return {"annotations": len(said), "classes": classes}


def _keywords(emotions: pd.Series, tokens: pa.ListArray, words: pa.DictionaryArray) -> dict[str, Any]:
    labels = np.repeat(emotions.map(IDS).to_numpy(), np.diff(np.asarray(tokens.offsets)))
    vocabulary = words.dictionary.to_pylist()
    counts = word_counts(np.asarray(words.indices), labels, vocabulary=len(vocabulary), kinds=len(EMOTIONS))
    return {
        emotion: [asdict(one) for one in found]
        for emotion, found in zip(EMOTIONS, keywords(counts, vocabulary, KEYWORDS), strict=True)
    }
