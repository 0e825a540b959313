"""A speaker saved in a folder, and the stage that trains it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.histograms.tables import save_histograms
from stages.learning import pretrained
from stages.learning.learned_from import LearnedFrom
from stages.speaker import __main__ as stage
from stages.speaker.checkpoint import load
from stages.speaker.interface import one_hot
from stages.speaker.registry import ARCHITECTURES
from tests.speaker.two_colours import SIZE, pictures, save_project, saved, utterances, words_of

every = pytest.mark.parametrize("arch", ARCHITECTURES)


@every
@pytest.mark.parametrize("grounded", [False, True])
def test_a_loaded_speaker_is_the_saved_one(tmp_path: Path, arch: str, grounded: bool) -> None:
    before = saved(tmp_path, arch, grounded=grounded)
    after = load(tmp_path)
    assert (after.size, after.fit) == (SIZE, "pad")
    ids = list(range(len(words_of(arch))))
    assert after.vocabulary.spans(ids) == words_of(arch).spans(ids)
    assert not after.model.training
    pixels = torch.from_numpy(pictures(1).pixels)
    emotion = one_hot(torch.tensor([3, 7]), len(ARTEMIS)) if grounded else None
    with torch.no_grad():
        scores, expected = (
            trained.model.step(torch.tensor([1, 1]), trained.model.start(trained.model.encode(pixels), emotion))[0]
            for trained in (after, before)
        )
    torch.testing.assert_close(scores, expected)


@every
def test_equal_speakers_are_equal_bytes(tmp_path: Path, arch: str) -> None:
    for name in ("one", "two"):
        saved(tmp_path / name, arch)
    for file in ("model.safetensors", "config.json", "vocabulary.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_folder_without_a_speaker_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nobody: no speaker there .* `dvc repro speaker` trains one"):
        load(tmp_path / "nobody")


@every
def test_the_stage(project: Path, arch: str) -> None:
    save_project(project, utterances(pictures(4), held_out=2), arch)
    message = stage.main()
    figures = json.loads((project / "reports/speaker/metrics.json").read_text())
    assert re.fullmatch(rf"plain {arch}, best epoch [12] of 2, test NLL \d\.\d{{3}} nats per word", message)
    assert set(figures) == {"best_epoch", "weights", "val", "test"}
    assert figures["weights"] == {"source": "random", "sha256": ""}
    assert f"{figures['test']['nll']:.3f}" in message
    assert figures["test"]["nll_swapped"] != figures["test"]["nll"]
    trained = load(project / "data/speaker")
    ids = list(range(4, len(words_of(arch))))
    assert trained.vocabulary.spans(ids) == words_of(arch).spans(ids)
    # Of four pictures of each colour, one is for validation and one for testing.
    assert trained.data == LearnedFrom(name="Two colours", embedded=False, pictures=4, utterances=4)
    assert not list(project.glob(".scratch/speaker/*"))


def test_a_speaker_also_trained_without_emotions_reports_both_likelihoods(project: Path) -> None:
    table = utterances(pictures(4), held_out=2)
    save_project(project, table, emo_grounding=True, emo_from="artwork", emo_dropout=0.4)
    counts = [np.eye(9, dtype=np.int32)[label] * 3 + 1 for label in table["emotion_label"]]
    save_histograms(table[["art_style", "painting"]].assign(counts=counts), ARTEMIS)
    assert stage.main().startswith("grounded sat, best epoch ")
    test = json.loads((project / "reports/speaker/metrics.json").read_text())["test"]
    assert set(test) == {"nll", "nll_swapped", "nll_ungrounded"}
    assert test["nll_ungrounded"] != test["nll"]
    trained = load(project / "data/speaker")
    assert (trained.emo_from, trained.model.emotion_optional) == ("artwork", True)


@pytest.mark.parametrize(("split", "count", "needed"), [("val", 0, 1), ("test", 0, 2), ("train", 1, 2)])
def test_too_few_pictures_are_an_error(project: Path, split: str, count: int, needed: int) -> None:
    table = utterances(pictures(4), held_out=2)
    of_it = table["split"] == split
    save_project(project, table[~of_it | (of_it.cumsum() <= count)])
    message = rf"{count} artworks of the {split} split have .* needs {needed}; data/images/index.parquet"
    with pytest.raises(UserError, match=message):
        stage.main()


def test_unavailable_weights_are_an_error(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrained, "try_to_load_from_cache", lambda *_: None)
    monkeypatch.setattr(pretrained, "hub_reachable", lambda *_: False)
    table = utterances(pictures(4), held_out=2)
    save_project(project, table, backbone="resnet34.tv_in1k", weights="pretrained")
    with pytest.raises(UserError, match=r"resnet34\.tv_in1k"):
        stage.main()


def test_an_init_without_a_speaker_is_an_error(project: Path) -> None:
    save_project(project, utterances(pictures(4), held_out=2), init="data/raw/nobody")
    with pytest.raises(UserError, match=r"data/raw/nobody: no speaker there \(config\.json is missing\)"):
        stage.main()
