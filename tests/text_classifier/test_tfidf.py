"""The TF-IDF baseline: its features, the choice of its settings, and its files."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.text_classifier import tfidf, tfidf_features
from stages.text_classifier.tfidf import TfidfClassifier
from stages.text_classifier.tfidf_features import Features

TOKENS = [
    ["a", "gloomy", "sea"],
    ["a", "gloomy", "dark", "sky"],
    ["a", "lovely", "garden"],
    ["a", "lovely", "boat", "on", "the", "sea"],
    ["the", "scary", "night"],
]
LABELS = np.array([7, 7, 2, 2, 6])


def fitted(rows: int = 5) -> TfidfClassifier:
    return tfidf.fit(
        TOKENS[:rows], LABELS[:rows], ARTEMIS.names, val_tokens=[["a", "lovely", "sky"]], val_labels=np.array([2])
    )


@pytest.mark.parametrize("rows", [5, 4])
def test_a_loaded_baseline_predicts_the_same(tmp_path: Path, rows: int) -> None:
    # With four rows there are two emotions, for which scikit-learn keeps one row of weights.
    baseline = fitted(rows)
    tfidf.save(baseline, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tfidf.json", "tfidf.safetensors"]
    loaded = tfidf.load(tmp_path, ARTEMIS.names)
    tokens = [*TOKENS, ["a", "lovely", "scary", "thing"], []]
    expected = baseline.predict_tokens(tokens)
    np.testing.assert_array_equal(loaded.predict_tokens(tokens), expected)
    np.testing.assert_allclose(expected.sum(1), 1, rtol=1e-6)
    assert loaded.choice == baseline.choice


WORDS = st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"]), min_size=1, max_size=8)


@given(st.lists(st.lists(WORDS, max_size=5), min_size=2, max_size=5).filter(lambda tokens: any(map(len, tokens))))
def test_features_are_those_of_scikit_learn(tokens: list[list[str]]) -> None:
    texts = list(map(" ".join, tokens))
    words = TfidfVectorizer(
        tokenizer=str.split, token_pattern=None, lowercase=False, ngram_range=(1, 2), sublinear_tf=True
    )
    parts = TfidfVectorizer(analyzer="char_wb", lowercase=False, ngram_range=(3, 5), sublinear_tf=True)
    expected = hstack([words.fit_transform(texts), parts.fit_transform(texts)]).toarray()
    features = Features.of(tokens)
    assert features.terms == words.get_feature_names_out().tolist()
    assert features.parts == parts.get_feature_names_out().tolist()
    np.testing.assert_allclose(features(tokens).toarray(), expected, rtol=1e-5, atol=1e-6)


def test_an_emotion_without_training_utterances_has_probability_zero() -> None:
    probabilities = fitted().predict_tokens([["a", "gloomy", "sea"], ["a", "lovely", "garden"]])
    assert probabilities.argmax(1).tolist() == [7, 2]
    assert (probabilities[:, [0, 1, 3, 4, 5, 8]] == 0).all()
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-6)


def test_a_misspelled_word_is_read_by_its_parts() -> None:
    assert fitted().predict_tokens([["gloomyy"], ["lovelyy"]]).argmax(1).tolist() == [7, 2]


def test_the_settings_are_those_with_the_lowest_cross_entropy_on_val(monkeypatch: pytest.MonkeyPatch) -> None:
    losses = iter([(1.0, 0.9), (1.0, 0.8), (1.0, 0.5), (1.0, 0.7), (2.0, 0.5)])
    monkeypatch.setattr(tfidf, "STRENGTHS", (1.0, 3.0))
    monkeypatch.setattr(tfidf, "_calibration", lambda *_: next(losses))
    choice = fitted().choice
    assert choice == (3.0, None, 2.0)


def test_settings_are_tried_on_a_sample_with_every_emotion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tfidf, "TRIED", 1)
    baseline = fitted()
    assert baseline.regression.classes_.tolist() == [2, 6, 7]
    assert baseline.predict_tokens([["a", "gloomy", "sea"]]).argmax() == 7


def test_an_emotion_of_val_alone_does_not_count() -> None:
    baseline = tfidf.fit(TOKENS, LABELS, ARTEMIS.names, val_tokens=[["a", "sea"]], val_labels=np.array([0]))
    assert baseline.choice.temperature == 1


def test_no_utterances_give_no_rows() -> None:
    assert fitted().predict_tokens([]).shape == (0, 9)


def test_a_single_emotion_is_an_error() -> None:
    with pytest.raises(UserError, match="all training utterances have the same emotion"):
        fitted(2)


def test_the_most_frequent_terms_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tfidf_features, "MAX_TERMS", 7)
    features = Features.of(TOKENS)
    assert features.terms == ["a", "a gloomy", "a lovely", "gloomy", "lovely", "sea", "the"]
    assert len(features.parts) == 7
