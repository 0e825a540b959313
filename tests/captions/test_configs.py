"""Sampling configs, ArtEmis' own files included."""

import json
from pathlib import Path
from typing import Any

import pytest

from stages.captions.params import Captions
from stages.captions.sampling import Manner, manner, read
from stages.common.errors import UserError
from tests.captions.test_speaking import DIALS

SAMPLING = Path(__file__).parents[2].parent / "shared" / "resources" / "sampling"


def _manner(**dials: Any) -> Manner:
    return manner(Captions(**(DIALS | dials)))


@pytest.mark.skipif(not SAMPLING.exists(), reason="the reference's files lie outside the repository, and not here")
@pytest.mark.parametrize(("kind", "count"), [("selected", 1), ("mini", 2), ("full", 36)])
def test_the_references_own_files(kind: str, count: int) -> None:
    (path,) = SAMPLING.glob(f"{kind}_*.json.txt")
    configs = _manner(configs=str(path)).configs
    listed = json.loads(path.read_text())
    assert len(configs) == len(listed) == count
    for config, given in zip(configs, listed, strict=True):
        assert config.rule == {"topk": "top_k", "beam": "beam"}[given["sampling_rule"]]
        assert config.temperature == given["temperature"]
        assert (config.top_k, config.beam_size) == (given.get("topk", 2), given.get("beam_size", 3))
        # What the file does not say is as in params.yaml; ArtEmis bans by default.
        assert (config.max_length, config.drop_unk, config.drop_bigrams) == (5, True, True)


def test_without_a_file_the_dials_are_the_one_config() -> None:
    how = _manner(rule="top_p", banned_words="ugly  bad", candidates=3)
    (config,) = how.configs
    assert (config.rule, config.top_p, config.temperature) == ("top_p", 0.5, 1.0)
    assert (how.candidates, how.banned_words, how.seed) == (3, ("ugly", "bad"), 1)
    assert str(how) == "drawing from the likeliest words that share 0.5"


def test_switches_and_other_names(tmp_path: Path) -> None:
    path = tmp_path / "configs.json"
    switches = {"max_utterance_len": 7, "drop_unk": False, "drop_bigrams": False}
    nucleus_dials = {"rule": "top_p", "topp": 0.25, "guidance": 2}
    path.write_text(json.dumps([{"sampling_rule": "argmax", **switches}, nucleus_dials]))
    greedy, nucleus = read(path, _manner().configs[0])
    assert (greedy.guidance, nucleus.guidance) == (1.0, 2.0)
    assert (greedy.rule, greedy.max_length, greedy.drop_unk, greedy.drop_bigrams) == ("greedy", 7, False, False)
    assert (nucleus.rule, nucleus.top_p, nucleus.max_length) == ("top_p", 0.25, 5)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('[{"guidance": -1}]', "config 0: guidance is -1; allowed: a finite number at least 0"),
        ("", "not readable as JSON"),
        ("{}", "not a list of configs"),
        ("[]", "not a list of configs"),
        ('[{"beam_size": 5}, {"beam_sise": 5}]', "config 1: beam_sise is an unknown key; allowed: sampling_rule"),
        ('[{"temperature": 0}]', "config 0: temperature is 0; allowed: a finite number above 0"),
        ('[{"sampling_rule": "dice"}]', 'config 0: rule is "dice"; allowed: "greedy", "beam"'),
    ],
)
def test_a_file_of_something_else(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "configs.json"
    path.write_text(content)
    with pytest.raises(UserError) as caught:
        read(path, _manner().configs[0])
    assert str(caught.value).startswith(str(path))
    assert told in str(caught.value)
