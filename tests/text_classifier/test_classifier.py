"""The trained classifier: raw sentences, tokens, calibration, saving and loading."""

import numpy as np
import pytest
import torch

from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.common.files import read_json, write_json
from stages.text_classifier import tfidf
from stages.text_classifier.classifier import TextClassifier, load, save
from stages.text_classifier.lstm import LSTMClassifier
from stages.text_classifier.mixture import Mixture
from stages.text_classifier.reader import WordReader
from stages.utterances.clean_rules import CleanRules
from stages.utterances.plain_rules import PlainRules
from stages.utterances.tokenizer import Tokenizer
from stages.utterances.vocabulary import SPECIALS, Vocabulary

SENTENCES = ["I can't bear this SEA!", "", "a calm boat, a calm sea", "something unheard of", "..."]


# Rows of one batch, or of two batches, may differ in the last digits.
TOLERANCE = 1e-6


@pytest.fixture
def classifier():
    torch.manual_seed(1)
    vocabulary = Vocabulary([*SPECIALS, "i", "can", "not", "bear", "this", "sea", "a", "calm", "boat"])
    model = LSTMClassifier(words=len(vocabulary), embedding=6, hidden=8, head=5, dropout=0.1, bag=True)
    return TextClassifier(model, WordReader(vocabulary), torch.device("cpu"), Mixture(2.0))


def test_each_sentence_gets_nine_probabilities(classifier):
    probabilities = classifier.predict(SENTENCES)
    assert probabilities.shape == (5, 9)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-5)
    assert classifier.predict([]).shape == (0, 9)


def test_predictions_do_not_depend_on_the_batch(classifier, monkeypatch):
    alone = np.concatenate([classifier.predict([sentence]) for sentence in SENTENCES])
    np.testing.assert_allclose(classifier.predict(SENTENCES), alone, atol=TOLERANCE)
    tokens = [["a", "calm", "sea"], ["boat"], [], ["calm", "boat"]]
    whole = classifier.predict_tokens(tokens)
    monkeypatch.setattr("stages.text_classifier.classifier.BLOCK", 2)
    np.testing.assert_allclose(classifier.predict_tokens(tokens), whole, atol=TOLERANCE)


def test_long_sentences_are_not_truncated(classifier):
    long = "boat " * 3000
    probabilities = classifier.predict([long, long + "sea", "sea"])
    assert np.isfinite(probabilities).all()
    assert np.abs(probabilities[0] - probabilities[1]).max() > TOLERANCE


def test_a_temperature_changes_the_confidence_only(classifier):
    cool = classifier.predict(SENTENCES)
    hot = TextClassifier(classifier.model, classifier.reader, classifier.device, Mixture(200.0)).predict(SENTENCES)
    assert (cool.argmax(1) == hot.argmax(1)).all()
    assert (hot.max(1) < cool.max(1)).all()
    np.testing.assert_allclose(hot, 1 / 9, atol=0.01)


def test_a_sentence_is_predicted_as_its_tokens(classifier):
    tokens = [["i", "can", "not", "bear", "this", "sea"]]
    predicted = classifier.predict_tokens(tokens)
    np.testing.assert_allclose(classifier.predict(SENTENCES[:1]), predicted, atol=TOLERANCE)


def test_a_misspelled_word_is_corrected_and_an_unknown_one_is_not(classifier):
    misspelled, correct = classifier.predict(["a caalm boat", "a calm boat"])
    np.testing.assert_allclose(misspelled, correct, atol=TOLERANCE)
    boot, boat = classifier.predict(["a boot", "a boat"])
    assert not np.allclose(boot, boat)
    # Tokens are not corrected.
    caalm, calm = classifier.predict_tokens([["caalm"], ["calm"]])
    assert not np.allclose(caalm, calm)


def test_words_of_another_language_are_not_corrected(classifier, tmp_path):
    classifier.tokenizer = Tokenizer(PlainRules("de"), {})
    save(classifier, tmp_path)
    misspelled, unknown, correct = load(tmp_path).predict(["a caalm boat", "a xyzzy boat", "a calm boat"])
    np.testing.assert_allclose(misspelled, unknown, atol=TOLERANCE)
    assert not np.allclose(misspelled, correct)


def test_a_saved_classifier_has_the_corrections_of_its_corpus(classifier, tmp_path):
    classifier.tokenizer = Tokenizer(CleanRules(), {"beer": "bear"})
    save(classifier, tmp_path)
    corrected, correct = load(tmp_path).predict(["I can't beer", "I can't bear"])
    np.testing.assert_allclose(corrected, correct, atol=TOLERANCE)


def test_text_without_words_differs_from_an_unknown_word(classifier):
    empty, dots, unknown = classifier.predict(["", "...", "xyzzy"])
    np.testing.assert_allclose(empty, dots, atol=TOLERANCE)
    assert not np.allclose(empty, unknown)


def test_a_loaded_classifier_predicts_as_the_saved_one(classifier, tmp_path):
    save(classifier, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors"]
    np.testing.assert_allclose(load(tmp_path).predict(SENTENCES), classifier.predict(SENTENCES), atol=TOLERANCE)
    assert load(tmp_path).mixture == (2, 0)


def test_a_baseline_is_mixed_in_saved_and_loaded(classifier, tmp_path):
    tokens = [["a", "calm", "sea"], ["a", "boat"], ["i", "can", "not", "bear"]] * 2
    labels = np.array([2, 0, 7] * 2)
    baseline = tfidf.fit(tokens, labels, ARTEMIS.names, val_tokens=tokens, val_labels=labels)
    logits = np.log(classifier.predict_tokens(tokens)) * 2
    mixed = TextClassifier(classifier.model, classifier.reader, classifier.device, Mixture(2.0, 0.5), baseline=baseline)
    expected = np.exp(logits / 2) * baseline.predict_tokens(tokens).clip(1e-6) ** 0.5
    predicted = mixed.predict_tokens(tokens)
    np.testing.assert_allclose(predicted, expected / expected.sum(1, keepdims=True), rtol=1e-4)
    save(mixed, tmp_path)
    loaded = load(tmp_path)
    assert loaded.mixture == (2, 0.5)
    np.testing.assert_allclose(loaded.predict_tokens(tokens), predicted, atol=TOLERANCE)
    np.testing.assert_array_equal(loaded.baseline.predict_tokens(tokens), baseline.predict_tokens(tokens))
    # A classifier without a baseline does not take over the one that is there.
    save(classifier, tmp_path)
    assert load(tmp_path).baseline is None
    save(mixed, tmp_path)
    (tmp_path / "tfidf.safetensors").unlink()
    with pytest.raises(UserError, match=r"tfidf\.safetensors: not there, but the classifier beside it is mixed with"):
        load(tmp_path)


def test_a_classifier_of_an_earlier_version_is_loaded_without_its_baseline(classifier, tmp_path):
    save(classifier, tmp_path)
    config = read_json(tmp_path / "config.json")
    for added_since in ("data", "baseline_weight", "parts"):
        del config[added_since]
    del config["lstm"]["parts"]
    write_json(config, tmp_path / "config.json")
    write_json({"emotions": [], "terms": []}, tmp_path / "tfidf.json")
    loaded = load(tmp_path)
    assert (loaded.data, loaded.baseline, loaded.mixture) == (None, None, (2, 0))
    np.testing.assert_allclose(loaded.predict(SENTENCES), classifier.predict(SENTENCES), atol=TOLERANCE)


def test_a_word_that_training_never_had_is_read_by_its_parts(classifier, tmp_path):
    torch.manual_seed(1)
    vocabulary = classifier.reader.vocabulary
    model = LSTMClassifier(words=len(vocabulary), parts=2, embedding=6, hidden=8, head=5, dropout=0.1, bag=True)
    reads_parts = TextClassifier(model, WordReader(vocabulary, ["alm", "lme"]), torch.device("cpu"))
    save(reads_parts, tmp_path)
    for judge in (reads_parts, load(tmp_path)):
        unknown, calmer, palm = judge.predict_tokens([["xyzzy"], ["calmer"], ["palm"]])
        assert not np.allclose(unknown, calmer)
        assert not np.allclose(palm, calmer)
