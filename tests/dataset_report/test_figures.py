"""All figures of a corpus of five utterances, and the genre and similes that they use."""

import numpy as np
import pandas as pd
import pyarrow as pa

from stages.common.artworks import genre_of
from stages.common.emotions import ARTEMIS
from stages.dataset_report.figures import compute
from stages.histograms.tables import add_statistics, count_emotions
from stages.utterances.similes import PHRASES, has_simile

SYNONYMS = [["bored", "boring"], ["curious", "wonder"], ["surprised"], ["surprised", "surprising"]]


def test_similes_are_found_by_phrases_even_inside_words() -> None:
    texts = ["it looks like rain", "i love this like nothing else", "i like it", "could  be"]
    assert has_simile(pa.array(texts)).to_pylist() == [True, True, False, False]
    assert len(PHRASES) == 13


def test_a_genre_is_found_by_style_and_painting() -> None:
    rows = pd.DataFrame({"art_style": ["A", "B", "A"], "painting": ["x", "x", "y"]}, index=[5, 6, 7])
    genres = pd.DataFrame({"art_style": ["A", "A"], "painting": ["x", "z"], "genre": ["sea", "city"]})
    genre = genre_of(rows, genres)
    assert genre[5] == "sea"
    assert genre.isna().tolist() == [False, True, True]
    assert genre_of(rows, genres[:0]).isna().all()


TOKENS = [["a", "sea"], ["a", "calm", "sea"], ["boring"], ["a", "grave"], ["sad", "grave", "looks", "like", "home"]]
UTTERANCES = pd.DataFrame(
    {
        "art_style": ["A", "A", "A", "B", "B"],
        "painting": ["x", "x", "x", "y", "y"],
        "emotion": ["awe", "awe", "something else", "fear", "sadness"],
        "tokens_len": [len(words) for words in TOKENS],
        "utterance_spelled": [" ".join(words) for words in TOKENS],
    }
)
GENRES = pd.DataFrame({"art_style": ["A"], "painting": ["x"], "genre": ["sea"]})


def test_all_figures_of_a_small_corpus() -> None:
    histograms = add_statistics(count_emotions(UTTERANCES, ARTEMIS), ARTEMIS)
    figures = compute(UTTERANCES, pa.array(TOKENS), histograms, GENRES, SYNONYMS, ARTEMIS, english=True)
    assert (figures["annotations"], figures["artworks"], figures["per_artwork"], figures["styles"]) == (5, 2, 2.5, 2)
    assert figures["distinct_tokens"] == 9
    assert figures["lengths"]["by_genre"] == {"sea": 2.0}
    assert figures["lengths"]["by_style"] == {"A": 2.0, "B": 3.5}
    assert figures["genres"] == {"artworks": 1, "annotations": 3, "shares": {"sea": 1.0}}
    assert figures["similes"] == {"utterances": 1, "share": 0.2}
    assert figures["something_else"] == {"annotations": 1, "classes": {"bored": 1}}
    assert figures["polarities"] == {"positive": 0.4, "negative": 0.4, "else": 0.2}
    assert figures["mixed_feelings"] == {"positive_and_negative": 0.0, "two_polarities": 0.5}
    assert figures["dominance"]["share"] == 1.0
    assert list(figures["by_genre"]) == ["sea"]
    assert figures["keywords"]["awe"][0]["word"] in ("calm", "sea")
    assert figures["keywords"]["anger"] == []
    assert np.isfinite(figures["agreement"]["alpha"])


def test_genres_and_synonyms_are_optional() -> None:
    histograms = add_statistics(count_emotions(UTTERANCES, ARTEMIS), ARTEMIS)
    figures = compute(UTTERANCES, pa.array(TOKENS), histograms, GENRES[:0], None, ARTEMIS, english=True)
    assert figures["by_genre"] == figures["genres"]["shares"] == figures["lengths"]["by_genre"] == {}
    assert figures["something_else"] == {"annotations": 1, "classes": None}
    assert figures["artworks"] == 2


def test_similes_are_counted_in_english_only() -> None:
    histograms = add_statistics(count_emotions(UTTERANCES, ARTEMIS), ARTEMIS)
    figures = [
        compute(UTTERANCES, pa.array(TOKENS), histograms, GENRES, None, ARTEMIS, english=english)
        for english in (True, False)
    ]
    assert figures[0]["similes"]["share"] > 0
    assert figures[1] == figures[0] | {"similes": None}
