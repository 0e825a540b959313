import numpy as np
import pytest
import torch

from stages.text_classifier.classifier import TextClassifier, load, save
from stages.text_classifier.model import LSTMClassifier
from stages.utterances.vocabulary import SPECIALS, Vocabulary

SENTENCES = ["I can't bear this SEA!", "", "a calm boat, a calm sea", "something unheard of", "..."]


@pytest.fixture
def classifier():
    torch.manual_seed(1)
    vocabulary = Vocabulary([*SPECIALS, "i", "can", "not", "bear", "this", "sea", "a", "calm", "boat"])
    model = LSTMClassifier(words=len(vocabulary), embedding=6, hidden=8, dropout=0.1)
    return TextClassifier(model, vocabulary, torch.device("cpu"))


def test_raw_sentences_get_nine_probabilities_each(classifier):
    probabilities = classifier.predict(SENTENCES)
    assert probabilities.shape == (5, 9)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-5)
    assert classifier.predict([]).shape == (0, 9)


def test_rows_stay_with_their_sentence_in_batches_of_any_size(classifier):
    alone = np.concatenate([classifier.predict([sentence]) for sentence in SENTENCES])
    np.testing.assert_allclose(classifier.predict(SENTENCES), alone, atol=1e-6)
    tokens = [["a", "calm", "sea"], ["boat"], [], ["calm", "boat"]]
    np.testing.assert_allclose(
        classifier.predict_tokens(tokens, batch_size=2), classifier.predict_tokens(tokens), atol=1e-6
    )


def test_a_sentence_is_read_as_its_tokens_are(classifier):
    tokens = [["i", "can", "not", "bear", "this", "sea"]]
    np.testing.assert_array_equal(classifier.predict(SENTENCES[:1]), classifier.predict_tokens(tokens))


def test_text_without_a_word_is_not_taken_for_an_unknown_one(classifier):
    empty, dots, unknown = classifier.predict(["", "...", "xyzzy"])
    np.testing.assert_array_equal(empty, dots)
    assert not np.allclose(empty, unknown)


def test_what_is_saved_predicts_the_same(classifier, tmp_path):
    save(classifier, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors"]
    np.testing.assert_array_equal(load(tmp_path).predict(SENTENCES), classifier.predict(SENTENCES))
