import numpy as np
import pytest
import torch

from stages.text_classifier.classifier import TextClassifier, load, save
from stages.text_classifier.lstm import LSTMClassifier
from stages.text_classifier.reader import WordReader
from stages.utterances.clean_rules import CleanRules
from stages.utterances.tokenizer import Tokenizer
from stages.utterances.vocabulary import SPECIALS, Vocabulary

SENTENCES = ["I can't bear this SEA!", "", "a calm boat, a calm sea", "something unheard of", "..."]


@pytest.fixture
def classifier():
    torch.manual_seed(1)
    vocabulary = Vocabulary([*SPECIALS, "i", "can", "not", "bear", "this", "sea", "a", "calm", "boat"])
    model = LSTMClassifier(words=len(vocabulary), embedding=6, hidden=8, head=5, dropout=0.1, bag=True)
    return TextClassifier(model, WordReader(vocabulary), torch.device("cpu"), temperature=2.0)


def test_raw_sentences_get_nine_probabilities_each(classifier):
    probabilities = classifier.predict(SENTENCES)
    assert probabilities.shape == (5, 9)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-5)
    assert classifier.predict([]).shape == (0, 9)


def test_rows_stay_with_their_sentence_in_batches_of_any_size(classifier, monkeypatch):
    alone = np.concatenate([classifier.predict([sentence]) for sentence in SENTENCES])
    np.testing.assert_allclose(classifier.predict(SENTENCES), alone, atol=1e-6)
    tokens = [["a", "calm", "sea"], ["boat"], [], ["calm", "boat"]]
    whole = classifier.predict_tokens(tokens)
    monkeypatch.setattr("stages.text_classifier.classifier.AT_ONCE", 2)
    np.testing.assert_allclose(classifier.predict_tokens(tokens), whole, atol=1e-6)


def test_sentences_of_any_length_are_read_whole(classifier):
    long = "boat " * 3000
    probabilities = classifier.predict([long, long + "sea", "sea"])
    assert np.isfinite(probabilities).all()
    assert not np.array_equal(probabilities[0], probabilities[1])


def test_a_temperature_changes_how_sure_it_is_and_no_answer(classifier):
    cool = classifier.predict(SENTENCES)
    hot = TextClassifier(classifier.model, classifier.reader, classifier.device, 200.0).predict(SENTENCES)
    assert (cool.argmax(1) == hot.argmax(1)).all()
    assert (hot.max(1) < cool.max(1)).all()
    np.testing.assert_allclose(hot, 1 / 9, atol=0.01)


def test_a_sentence_is_read_as_its_tokens_are(classifier):
    tokens = [["i", "can", "not", "bear", "this", "sea"]]
    np.testing.assert_array_equal(classifier.predict(SENTENCES[:1]), classifier.predict_tokens(tokens))


def test_a_misspelled_word_is_read_as_the_known_one_and_an_unheard_of_one_is_not(classifier):
    np.testing.assert_array_equal(*np.split(classifier.predict(["a caalm boat", "a calm boat"]), 2))
    boot, boat = classifier.predict(["a boot", "a boat"])
    assert not np.allclose(boot, boat)
    # Tokens are what they are.
    caalm, calm = classifier.predict_tokens([["caalm"], ["calm"]])
    assert not np.allclose(caalm, calm)


def test_a_saved_classifier_corrects_what_its_corpus_corrected(classifier, tmp_path):
    classifier.tokenizer = Tokenizer(CleanRules(), {"beer": "bear"})
    save(classifier, tmp_path)
    np.testing.assert_allclose(load(tmp_path).predict(["I can't beer"]), load(tmp_path).predict(["I can't bear"]))


def test_text_without_a_word_is_not_taken_for_an_unknown_one(classifier):
    empty, dots, unknown = classifier.predict(["", "...", "xyzzy"])
    np.testing.assert_array_equal(empty, dots)
    assert not np.allclose(empty, unknown)


def test_what_is_saved_predicts_the_same(classifier, tmp_path):
    save(classifier, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors"]
    np.testing.assert_array_equal(load(tmp_path).predict(SENTENCES), classifier.predict(SENTENCES))
    assert load(tmp_path).temperature == 2
