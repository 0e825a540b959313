"""Lengths, similes, classes of something else, and all figures of a corpus of five utterances."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from stages.common.artworks import genre_of
from stages.common.errors import UserError
from stages.dataset_report.figures import figures
from stages.dataset_report.statistics import UNCLASSIFIED, classes_of, lengths, load_synonyms, mean_lengths
from stages.histograms.tables import count_emotions, described
from stages.utterances.similes import PHRASES, has_simile

SYNONYMS = [["bored", "boring"], ["curious", "wonder"], ["surprised"], ["surprised", "surprising"]]


def test_lengths_and_those_of_up_to_fifty_tokens() -> None:
    found = lengths(pd.Series([2, 4, 6, 200]))
    assert (found["mean"], found["median"], found["max"], found["total"]) == (53.0, 5.0, 200, 212)
    short = found["up_to_50"]
    assert (short["share"], short["mean"], short["median"]) == (0.75, 4.0, 4.0)
    assert short["deviation"] == pytest.approx((8 / 3) ** 0.5)
    assert len(found["counts"]) == 51
    assert [n for n, count in enumerate(found["counts"]) if count] == [2, 4, 6]


def test_mean_lengths_leave_out_rows_without_a_group() -> None:
    assert mean_lengths(pd.Series([1, 3, 9, 5]), pd.Series(["b", "b", None, "a"])) == {"b": 2.0, "a": 5.0}


def test_similes_are_told_by_phrases_also_inside_words() -> None:
    texts = ["it looks like rain", "i love this like nothing else", "i like it", "could  be"]
    assert has_simile(pa.array(texts)).to_pylist() == [True, True, False, False]
    assert len(PHRASES) == 13


def test_classes_of_something_else() -> None:
    said = ["this is boring", "i wonder and i am bored", "bored so bored", "nothing", "so surprised", "so surprising"]
    found = classes_of([text.split() for text in said], SYNONYMS)
    # Two words, the same word twice, none, and a word that is in two classes: all unclassified.
    assert found == {UNCLASSIFIED: 4, "bored": 1, "surprised": 1}
    assert next(iter(found)) == UNCLASSIFIED


def test_synonyms_are_given_or_not(tmp_path: Path) -> None:
    path = tmp_path / "synonyms.json"
    assert load_synonyms(path) is None
    path.write_text('[["bored", "boring"]]', encoding="utf-8")
    assert load_synonyms(path) == [["bored", "boring"]]
    path.write_text('["bored", "boring"]', encoding="utf-8")
    with pytest.raises(UserError, match=r"synonyms.json: found other things than lists of synonyms"):
        load_synonyms(path)


def test_a_genre_is_found_by_style_and_painting() -> None:
    rows = pd.DataFrame({"art_style": ["A", "B", "A"], "painting": ["x", "x", "y"]}, index=[5, 6, 7])
    genres = pd.DataFrame({"art_style": ["A", "A"], "painting": ["x", "z"], "genre": ["sea", "city"]})
    found = genre_of(rows, genres)
    assert found[5] == "sea"
    assert found.isna().tolist() == [False, True, True]
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
    histograms = described(count_emotions(UTTERANCES))
    found = figures(UTTERANCES, pa.array(TOKENS), histograms, GENRES, SYNONYMS)
    assert (found["annotations"], found["artworks"], found["per_artwork"], found["styles"]) == (5, 2, 2.5, 2)
    assert found["distinct_tokens"] == 9
    assert found["lengths"]["by_genre"] == {"sea": 2.0}
    assert found["lengths"]["by_style"] == {"A": 2.0, "B": 3.5}
    assert found["genres"] == {"artworks": 1, "annotations": 3, "shares": {"sea": 1.0}}
    assert found["similes"] == {"utterances": 1, "share": 0.2}
    assert found["something_else"] == {"annotations": 1, "classes": {"bored": 1}}
    assert found["polarities"] == {"positive": 0.4, "negative": 0.4, "else": 0.2}
    assert found["mixed_feelings"] == {"positive_and_negative": 0.0, "two_polarities": 0.5}
    assert found["dominance"]["share"] == 1.0
    assert list(found["by_genre"]) == ["sea"]
    assert found["keywords"]["awe"][0]["word"] in ("calm", "sea")
    assert found["keywords"]["anger"] == []
    assert np.isfinite(found["agreement"]["alpha"])


def test_without_genres_or_synonyms_the_rest_stands() -> None:
    histograms = described(count_emotions(UTTERANCES))
    found = figures(UTTERANCES, pa.array(TOKENS), histograms, GENRES[:0], None)
    assert found["by_genre"] == found["genres"]["shares"] == found["lengths"]["by_genre"] == {}
    assert found["something_else"] == {"annotations": 1, "classes": None}
    assert found["artworks"] == 2
