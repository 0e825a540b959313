"""A small network learns what red and blue pictures evoke, is saved, loaded and reported on."""

from functools import reduce
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from stages.common.emotions import IDS
from stages.common.errors import UserError
from stages.common.files import read_json
from stages.common.params import load as load_params
from stages.features import pooled
from stages.features.pooling import pool
from stages.histograms.tables import save_histograms
from stages.image_classifier import classifier
from stages.image_classifier.__main__ import INPUTS, main
from stages.image_classifier.classifier import ImageClassifier, Predictor
from stages.image_classifier.params import Params
from stages.image_classifier.task import EmotionsOfPictures
from stages.images import packed
from stages.learning.backbones import Backbone, frozen
from stages.learning.predictions import load_probabilities
from stages.utterances.tables import save_utterances, table_path

CPU = torch.device("cpu")
PARAMS = """device: cpu
features:
  backbone: test_resnet
  weights: none
  pooling: average
image_classifier:
  tune: all
  backbone: test_resnet
  weights: none
  size: 0
  hidden: 20
  augment: false
  words: 0.0
  learning_rate: 0.003
  schedule: constant
  batch_size: 8
  epochs: 6
  patience: 6
  seed: 3
"""
# 33 = 4 x 8 + 1: the last batch would be one picture.
SPLITS = ["train"] * 33 + ["val"] * 8 + ["test"] * 8


def paint(index: int, size: int) -> np.ndarray:
    """Even ones are red, odd ones blue, with noise."""
    noise = np.random.default_rng(index).integers(0, 60, (size, size, 3), dtype=np.uint8)
    noise[..., 2 if index % 2 else 0] += 190
    return noise


def pack(size: int) -> None:
    _, digest = packed.save_pixels((paint(index, size) for index in range(len(SPLITS))), size)
    packed.save_index(artworks().assign(digest="d"), [None] * len(SPLITS), "crop", digest)


def compute_features() -> None:
    images = packed.load()
    pooled.save(pool(frozen("test_resnet", "none"), images.pixels, CPU), images.index)


def artworks() -> pd.DataFrame:
    return pd.DataFrame({"art_style": "Cubism", "painting": [f"{index:02}" for index in range(len(SPLITS))]})


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    Path("params.yaml").write_text(PARAMS, encoding="utf-8")
    pack(32)
    counts = np.zeros((len(SPLITS), 9), np.int32)
    counts[0::2, IDS["anger"]], counts[1::2, IDS["awe"]] = 6, 6
    counts[:, IDS["fear"]] = 1
    save_histograms(artworks().assign(counts=list(counts)))
    constant = {"emotion": "awe", "utterance": "", "utterance_spelled": "", "repetition": 5, "emotion_label": 1}
    # Word 4 is said of red pictures, word 5 of blue ones, word 6 of all.
    ids = [[1, 6, 5 if index % 2 else 4, 2, 0] for index in range(len(SPLITS))]
    encoded = {"tokens": [[]] * len(SPLITS), "tokens_len": 2, "tokens_encoded": ids}
    save_utterances(artworks().assign(split=SPLITS, **constant, **encoded), table_path("deep_nets"))
    return tmp_path


def outs() -> dict[str, bytes]:
    folders = Path("data/image_classifier"), Path("reports/image_classifier")
    return {str(path): path.read_bytes() for folder in folders for path in sorted(folder.iterdir())}


def test_the_stage_learns_red_and_blue(workspace: Path) -> None:
    made = main()
    assert made.startswith("test_resnet (tune: all) after epoch ")
    assert made.endswith(" of 6, right on 100.0% of 8 test artworks with a majority")
    figures = read_json(Path("reports/image_classifier/metrics.json"))
    majority = {"artworks": 8, "accuracy": 1.0, "ternary": 1.0, "binary": 1.0}
    assert figures["test"]["more_than_half"] == figures["test"]["largest_untied"] == majority
    assert figures["test"]["artworks"] == 8
    # Knowing only how often each emotion is named leaves 6/7 of ln 2 = 0.59 nats.
    assert figures["test"]["kl"] < 0.4
    assert set(figures["test"]["auc"]) == {"awe", "anger", "fear"}
    assert figures["test"]["auc"]["anger"] > 0.9
    # Fear, which all of them evoke a little, tells nothing apart.
    assert figures["train"] == {"artworks": 33, "emotions": 3, "best_epoch": int(made.split()[5])}
    confusion = pd.read_csv("reports/image_classifier/confusion.csv", index_col=["actual", "predicted"])
    assert len(confusion) == 81
    assert confusion["count"].loc[[("awe", "awe"), ("anger", "anger")]].tolist() == [4, 4]
    assert confusion["count"].sum() == 8
    curves = pd.read_csv("reports/image_classifier/epochs.tsv", sep="\t")
    assert curves.columns.tolist() == ["epoch", "train_kl", "val_loss"]
    assert curves["epoch"].tolist() == [1, 2, 3, 4, 5, 6]
    assert figures["val"]["kl"] == pytest.approx(curves["val_loss"].min(), rel=1e-5)
    assert not list(Path(".scratch").rglob("*.safetensors"))
    red, blue = classifier.load().predict(np.stack([paint(100, 32), paint(101, 32)]))
    assert red.argmax() == IDS["anger"]
    assert blue.argmax() == IDS["awe"]


def test_what_it_says_of_every_artwork(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("params.yaml").write_text(PARAMS.replace("epochs: 6", "epochs: 1"), encoding="utf-8")
    main()
    told = "no training annotation says amusement, contentment, excitement, disgust, sadness, something else"
    assert told in capsys.readouterr().out
    found, probabilities = load_probabilities(Path("data/image_classifier/probabilities.parquet"))
    assert found["painting"].tolist() == artworks()["painting"].tolist()
    assert found["split"].tolist() == SPLITS
    assert probabilities.shape == (len(SPLITS), 9)
    assert probabilities.dtype == np.float32
    pixels = np.stack([paint(index, 32) for index in range(len(SPLITS))])
    np.testing.assert_allclose(probabilities, classifier.load().predict(pixels), rtol=1e-4)


def test_a_head_on_features(workspace: Path) -> None:
    Path("params.yaml").write_text(PARAMS.replace("tune: all", "tune: head"), encoding="utf-8")
    with pytest.raises(FileNotFoundError):
        main()
    compute_features()
    made = main()
    assert made.startswith("test_resnet (tune: head) after epoch ")
    assert made.endswith("right on 100.0% of 8 test artworks with a majority")
    # The pictures alone are enough for what was learnt from their features.
    _, probabilities = load_probabilities(Path("data/image_classifier/probabilities.parquet"))
    pixels = np.stack([paint(index, 32) for index in range(len(SPLITS))])
    np.testing.assert_allclose(probabilities, classifier.load().predict(pixels), rtol=1e-3)


def test_words_and_other_dials(workspace: Path) -> None:
    dials = {"words: 0.0": "words: 0.1", "augment: false": "augment: true", "size: 0": "size: 24", "constant": "linear"}
    Path("params.yaml").write_text(reduce(lambda text, dial: text.replace(*dial), dials.items(), PARAMS), "utf-8")
    assert main().endswith("right on 100.0% of 8 test artworks with a majority")
    curves = pd.read_csv("reports/image_classifier/epochs.tsv", sep="\t")
    assert curves.columns.tolist() == ["epoch", "train_kl", "train_words", "val_loss"]
    # From ln 2 for each of the two telling words towards nothing.
    assert curves["train_words"].iloc[0] > curves["train_words"].iloc[-1] < 0.1 * np.log(2)
    found = classifier.load()
    assert found.model.backbone.own_size == (24, 24)
    assert found.mirrored
    _, probabilities = load_probabilities(Path("data/image_classifier/probabilities.parquet"))
    pixels = np.stack([paint(index, 32) for index in range(len(SPLITS))])
    np.testing.assert_allclose(probabilities, found.predict(pixels), rtol=1e-4)
    assert not [name for name in found.model.state_dict() if name.startswith("words")]


def test_features_of_other_weights_are_an_error(workspace: Path) -> None:
    Path("params.yaml").write_text(PARAMS.replace("tune: all", "tune: head"), encoding="utf-8")
    compute_features()
    features, index = pooled.load()
    pooled.save(np.array(features) + 1, index)
    with pytest.raises(UserError, match=r"^data/features/pooled.npy: not the features that test_resnet computes with"):
        main()


@pytest.mark.parametrize("tune", ["all", "head"])
def test_a_killed_run_goes_on(workspace: Path, monkeypatch: pytest.MonkeyPatch, tune: str) -> None:
    dials = {"tune: all": f"tune: {tune}", "augment: false": "augment: true", "constant": "linear"}
    dials |= {"words: 0.0": "words: 0.1"}
    Path("params.yaml").write_text(reduce(lambda text, dial: text.replace(*dial), dials.items(), PARAMS), "utf-8")
    compute_features()
    main()
    expected = outs()
    validate, calls = EmotionsOfPictures.validate, []

    def killed(self: EmotionsOfPictures, model: nn.Module) -> dict[str, float]:
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return validate(self, model)

    monkeypatch.setattr(EmotionsOfPictures, "validate", killed)
    with pytest.raises(KeyboardInterrupt):
        main()
    assert list(Path(".scratch").rglob("*.safetensors"))
    main()
    # Three epochs before, the one that was killed, and the three that were left.
    assert len(calls) == 7
    assert outs() == expected


def test_two_runs_write_the_same_bytes(workspace: Path) -> None:
    Path("params.yaml").write_text(PARAMS.replace("epochs: 6", "epochs: 2"), encoding="utf-8")
    main()
    first = outs()
    main()
    assert list(first) == [
        "data/image_classifier/config.json",
        "data/image_classifier/model.safetensors",
        "data/image_classifier/probabilities.parquet",
        "reports/image_classifier/confusion.csv",
        "reports/image_classifier/epochs.tsv",
        "reports/image_classifier/metrics.json",
    ]
    assert outs() == first


def test_an_empty_split_is_an_error(workspace: Path) -> None:
    problems: list[str | None] = ["the file is empty" if split == "val" else None for split in SPLITS]
    packed.save_index(artworks().assign(digest="d"), problems, "crop", "")
    with pytest.raises(UserError) as caught:
        main()
    told = "0 artworks of the val split have a readable picture, and 1 are needed; see data/images/index.parquet"
    assert str(caught.value) == told


def test_a_checkpoint_of_other_pixels_is_another_one(workspace: Path) -> None:
    def checkpoint() -> Path:
        return checkpoint.scratch_folder("image_classifier", load_params(Params), INPUTS, "cpu")

    before = checkpoint()
    pack(40)
    assert checkpoint() != before
    pack(32)
    assert checkpoint() == before


@pytest.mark.parametrize("hidden", [0, 7])
def test_a_saved_model_predicts_as_before(tmp_path: Path, hidden: int) -> None:
    torch.manual_seed(1)
    model = ImageClassifier(Backbone("test_resnet"), hidden).train()
    pixels = np.stack([paint(index, 32) for index in range(5)])
    with torch.no_grad():  # batch statistics that are not those of a new network
        model(torch.from_numpy(pixels))
    before = Predictor(model, 32, "pad", CPU, temperature=2.0)
    expected = before.predict(pixels)
    classifier.save(model, 32, "pad", tmp_path, temperature=2.0)
    found = classifier.load(tmp_path)
    np.testing.assert_array_equal(found.predict(pixels), expected)
    assert (found.size, found.fit, found.temperature, found.mirrored) == (32, "pad", 2.0, False)
    assert expected.shape == (5, 9)
    assert expected.dtype == np.float32
    np.testing.assert_allclose(expected.sum(1), 1, rtol=1e-6)
    assert read_json(tmp_path / "config.json")["backbone"] == "test_resnet"


def test_predictions_do_not_depend_on_the_batch() -> None:
    torch.manual_seed(1)
    predictor = Predictor(ImageClassifier(Backbone("test_resnet")), 32, "squash", CPU)
    pixels = np.stack([paint(index, 32) for index in range(5)])
    np.testing.assert_allclose(predictor.predict(pixels, batch_size=2), predictor.predict(pixels), rtol=1e-4)
    assert predictor.predict(pixels[:0]).shape == (0, 9)


def test_a_temperature_above_one_is_less_sure() -> None:
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
    # The second never varies.
    assert layer(torch.from_numpy(features)).tolist() == [[-1, 0, -1], [1, 0, 1]]


def test_a_mirrored_picture_evokes_the_same(tmp_path: Path) -> None:
    torch.manual_seed(1)
    model = ImageClassifier(Backbone("test_resnet"))
    pixels = np.stack([paint(index, 32) for index in range(3)])
    turned = np.ascontiguousarray(pixels[:, :, ::-1])
    classifier.save(model, 32, "squash", tmp_path, mirrored=True)
    found = classifier.load(tmp_path)
    np.testing.assert_allclose(found.predict(turned), found.predict(pixels), rtol=1e-5)
    plain = Predictor(model, 32, "squash", CPU)
    logs = (np.log(plain.predict(pixels)) + np.log(plain.predict(turned))) / 2
    np.testing.assert_allclose(found.predict(pixels), torch.from_numpy(logs).softmax(1).numpy(), rtol=1e-4)
