"""The benchmark of all architectures, on the smallest study."""

import re
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from ruamel.yaml import YAML

from benchmarks import speakers
from stages.speaker.registry import ARCHITECTURES
from tests.speaker.two_colours import dials, pictures, save_study, utterances


def _printed(words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setattr(sys, "argv", ["speakers", *words])
    speakers.main()
    return capsys.readouterr().out


def test_all_learn_for_the_same_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    YAML().dump({"device": "cpu", "speaker": dials(epochs=1)}, Path("params.yaml"))
    save_study(pictures(4), utterances(pictures(4), held_out=2))
    told = _printed(["--only", "learn", "--seeds", "1"], monkeypatch, capsys)
    rows = re.findall(r"^\| 1 \| (\w+) \| (\d+) \| \d+ \| \d\.\d{4} \| \d\.\d{4} \|$", told, re.MULTILINE)
    assert [arch for arch, _ in rows] == list(ARCHITECTURES)
    assert dict(rows)["sat"] == "1"
    assert re.search(r"^sat: mean test NLL \d\.\d{4}, below sat's with 0 of 1 seeds$", told, re.MULTILINE)


@pytest.mark.parametrize(("end", "fails"), [(1.0, False), (1.2, True)])
def test_an_architecture_must_be_below_with_every_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: float, fails: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    YAML().dump({"device": "cpu", "speaker": dials()}, Path("params.yaml"))
    monkeypatch.setattr(speakers, "learn", lambda *_: {"sat": [1.1, 1.1], "transformer": [1.0, end]})
    monkeypatch.setattr(sys, "argv", ["speakers", "--only", "learn", "--below", "transformer"])
    with pytest.raises(SystemExit, match="not below sat") if fails else nullcontext():
        speakers.main()


def test_both_ways_of_decoding_say_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = _printed(["--only", "decode", "--width", "16", "--pictures", "1"], monkeypatch, capsys)
    assert re.search(r"^\| keys and values kept \| [\d.]+ \| [\d.]+ \|$", told, re.MULTILINE)
    assert told.endswith("Both say the same.\n")


def test_a_way_that_says_something_else_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speakers, "_again", lambda _, features, words: torch.zeros(len(features), words))
    with pytest.raises(AssertionError, match="the two do not say the same"):
        speakers.decode(torch.device("cpu"), width=16, pictures=1, words=2)
