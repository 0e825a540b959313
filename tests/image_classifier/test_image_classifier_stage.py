"""The stage on red and blue pictures, which evoke different emotions."""

from functools import reduce
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from stages.annotations.tables import save_emotions
from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.common.files import read_json, write_json
from stages.common.params import Pooling, Tune
from stages.common.params import load as load_params
from stages.features import store
from stages.features.__main__ import main as compute_features
from stages.histograms.tables import save_histograms
from stages.image_classifier import classifier
from stages.image_classifier.__main__ import INPUTS, main
from stages.image_classifier.classifier import ImageClassifier
from stages.image_classifier.params import Params
from stages.image_classifier.task import EmotionTask
from stages.images import packed
from stages.learning.backbones import Backbone
from stages.learning.checkpoint import scratch_folder
from stages.learning.predictions import load_probabilities
from stages.learning.weights import save_weights
from stages.utterances.tables import save_utterances, table_path
from tests.image_classifier.painted import paint

PARAMS = """dataset: somewhere
device: cpu
features:
  backbone: test_resnet
  weights: none
  pooling: average
  places: false
image_classifier:
  tune: all
  backbone: test_resnet
  weights: none
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
# 33 = 4 x 8 + 1: a last batch of one picture is left out.
SPLITS = ["train"] * 33 + ["val"] * 8 + ["test"] * 8


def configure(changes: dict[str, str]) -> None:
    text = reduce(lambda text, change: text.replace(*change), changes.items(), PARAMS)
    Path("params.yaml").write_text(text, encoding="utf-8")


def pack(size: int) -> None:
    _, digest = packed.save_pixels((paint(index, size) for index in range(len(SPLITS))), size)
    packed.save_index(artworks().assign(digest="d"), [None] * len(SPLITS), "crop", digest)


def artworks() -> pd.DataFrame:
    return pd.DataFrame({"art_style": "Cubism", "painting": [f"{index:02}" for index in range(len(SPLITS))]})


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    configure({})
    pack(32)
    counts = np.zeros((len(SPLITS), 9), np.int32)
    counts[0::2, ARTEMIS.ids["anger"]], counts[1::2, ARTEMIS.ids["awe"]] = 6, 6
    counts[:, ARTEMIS.ids["fear"]] = 1
    save_emotions(ARTEMIS)
    write_json({"name": "Colours"}, Path("data/annotations/dataset.json"))
    save_histograms(artworks().assign(counts=list(counts)), ARTEMIS)
    constant = {"emotion": "awe", "utterance": "", "utterance_spelled": "", "repetition": 5, "emotion_label": 1}
    # Word 4 occurs with red pictures, word 5 with blue ones, word 6 with all.
    ids = [[1, 6, 5 if index % 2 else 4, 2, 0] for index in range(len(SPLITS))]
    encoded = {"tokens": [[]] * len(SPLITS), "tokens_len": 2, "tokens_encoded": ids}
    save_utterances(artworks().assign(split=SPLITS, **constant, **encoded), table_path("deep_nets"))
    return tmp_path


def outs() -> dict[str, bytes]:
    folders = Path("data/image_classifier"), Path("reports/image_classifier")
    return {str(path): path.read_bytes() for folder in folders for path in sorted(folder.iterdir())}


def test_the_stage_learns_to_distinguish_red_and_blue(workspace: Path) -> None:
    message = main()
    assert message.startswith("test_resnet (tune: all), best epoch ")
    assert message.endswith(" of 6, accuracy 100.0% on 8 test artworks with a majority emotion")
    figures = read_json(Path("reports/image_classifier/metrics.json"))
    majority = {"artworks": 8, "accuracy": 1.0, "ternary": 1.0, "binary": 1.0}
    assert figures["test"]["more_than_half"] == figures["test"]["largest_untied"] == majority
    assert figures["test"]["artworks"] == 8
    # The frequencies of the emotions alone leave 6/7 of ln 2 = 0.59 nats.
    assert figures["test"]["kl"] < 0.4
    assert set(figures["test"]["auc"]) == {"awe", "anger", "fear"}
    assert figures["test"]["auc"]["anger"] > 0.9
    assert figures["weights"] == {"source": "random", "sha256": ""}
    assert figures["train"] == {"artworks": 33, "emotions": 3, "best_epoch": int(message.split()[5])}
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
    assert red.argmax() == ARTEMIS.ids["anger"]
    assert blue.argmax() == ARTEMIS.ids["awe"]


def test_the_table_of_probabilities_is_that_of_the_saved_classifier(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure({"epochs: 6": "epochs: 1"})
    main()
    warning = "no training annotation of amusement, contentment, excitement, disgust, sadness, something else"
    assert warning in capsys.readouterr().out
    rows, probabilities = load_probabilities(Path("data/image_classifier/probabilities.parquet"))
    assert rows["painting"].tolist() == artworks()["painting"].tolist()
    assert rows["split"].tolist() == SPLITS
    assert probabilities.shape == (len(SPLITS), 9)
    assert probabilities.dtype == np.float32
    pixels = np.stack([paint(index, 32) for index in range(len(SPLITS))])
    np.testing.assert_allclose(probabilities, classifier.load().predict(pixels), rtol=1e-4)


def test_a_head_on_features(workspace: Path) -> None:
    configure({"tune: all": "tune: none"})
    with pytest.raises(UserError, match=r"^data/features: .*`dvc repro -f features`"):
        main()
    compute_features()
    message = main()
    assert message.startswith("test_resnet (tune: none), best epoch ")
    assert message.endswith("accuracy 100.0% on 8 test artworks with a majority emotion")
    # The saved classifier computes the features of pictures itself.
    _, probabilities = load_probabilities(Path("data/image_classifier/probabilities.parquet"))
    pixels = np.stack([paint(index, 32) for index in range(len(SPLITS))])
    np.testing.assert_allclose(probabilities, classifier.load().predict(pixels), rtol=1e-3)


def test_words_and_augmentation(workspace: Path) -> None:
    configure({"words: 0.0": "words: 0.1", "augment: false": "augment: true", "constant": "linear"})
    assert main().endswith("accuracy 100.0% on 8 test artworks with a majority emotion")
    curves = pd.read_csv("reports/image_classifier/epochs.tsv", sep="\t")
    assert curves.columns.tolist() == ["epoch", "train_kl", "train_words", "val_loss"]
    # From ln 2 for each of the two informative words towards 0.
    assert curves["train_words"].iloc[0] > curves["train_words"].iloc[-1] < 0.15 * np.log(2)
    predictor = classifier.load()
    assert predictor.mirrored
    _, probabilities = load_probabilities(Path("data/image_classifier/probabilities.parquet"))
    pixels = np.stack([paint(index, 32) for index in range(len(SPLITS))])
    np.testing.assert_allclose(probabilities, predictor.predict(pixels), rtol=1e-4)
    assert not [name for name in predictor.model.state_dict() if name.startswith("words")]


@pytest.mark.parametrize("pooling", get_args(Pooling))
def test_the_head_reads_the_pooled_features(workspace: Path, monkeypatch: pytest.MonkeyPatch, pooling: Pooling) -> None:
    configure({"tune: all": "tune: none", "pooling: average": f"pooling: {pooling}"})
    compute_features()
    with monkeypatch.context() as patch:
        # Its backbone computes no feature again.
        patch.setattr(ImageClassifier, "pooled", None)
        main()
    predictor = classifier.load()
    assert predictor.model.backbone.pooling == pooling
    pixels = torch.from_numpy(packed.load().pixels[:])
    with torch.no_grad():
        features, (_, vectors) = predictor.model.pooled(pixels), predictor.model.backbone.look(pixels, pooling)
    torch.testing.assert_close(features, vectors)
    np.testing.assert_allclose(store.load().pooled, features, atol=1e-5, rtol=1e-4)


def learning(tune: str) -> set[str]:
    """Names of the tensors of the backbone that training changes, batch statistics included, from weights of a file."""
    torch.manual_seed(8)
    before = Backbone("test_resnet")
    save_weights(before.network, Path("weights.safetensors"))
    configure({"tune: all": f"tune: {tune}", "weights: none": "weights: weights.safetensors", "epochs: 6": "epochs: 1"})
    if tune == "none":
        compute_features()
    main()
    after = classifier.load().model.backbone.state_dict()
    floats = {name: value for name, value in before.state_dict().items() if value.is_floating_point()}
    return {name for name, value in floats.items() if not torch.equal(after[name], value)}


@pytest.mark.parametrize("tune", get_args(Tune))
def test_exactly_the_weights_that_tune_names_learn(workspace: Path, tune: Tune) -> None:
    names = {name for name, value in Backbone("test_resnet").state_dict().items() if value.is_floating_point()}
    last = {name for name in names if name.startswith("network.layer4.")}
    assert learning(tune) == {"none": set(), "last_block": last, "all": names}[tune]


def test_features_of_other_weights_are_an_error(workspace: Path) -> None:
    configure({"tune: all": "tune: none"})
    compute_features()
    torch.manual_seed(8)
    save_weights(Backbone("test_resnet").network, Path("weights.safetensors"))
    configure({"tune: all": "tune: none", "weights: none": "weights: weights.safetensors"})
    with pytest.raises(UserError, match=r"^data/features: not the features that test_resnet computes with these"):
        main()


def test_features_of_other_pictures_are_an_error(workspace: Path) -> None:
    configure({"tune: all": "tune: none"})
    compute_features()
    pack(40)
    with pytest.raises(UserError, match=r"^data/features: .* other pictures than data/images; "):
        main()


def test_features_that_are_pooled_otherwise_are_an_error(workspace: Path) -> None:
    configure({"tune: all": "tune: none"})
    compute_features()
    configure({"tune: all": "tune: none", "pooling: average": "pooling: max"})
    with pytest.raises(
        UserError, match=r"^data/features: pooled by average, but features\.pooling is max; .*dvc repro"
    ):
        main()


def test_a_head_needs_no_places(workspace: Path) -> None:
    configure({"tune: all": "tune: none", "epochs: 6": "epochs: 1"})
    compute_features()
    (store.FOLDER / store.PLACES).unlink()
    assert main().startswith("test_resnet (tune: none), best epoch 1 of 1, ")


@pytest.mark.parametrize("tune", ["all", "none"])
def test_a_killed_run_resumes(workspace: Path, monkeypatch: pytest.MonkeyPatch, tune: str) -> None:
    changes = {"tune: all": f"tune: {tune}", "augment: false": "augment: true", "constant": "linear"}
    configure(changes | {"words: 0.0": "words: 0.1", "epochs: 6": "epochs: 4"})
    compute_features()
    main()
    expected = outs()
    validate, calls = EmotionTask.validate, []

    def killed(self: EmotionTask, model: nn.Module) -> dict[str, float]:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return validate(self, model)

    monkeypatch.setattr(EmotionTask, "validate", killed)
    with pytest.raises(KeyboardInterrupt):
        main()
    assert list(Path(".scratch").rglob("*.safetensors"))
    main()
    # Two epochs before, the one that was killed, and the two that were left.
    assert len(calls) == 5
    assert outs() == expected


def test_two_runs_write_the_same_bytes(workspace: Path) -> None:
    configure({"epochs: 6": "epochs: 2"})
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
    assert str(caught.value).startswith("0 artworks of the val split have a readable picture, but ")
    assert "data/images/index.parquet" in str(caught.value)


def test_a_checkpoint_depends_on_the_pixels(workspace: Path) -> None:
    def folder() -> Path:
        return scratch_folder("image_classifier", load_params(Params), INPUTS, "cpu")

    before = folder()
    pack(40)
    assert folder() != before
    pack(32)
    assert folder() == before
