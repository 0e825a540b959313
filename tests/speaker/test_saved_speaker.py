"""A speaker in a folder, and the stage that puts it there."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from ruamel.yaml import YAML

from stages.common.errors import UserError
from stages.encoder import encoder
from stages.histograms.tables import save_histograms
from stages.learning import backbones
from stages.learning import weights as hub
from stages.learning.backbones import Backbone
from stages.speaker import __main__ as stage
from stages.speaker.checkpoint import load
from stages.speaker.interface import one_hot
from stages.speaker.registry import ARCHITECTURES
from tests.speaker.two_colours import SIZE, VOCABULARY, dials, pictures, save_study, saved, utterances

every = pytest.mark.parametrize("arch", ARCHITECTURES)


@every
@pytest.mark.parametrize("grounded", [False, True])
def test_what_is_loaded_is_what_was_saved(tmp_path: Path, arch: str, grounded: bool) -> None:
    before = saved(tmp_path, arch, grounded=grounded)
    after = load(tmp_path)
    assert (after.vocabulary.words, after.size, after.fit) == (VOCABULARY.words, SIZE, "pad")
    assert not after.model.training
    pixels = torch.from_numpy(pictures(1).pixels)
    emotion = one_hot(torch.tensor([3, 7])) if grounded else None
    with torch.no_grad():
        found, wanted = (
            one.model.step(torch.tensor([1, 1]), one.model.start(one.model.encode(pixels), emotion))[0]
            for one in (after, before)
        )
    assert torch.equal(found, wanted)


@every
def test_saved_twice_are_the_same_bytes(tmp_path: Path, arch: str) -> None:
    for name in ("one", "two"):
        saved(tmp_path / name, arch)
    for file in ("model.safetensors", "config.json", "vocabulary.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_folder_without_a_speaker_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nobody: no speaker there .* `dvc repro speaker` trains one"):
        load(tmp_path / "nobody")


def project(folder: Path, table: pd.DataFrame, arch: str = "sat", **changed: object) -> None:
    """What the stage reads, in `folder`."""
    YAML().dump({"device": "cpu", "speaker": dials(arch) | changed}, folder / "params.yaml")
    save_study(pictures(4), table)


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    return tmp_path


@every
def test_the_stage(at: Path, arch: str) -> None:
    project(at, utterances(pictures(4), held_out=2), arch)
    made = stage.main()
    figures = json.loads((at / "reports/speaker/metrics.json").read_text())
    assert made.startswith(f"a plain {arch} speaker after epoch 2 of 2, test NLL ")
    assert set(figures) == {"best_epoch", "val", "test"}
    assert made.endswith(f"{figures['test']['nll']:.3f} nats a word")
    assert figures["test"]["nll_swapped"] != figures["test"]["nll"]
    assert load(at / "data/speaker").vocabulary.words == VOCABULARY.words
    assert not list(at.glob(".scratch/speaker/*"))


def test_a_speaker_that_can_do_without_an_emotion_says_how_well(at: Path) -> None:
    table = utterances(pictures(4), held_out=2)
    project(at, table, emo_grounding=True, emo_from="artwork", emo_dropout=0.4)
    counts = [np.eye(9, dtype=np.int32)[label] * 3 + 1 for label in table["emotion_label"]]
    save_histograms(table[["art_style", "painting"]].assign(counts=counts))
    assert stage.main().startswith("a grounded sat speaker after epoch 2 of 2, test NLL ")
    test = json.loads((at / "reports/speaker/metrics.json").read_text())["test"]
    assert set(test) == {"nll", "nll_swapped", "nll_ungrounded"}
    assert test["nll_ungrounded"] != test["nll"]
    trained = load(at / "data/speaker")
    assert (trained.emo_from, trained.model.emotion_optional) == ("artwork", True)


def test_it_starts_from_the_encoder_that_it_is_handed(at: Path) -> None:
    project(at, utterances(pictures(4), held_out=2), sat=dials()["sat"] | {"encoder_learning_rate": 0.0})
    torch.manual_seed(11)
    learnt = Backbone("test_resnet")
    encoder.save(learnt, None)
    stage.main()
    found = dict(load(at / "data/speaker").model.backbone.named_parameters())
    assert all(torch.equal(found[name], value) for name, value in learnt.named_parameters())


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("val", "0 artworks of the val split have a readable picture, and the speaker needs 1; see "),
        ("test", "0 artworks of the test split have a readable picture, and the speaker needs 2; see "),
        ("train", "1 artworks of the train split have a readable picture, and the speaker needs 2; see "),
    ],
)
def test_too_few_pictures_are_named(at: Path, missing: str, sentence: str) -> None:
    table = utterances(pictures(4), held_out=2)
    of_it = table["split"] == missing
    project(at, table[~of_it | (of_it.cumsum() == 1) & (missing == "train")])
    with pytest.raises(UserError, match=f"^{sentence}data/images/index.parquet$"):
        stage.main()


def test_weights_that_cannot_be_had_are_one_sentence_at_once(at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backbones, "try_to_load_from_cache", lambda *_: None)
    monkeypatch.setattr(hub, "answers", lambda *_: False)
    project(at, utterances(pictures(4), held_out=2), backbone="resnet34.tv_in1k", weights="pretrained")
    with pytest.raises(UserError, match=r"pretrained weights of resnet34\.tv_in1k are not in the local cache and the"):
        stage.main()


def test_an_init_without_a_speaker_is_one_sentence(at: Path) -> None:
    project(at, utterances(pictures(4), held_out=2), init="data/raw/nobody")
    with pytest.raises(UserError, match=r"data/raw/nobody: no speaker there \(config\.json is missing\)"):
        stage.main()
