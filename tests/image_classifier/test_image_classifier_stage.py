"""A small network learns what red and blue pictures evoke, is saved, loaded and reported on."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from stages.common import scratch
from stages.common.emotions import IDS
from stages.common.errors import UserError
from stages.common.params import load as load_params
from stages.common.tables import read_json
from stages.features.backbones import Backbone
from stages.histograms.tables import save_histograms
from stages.image_classifier import classifier
from stages.image_classifier.__main__ import INPUTS, main
from stages.image_classifier.classifier import ImageClassifier, Predictor
from stages.image_classifier.params import Params
from stages.images import packed
from stages.utterances.tables import save_utterances, table_path

CPU = torch.device("cpu")
PARAMS = """device: cpu
image_classifier:
  backbone: test_resnet
  weights: none
  learning_rate: 0.003
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
    encoded = {"tokens": [[]] * len(SPLITS), "tokens_len": 0, "tokens_encoded": [[]] * len(SPLITS)}
    save_utterances(artworks().assign(split=SPLITS, **constant, **encoded), table_path("deep_nets"))
    return tmp_path


def outs() -> dict[str, bytes]:
    folders = Path("data/image_classifier"), Path("reports/image_classifier")
    return {str(path): path.read_bytes() for folder in folders for path in sorted(folder.iterdir())}


def test_the_stage_learns_red_and_blue(workspace: Path) -> None:
    made = main()
    assert made.startswith("test_resnet after epoch ")
    assert made.endswith(" of 6, right on 100.0% of 8 test artworks with a majority")
    figures = read_json(Path("reports/image_classifier/metrics.json"))
    assert figures["test"]["accuracy"] == figures["test"]["polarity_accuracy"] == 1.0
    assert figures["test"]["artworks"] == 8
    # Knowing only how often each emotion is named leaves 6/7 of ln 2 = 0.59 nats.
    assert figures["test"]["kl"] < 0.4
    confusion = Path("reports/image_classifier/confusion.csv").read_text(encoding="utf-8").splitlines()
    assert confusion == ["actual,predicted", *["awe,awe", "anger,anger"] * 4]
    curves = pd.read_csv("reports/image_classifier/epochs.tsv", sep="\t")
    assert curves.columns.tolist() == ["epoch", "train_kl", "val_loss"]
    assert curves["epoch"].tolist() == [1, 2, 3, 4, 5, 6]
    assert figures["val"]["kl"] == pytest.approx(curves["val_loss"].min(), rel=1e-5)
    assert not list(Path(".scratch").rglob("*.safetensors"))
    red, blue = classifier.load().predict(np.stack([paint(100, 32), paint(101, 32)]))
    assert red.argmax() == IDS["anger"]
    assert blue.argmax() == IDS["awe"]


def test_two_runs_write_the_same_bytes(workspace: Path) -> None:
    Path("params.yaml").write_text(PARAMS.replace("epochs: 6", "epochs: 2"), encoding="utf-8")
    main()
    first = outs()
    main()
    assert list(first) == [
        "data/image_classifier/config.json",
        "data/image_classifier/model.safetensors",
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
        return scratch.folder("image_classifier", load_params(Params), INPUTS, "cpu")

    before = checkpoint()
    pack(40)
    assert checkpoint() != before
    pack(32)
    assert checkpoint() == before


def test_a_saved_model_predicts_as_before(tmp_path: Path) -> None:
    torch.manual_seed(1)
    model = ImageClassifier(Backbone("test_resnet")).train()
    pixels = np.stack([paint(index, 32) for index in range(5)])
    with torch.no_grad():  # batch statistics that are not those of a new network
        model(torch.from_numpy(pixels))
    before = Predictor(model, 32, "pad", CPU)
    expected = before.predict(pixels)
    classifier.save(model, 32, "pad", tmp_path)
    found = classifier.load(tmp_path)
    np.testing.assert_array_equal(found.predict(pixels), expected)
    assert (found.size, found.fit) == (32, "pad")
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
