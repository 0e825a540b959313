"""The TF-IDF baseline."""

import numpy as np
import pytest

from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.common.files import write_json
from stages.text_classifier import tfidf

TOKENS = [
    ["a", "gloomy", "sea"],
    ["a", "gloomy", "dark", "sky"],
    ["a", "lovely", "garden"],
    ["a", "lovely", "boat", "on", "the", "sea"],
    ["the", "scary", "night"],
]
LABELS = np.array([7, 7, 2, 2, 6])


@pytest.mark.parametrize("rows", [5, 4])
def test_a_loaded_baseline_predicts_as_scikit_learn(tmp_path, rows):
    # With four rows there are two emotions, for which scikit-learn keeps one row of weights.
    fitted = tfidf.fit(TOKENS[:rows], LABELS[:rows], ARTEMIS.names)
    tfidf.save(fitted, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tfidf.json", "tfidf.safetensors"]
    write_json({"emotions": ARTEMIS.names}, tmp_path / "config.json")
    loaded = tfidf.load(tmp_path)
    texts = [" ".join(tokens) for tokens in TOKENS] + ["a lovely scary thing", ""]
    expected = fitted.regression.predict_proba(fitted.vectorizer.transform(texts))
    predicted = loaded.predict_tokens([text.split() for text in texts])
    np.testing.assert_allclose(predicted[:, fitted.regression.classes_], expected, rtol=1e-6)


def test_an_emotion_without_training_utterances_has_probability_zero():
    fitted = tfidf.fit(TOKENS, LABELS, ARTEMIS.names)
    probabilities = fitted.predict_tokens([["a", "gloomy", "sea"], ["a", "lovely", "garden"]])
    assert probabilities.argmax(1).tolist() == [7, 2]
    assert (probabilities[:, [0, 1, 3, 4, 5, 8]] == 0).all()
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-6)


def test_no_utterances_give_no_rows():
    assert tfidf.fit(TOKENS, LABELS, ARTEMIS.names).predict_tokens([]).shape == (0, 9)


def test_a_single_emotion_is_an_error():
    with pytest.raises(UserError, match="all training utterances have the same emotion"):
        tfidf.fit(TOKENS[:2], LABELS[:2], ARTEMIS.names)


def test_the_most_frequent_terms_are_kept(monkeypatch):
    monkeypatch.setattr(tfidf, "MAX_TERMS", 7)
    terms = tfidf.fit(TOKENS, LABELS, ARTEMIS.names).vectorizer.get_feature_names_out()
    assert terms.tolist() == ["a", "a gloomy", "a lovely", "gloomy", "lovely", "sea", "the"]
