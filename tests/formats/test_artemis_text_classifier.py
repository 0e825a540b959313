"""Import of ArtEmis' text classifier: its checkpoint gives its logits."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from formats.artemis.classifiers import convert_text_classifier, read_text_classifier
from formats.artemis.pickles import load_torch, weights
from stages.common.errors import UserError
from stages.text_classifier.classifier import load
from stages.text_classifier.interface import Examples, padded
from stages.text_classifier.lstm import LSTMClassifier
from stages.text_classifier.task import all_logits

CHECKPOINTS = Path(__file__).parents[2].parent / "shared" / "parity" / "checkpoints"
NETWORK, VOCABULARY = CHECKPOINTS / "text_classifier.pt", CHECKPOINTS / "vocabulary.pkl"
CPU = torch.device("cpu")

needs_parity = pytest.mark.skipif(not CHECKPOINTS.is_dir(), reason="the reference's checkpoints are not here")


@pytest.fixture
def expected():
    return json.loads((CHECKPOINTS / "text_classifier.expected.json").read_text())


@pytest.fixture
def examples(expected):
    # The reference leaves out <sos>, and reads up to <eos>.
    ids, lengths = padded([row[1 : row.index(2)] for row in expected["tokens"]], 0)
    return Examples(ids, lengths, torch.zeros(len(ids), dtype=torch.int64))


@needs_parity
def test_logits_of_one_batch_and_one_by_one(expected, examples):
    model = read_text_classifier(NETWORK, VOCABULARY).model
    together = all_logits(model, examples, CPU).numpy()
    np.testing.assert_allclose(together, expected["logits_in_one_batch"], atol=1e-6)
    alone = [
        all_logits(model, examples.take(np.arange(len(examples)) == row), CPU)[0].numpy()
        for row in range(len(examples))
    ]
    np.testing.assert_allclose(np.stack(alone), expected["logits_one_by_one"], atol=1e-6)
    assert np.abs(together - np.stack(alone)).max() > 0.01


@needs_parity
def test_without_reference_pooling_each_batch_is_as_one_by_one(expected, examples):
    model = read_text_classifier(NETWORK, VOCABULARY).model
    mended = LSTMClassifier(**{**model.config()["lstm"], "reference_pooling": False}).eval()
    mended.load_state_dict(model.state_dict())
    np.testing.assert_allclose(all_logits(mended, examples, CPU), expected["logits_one_by_one"], atol=1e-6)


@needs_parity
def test_the_folder_predicts_sentences(tmp_path):
    summary = convert_text_classifier(NETWORK, VOCABULARY, tmp_path / "theirs")
    assert summary == f"{tmp_path}/theirs: 325 words, word vectors of 20, LSTM of 24"
    sentences = ["A gloomy sea...", "", "so " * 300]
    probabilities = load(tmp_path / "theirs").predict(sentences)
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-5)
    np.testing.assert_array_equal(
        probabilities, read_text_classifier(NETWORK, VOCABULARY).predict(["A gloomy sea...", "", "so " * 300])
    )


def test_another_network_is_one_sentence(tmp_path):
    torch.save({"layer4.weight": torch.zeros(2)}, tmp_path / "other.pt")
    with pytest.raises(UserError, match=r"other.pt: not ArtEmis' text classifier, which has no tensor layer4.weight"):
        read_text_classifier(tmp_path / "other.pt", tmp_path / "vocabulary.pkl")
    with pytest.raises(UserError, match="there is no such file"):
        read_text_classifier(tmp_path / "none.pt", tmp_path / "vocabulary.pkl")


@needs_parity
def test_another_vocabulary_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="not a vocabulary of ArtEmis"):
        read_text_classifier(NETWORK, CHECKPOINTS / "sampled_captions.pkl")


@needs_parity
def test_parts_of_another_shape_are_one_sentence(tmp_path):
    tensors = weights(load_torch(NETWORK), NETWORK)
    tensors["clf_head.net.4.weight"] = torch.zeros(7, 16)
    torch.save(tensors, tmp_path / "seven.pt")
    with pytest.raises(UserError, match=r"seven.pt: not ArtEmis' LSTM .*size mismatch for head.4.weight"):
        read_text_classifier(tmp_path / "seven.pt", VOCABULARY)
