"""The network, its head, and the predictor that is saved and loaded."""

from pathlib import Path

import numpy as np
import pytest
import torch

from stages.common.files import read_json, write_json
from stages.image_classifier import classifier
from stages.image_classifier.classifier import ImageClassifier, Predictor
from stages.learning.backbones import Backbone
from tests.image_classifier.painted import paint

CPU = torch.device("cpu")


@pytest.mark.parametrize("hidden", [0, 7])
def test_a_loaded_model_predicts_as_the_saved_one(tmp_path: Path, hidden: int) -> None:
    torch.manual_seed(1)
    model = ImageClassifier(Backbone("test_resnet"), hidden).train()
    pixels = np.stack([paint(index, 32) for index in range(5)])
    with torch.no_grad():  # so that the batch statistics are not the initial ones
        model(torch.from_numpy(pixels))
    before = Predictor(model, 32, "pad", CPU, temperature=2.0)
    expected = before.predict(pixels)
    classifier.save(model, 32, "pad", tmp_path, temperature=2.0)
    loaded = classifier.load(tmp_path)
    np.testing.assert_allclose(loaded.predict(pixels), expected, rtol=1e-5)
    assert (loaded.size, loaded.fit, loaded.temperature, loaded.mirrored) == (32, "pad", 2.0, False)
    assert expected.shape == (5, 9)
    assert expected.dtype == np.float32
    np.testing.assert_allclose(expected.sum(1), 1, rtol=1e-6)
    assert read_json(tmp_path / "config.json")["backbone"] == "test_resnet"


def test_a_model_of_an_earlier_version_does_not_say_what_it_learned_from(tmp_path: Path) -> None:
    classifier.save(ImageClassifier(Backbone("test_resnet")), 32, "pad", tmp_path)
    config = read_json(tmp_path / "config.json")
    del config["data"]
    write_json(config, tmp_path / "config.json")
    assert classifier.load(tmp_path).data is None


def test_predictions_do_not_depend_on_the_batch() -> None:
    torch.manual_seed(1)
    predictor = Predictor(ImageClassifier(Backbone("test_resnet")), 32, "squash", CPU)
    pixels = np.stack([paint(index, 32) for index in range(5)])
    np.testing.assert_allclose(predictor.predict(pixels, batch_size=2), predictor.predict(pixels), rtol=1e-4)
    assert predictor.predict(pixels[:0]).shape == (0, 9)


def test_a_temperature_above_one_lowers_the_confidence() -> None:
    torch.manual_seed(1)
    model = ImageClassifier(Backbone("test_resnet"))
    pixels = np.stack([paint(index, 32) for index in range(5)])
    cold, warm = (Predictor(model, 32, "squash", CPU, temperature).predict(pixels) for temperature in (1.0, 3.0))
    assert (cold.argmax(1) == warm.argmax(1)).all()
    assert (cold.max(1) > warm.max(1)).all()


def test_features_are_standardised() -> None:
    features = np.array([[1, 5, 2], [3, 5, 6]], np.float32)
    layer = classifier.Standardised(3)
    torch.testing.assert_close(layer(torch.from_numpy(features)), torch.from_numpy(features))
    layer.fit(features)
    # The second feature is constant.
    assert layer(torch.from_numpy(features)).tolist() == [[-1, 0, -1], [1, 0, 1]]


def test_a_mirrored_picture_has_the_same_prediction(tmp_path: Path) -> None:
    torch.manual_seed(1)
    model = ImageClassifier(Backbone("test_resnet"))
    pixels = np.stack([paint(index, 32) for index in range(3)])
    mirrored = np.ascontiguousarray(pixels[:, :, ::-1])
    classifier.save(model, 32, "squash", tmp_path, mirrored=True)
    predictor = classifier.load(tmp_path)
    np.testing.assert_allclose(predictor.predict(mirrored), predictor.predict(pixels), rtol=1e-5)
    plain = Predictor(model, 32, "squash", CPU)
    logs = (np.log(plain.predict(pixels)) + np.log(plain.predict(mirrored))) / 2
    np.testing.assert_allclose(predictor.predict(pixels), torch.from_numpy(logs).softmax(1).numpy(), rtol=1e-4)
