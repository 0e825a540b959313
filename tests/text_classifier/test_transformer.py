"""The classifier with a pretrained encoder, tested with a tiny encoder of random weights."""

import socket

import numpy as np
import pytest
import torch
from transformers import BertModel

from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.text_classifier.classifier import TextClassifier, load, save
from stages.text_classifier.mixture import Mixture
from stages.text_classifier.task import EmotionTask
from stages.text_classifier.transformer import pretrained

CPU = torch.device("cpu")


@pytest.fixture
def classifier(tiny_encoder):
    torch.manual_seed(0)
    return TextClassifier(*pretrained(str(tiny_encoder), len(ARTEMIS)), CPU, Mixture(0.5))


def test_ids_have_the_marks_of_the_encoder(classifier):
    tokens = [["the", "sea"], [], ["an", "unheard", "garden"]]
    examples = classifier.reader.read(tokens, np.zeros(3))
    assert examples.ids.tolist() == [[2, 4, 5, 3, 0], [2, 3, 0, 0, 0], [2, 1, 1, 10, 3]]
    assert examples.lengths.tolist() == [4, 2, 5]


def test_the_weights_are_those_of_the_folder(classifier, tiny_encoder):
    expected = BertModel.from_pretrained(tiny_encoder).state_dict()
    loaded = classifier.model.encoder.state_dict()
    assert all(torch.equal(loaded[name], value) for name, value in expected.items())


def test_predictions_do_not_depend_on_the_batch_and_long_texts_are_truncated(classifier):
    sentences = ["The sea is gloomy!", "a garden", "", "the sea " * 500]
    together = classifier.predict(sentences)
    alone = np.concatenate([classifier.predict([sentence]) for sentence in sentences])
    np.testing.assert_allclose(together, alone, atol=1e-6)
    np.testing.assert_allclose(classifier.predict(["the sea " * 63]), together[3:], atol=1e-6)


def test_a_loaded_classifier_predicts_the_same_without_the_encoders_folder(classifier, tmp_path):
    save(classifier, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors"]
    sentences = ["the sea is gloomy", "a lovely garden"]
    np.testing.assert_allclose(load(tmp_path).predict(sentences), classifier.predict(sentences), atol=1e-6)


def test_it_learns(classifier):
    tokens = [["the", "sea", "is", "gloomy"], ["a", "lovely", "garden"]] * 4
    examples = classifier.reader.read(tokens, np.array([7, 2] * 4))
    task = EmotionTask(examples, examples, batch_size=4, seed=0, device=CPU)
    optimizer = torch.optim.Adam(classifier.model.parameters(), lr=0.003)
    classifier.model.train()
    for items in task.batches(1) * 25:
        loss, _ = task.terms(classifier.model, items)["cross_entropy"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    classifier.model.eval()
    assert classifier.predict(["Gloomy sea", "lovely garden"]).argmax(1).tolist() == [7, 2]


def test_a_missing_download_is_an_error(monkeypatch, tmp_path):
    def refuse(*_):
        raise OSError("no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(
        UserError,
        match=r"encoder somebody/no-such-encoder is neither a folder nor in the local cache, and .* cannot be",
    ):
        pretrained("somebody/no-such-encoder", len(ARTEMIS))


def test_a_folder_without_an_encoder_is_an_error(tmp_path, tiny_encoder):
    with pytest.raises(UserError, match="no tokenizer that transformers reads"):
        pretrained(str(tmp_path), len(ARTEMIS))
    for path in tiny_encoder.iterdir():
        if path.suffix != ".safetensors":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(UserError, match="no encoder with safetensors weights"):
        pretrained(str(tmp_path), len(ARTEMIS))
