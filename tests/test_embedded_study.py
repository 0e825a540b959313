"""What the embedded study must come to, by the results in the tree: those in git or, after `make repro`, fresh ones."""

import json
from typing import Any

import pytest

from tests.study import ROOT


def metrics(system: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / f"reports/metrics/{system}.json").read_text("utf-8"))
    return found


def test_the_speaker_looks_at_the_picture() -> None:
    speaker = metrics("captions")
    assert speaker["bleu_4"] >= 2 * speaker["shuffled"]["bleu_4"]
    assert speaker["distinct"]["captions"] > 0.5


def test_people_are_the_ceiling_and_chance_the_floor() -> None:
    people, speaker = metrics("human"), metrics("captions")
    assert people["bleu_4"] > speaker["bleu_4"] > people["shuffled"]["bleu_4"]


@pytest.mark.parametrize("system", ["captions", "neighbor_captions", "anp_captions", "human"])
def test_every_system_is_scored_on_the_same_pictures(system: str) -> None:
    assert metrics(system)["captions"] == metrics("human")["captions"]
