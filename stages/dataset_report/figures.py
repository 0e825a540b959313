"""Figures of the report: one nested dict of numbers, which the notebook draws."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from stages.common.artworks import ARTWORK, genre_of
from stages.common.emotions import POLARITIES, Emotions
from stages.dataset_report import agreement, statistics
from stages.dataset_report.statistics import keywords, word_counts
from stages.utterances.similes import has_simile

# Number of keywords for each emotion.
KEYWORDS = 12
# The label whose utterances are classified by the synonyms in them, and the key of the classes.
SOMETHING_ELSE, SOMETHING_ELSE_KEY = "something else", "something_else"


def compute(
    utterances: pd.DataFrame,
    tokens: pa.ListArray,
    histograms: pd.DataFrame,
    genres: pd.DataFrame,
    synonyms: Sequence[Sequence[str]] | None,
    emotions: Emotions,
    *,
    english: bool,
) -> dict[str, Any]:
    """Compute all figures; `by_genre` is empty without genres, the classes of `something_else` None without synonyms.

    Without emotions, the figures about them are left out.

    Args:
        utterances: art_style, painting, emotion, tokens_len, utterance_spelled.
        tokens: the tokens of each utterance.
        histograms: a row for each artwork: art_style, painting, counts.
        genres: art_style, painting, genre.
        synonyms: the classes for "something else", or None.
        emotions: the labels of the data set.
        english: count similes; else `similes` is None.
    """
    artworks = utterances[ARTWORK].drop_duplicates()
    words = tokens.flatten().dictionary_encode()
    genre = genre_of(utterances, genres)
    return {
        "annotations": len(utterances),
        "artworks": len(artworks),
        "per_artwork": len(utterances) / len(artworks),
        "styles": int(artworks["art_style"].nunique()),
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
        **(_of_emotions(utterances, tokens, words, histograms, genres, synonyms, emotions) if emotions else {}),
    }


def _of_emotions(
    utterances: pd.DataFrame,
    tokens: pa.ListArray,
    words: pa.DictionaryArray,
    histograms: pd.DataFrame,
    genres: pd.DataFrame,
    synonyms: Sequence[Sequence[str]] | None,
    emotions: Emotions,
) -> dict[str, Any]:
    """Figures about emotions; `words` are the flat tokens, dictionary-encoded."""
    counts = np.stack(histograms["counts"].tolist())  # (artworks, C)
    has_else = SOMETHING_ELSE in emotions.polarities
    return {
        **({SOMETHING_ELSE_KEY: _something_else(utterances["emotion"], tokens, synonyms)} if has_else else {}),
        "keywords": _keywords(utterances["emotion"], tokens, words, emotions),
        **_votes(counts, histograms["art_style"], genre_of(histograms, genres), emotions),
    }


def _votes(counts: np.ndarray, style: pd.Series, genre: pd.Series, emotions: Emotions) -> dict[str, Any]:
    """Figures that need only the votes (artworks, C), and the style and genre of each artwork."""
    polarities = statistics.polarities(counts, emotions)
    return {
        "emotions": dict(zip(emotions, statistics.shares(counts), strict=True)),
        "polarities": dict(zip(POLARITIES, statistics.shares(polarities), strict=True)),
        "mixed_feelings": statistics.mixed_feelings(counts, emotions),
        "dominance": statistics.dominance(counts, emotions),
        "by_style": statistics.by_group(counts, style, emotions),
        "by_genre": statistics.by_group(counts, genre, emotions),
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


def _keywords(
    labelled: pd.Series, tokens: pa.ListArray, words: pa.DictionaryArray, emotions: Emotions
) -> dict[str, Any]:
    """The keywords of each emotion; `labelled` has the emotion of each utterance."""
    labels = np.repeat(labelled.map(emotions.ids).to_numpy(), np.diff(np.asarray(tokens.offsets)))
    vocabulary = words.dictionary.to_pylist()
    counts = word_counts(np.asarray(words.indices), labels, vocabulary=len(vocabulary), kinds=len(emotions))
    by_emotion = zip(emotions, keywords(counts, vocabulary, KEYWORDS), strict=True)
    return {emotion: [asdict(keyword) for keyword in ranked] for emotion, ranked in by_emotion}
