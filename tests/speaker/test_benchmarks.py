"""The benchmarks of speakers at tiny sizes: what they print, and that their re-enactments compute the same."""

import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from benchmarks import merge, speaker, speakers
from benchmarks.made_up_pictures import learnable, noise
from stages.features.__main__ import main as compute_features
from stages.learning.backbones import Backbone
from stages.speaker.data import Batch
from stages.speaker.merge import Merge
from stages.speaker.registry import build
from tests.speaker.two_colours import network_config, pictures, save_params, save_study, speaker_params, utterances

TINY = ["--size", "64", "--backbone", "test_resnet"]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """A function that runs a benchmark with arguments and returns its output."""

    def run(benchmark: ModuleType, *arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["benchmark", *arguments])
        benchmark.main()
        return capsys.readouterr().out

    return run


def test_both_orders_of_work_find_the_same_loss() -> None:
    data = noise(3, 9, size=64, vocabulary=30, device=torch.device("cpu"), seed=1)
    model = speaker.network("test_resnet", vocabulary=30, width=16, embedding=8).eval()
    ours, theirs = (loss(model, data.batch(np.arange(3))) for loss in (speaker.our_loss, speaker.their_loss))
    assert ours.item() == pytest.approx(theirs.item(), abs=1e-5)
    assert 3 < ours.item() < 4


def test_each_utterance_may_have_a_picture_of_its_own() -> None:
    data = learnable(3, 2, size=8, seed=1)
    apart = speaker.one_utterance_per_picture(data)
    assert (len(data), len(apart)) == (3, 6)
    batch = apart.batch(np.array([5, 2]))
    assert torch.equal(batch.inputs, data.pixels[np.array([2, 1])])


def test_the_table_of_steps(printed) -> None:
    output = printed(speaker, *TINY, "--steps", "1", "--seeds", "1", "--learn", "8", "--rounds", "1")
    assert re.search(r"^\| ArtEmis' order of work \| [\d.]+ \| 1\.00 \| [\d.]+ \| 1\.00 \|$", output, re.MULTILINE)
    assert re.search(r"^\| ours \| [\d.]+ \| [\d.]+ \| [\d.]+ \| [\d.]+ \|$", output, re.MULTILINE)
    assert re.search(r"^\| 0 \| \d\.\d{4} \| \d\.\d{4} \| [01]\.\d{4} \|$", output, re.MULTILINE)


def test_the_table_of_an_epoch(printed) -> None:
    sizes = ["--pictures", "8", "--utterances", "34", "--batch", "4"]
    output = printed(speaker, *TINY, "--epoch", "--epochs", "1", *sizes)
    assert "8 pictures of 64 px on the device, 34 utterances" in output
    assert re.search(r"^\| an epoch of 2 steps \| \d+\.\d \|$", output, re.MULTILINE)
    assert re.search(r"^\d+% of the roofline; peak \d+\.\d GB$", output, re.MULTILINE)


def test_all_learn_for_the_same_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed) -> None:
    monkeypatch.chdir(tmp_path)
    save_params(Path(), speaker_params(epochs=1))
    save_study(pictures(4), utterances(pictures(4), held_out=2))
    output = printed(speakers, "--only", "learn", "--seeds", "1")
    rows = re.findall(r"^\| 1 \| (\w+) \| (\d+) \| \d+ \| \d\.\d{4} \| \d\.\d{4} \|$", output, re.MULTILINE)
    assert [arch for arch, _ in rows] == speakers.LEARNERS
    assert dict(rows)["sat"] == "1"
    assert re.search(r"^sat: mean test NLL \d\.\d{4}, below sat's with 0 of 1 seeds$", output, re.MULTILINE)


def test_each_part_of_the_encoder_is_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed) -> None:
    monkeypatch.chdir(tmp_path)
    save_params(Path(), speaker_params(epochs=1))
    save_study(pictures(4), utterances(pictures(4), held_out=2))
    compute_features()
    output = printed(speakers, "--only", "tune", "--seeds", "1")
    rows = re.findall(r"^\| 1 \| (\w+) \| \d+ \| [\d.]+(?: \| \d\.\d{4}){3} \|$", output, re.MULTILINE)
    assert rows == ["none", "last_block", "all"]


def test_both_ways_of_decoding_say_the_same(printed) -> None:
    output = printed(speakers, "--only", "decode", "--width", "16", "--pictures", "1")
    assert re.search(r"^\| with a cache of keys and values \| [\d.]+ \| [\d.]+ \|$", output, re.MULTILINE)
    assert output.endswith("Both give the same words.\n")


def test_a_way_that_says_something_else_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speakers, "without_cache", lambda _, features, words: torch.zeros(len(features), words))
    with pytest.raises(AssertionError, match="the words differ"):
        speakers.decode(torch.device("cpu"), width=16, pictures=1, words=2)


@pytest.mark.parametrize("way", [merge.each_pair, merge.all_pairs])
def test_a_loop_over_pairs_has_the_same_loss_and_gradients(
    way: merge.Backward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge, "LONGEST", 7)
    tokens = torch.tensor([[1, 5, 6, 7, 2], [1, 8, 9, 2, 0], [1, 6, 2, 0, 0]])
    features = torch.rand(2, 1, 96, generator=torch.Generator().manual_seed(4))
    batch = Batch(features, torch.tensor([1, 0, 0]), tokens, torch.tensor([4, 3, 2]), None)
    torch.manual_seed(7)
    model = build(network_config("merge", dropout=0.0), Backbone("test_resnet", pooling="average")).eval()
    assert isinstance(model, Merge)
    found = []
    for one in (way, merge.ours):
        loss = one(model, batch)
        found.append((loss, {name: value.grad for name, value in model.named_parameters() if value.grad is not None}))
        model.zero_grad()
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)
    assert found[0][1].keys() == found[1][1].keys() >= {"picture.weight", "embedding.weight", "words.bias"}
    torch.testing.assert_close(found[0][1], found[1][1], atol=1e-6, rtol=1e-4)
