"""The benchmark of training, at tiny sizes; and that its re-enactment of ArtEmis computes what we compute."""

import re
import sys

import numpy as np
import pytest
import torch

from benchmarks import speaker
from benchmarks.made_up_pictures import learnable, noise

TINY = ["--size", "64", "--backbone", "test_resnet"]


def test_both_orders_of_work_find_the_same_loss() -> None:
    data = noise(3, 9, size=64, vocabulary=30, device=torch.device("cpu"), seed=1)
    model = speaker.network("test_resnet", vocabulary=30, width=16, embedding=8).eval()
    ours, theirs = (loss(model, data.batch(np.arange(3))) for loss in (speaker.our_loss, speaker.their_loss))
    assert ours.item() == pytest.approx(theirs.item(), abs=1e-5)
    assert 3 < ours.item() < 4


def test_each_utterance_may_have_a_picture_of_its_own() -> None:
    data = learnable(3, 2, size=8, seed=1)
    apart = speaker.one_by_one(data)
    assert (len(data), len(apart)) == (3, 6)
    batch = apart.batch(np.array([5, 2]))
    assert torch.equal(batch.pixels, data.pixels[np.array([2, 1])])


def _printed(words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setattr(sys, "argv", ["speaker", *TINY, *words])
    speaker.main()
    return capsys.readouterr().out


def test_the_table_of_steps(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    told = _printed(["--steps", "1", "--seeds", "1", "--learn", "8", "--rounds", "1"], monkeypatch, capsys)
    assert re.search(r"^\| ArtEmis' order of work \| [\d.]+ \| 1\.00 \| [\d.]+ \| 1\.00 \|$", told, re.MULTILINE)
    assert re.search(r"^\| ours \| [\d.]+ \| [\d.]+ \| [\d.]+ \| [\d.]+ \|$", told, re.MULTILINE)
    assert re.search(r"^\| 0 \| \d\.\d{4} \| \d\.\d{4} \| [01]\.\d{4} \|$", told, re.MULTILINE)


def test_the_table_of_an_epoch(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    told = _printed(
        ["--epoch", "--epochs", "1", "--pictures", "8", "--utterances", "34", "--batch", "4"], monkeypatch, capsys
    )
    assert "8 pictures of 64 px on the device, 34 utterances" in told
    assert re.search(r"^\| an epoch of 2 steps \| \d+\.\d \|$", told, re.MULTILINE)
    assert re.search(r"^\d+% of the roofline; peak \d+\.\d GB$", told, re.MULTILINE)
