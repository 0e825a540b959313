"""Sampling configs, ArtEmis' own files included."""

import json
from pathlib import Path

import pytest

from stages.captions.sampling import read_configs
from stages.common.errors import UserError
from tests.captions.captioning import plan_of

SAMPLING = Path(__file__).parents[2].parent / "shared" / "resources" / "sampling"


@pytest.mark.skipif(not SAMPLING.exists(), reason="ArtEmis' files are not in the repository")
@pytest.mark.parametrize(("kind", "count"), [("selected", 1), ("mini", 2), ("full", 36)])
def test_the_files_of_artemis(kind: str, count: int) -> None:
    (path,) = SAMPLING.glob(f"{kind}_*.json.txt")
    configs = plan_of(configs=str(path)).configs
    listed = json.loads(path.read_text())
    assert len(configs) == len(listed) == count
    for config, entry in zip(configs, listed, strict=True):
        assert config.rule == {"topk": "top_k", "beam": "beam"}[entry["sampling_rule"]]
        assert config.temperature == entry["temperature"]
        assert (config.top_k, config.beam_size) == (entry.get("topk", 2), entry.get("beam_size", 3))
        # Missing keys have the values of params.yaml; ArtEmis bans by default.
        assert (config.max_length, config.drop_unk, config.drop_bigrams) == (5, True, True)


def test_without_a_file_params_are_the_only_config() -> None:
    plan = plan_of(candidates=3, rule="top_p")
    (config,) = plan.configs
    assert (config.rule, config.top_p, config.temperature) == ("top_p", 0.5, 1.0)
    assert (plan.candidates, plan.seed) == (3, 1)
    assert str(plan) == "top-p sampling with p = 0.5"


def test_a_plan_names_its_guidance() -> None:
    assert str(plan_of()) == "beam search of size 3"
    assert str(plan_of(guidance=1.5)) == "beam search of size 3 with guidance 1.5"


@pytest.mark.parametrize(("rule", "most"), [("greedy", 1), ("beam", 3), ("multinomial", None), ("top_k", None)])
def test_the_most_captions_of_a_rule(rule: str, most: int | None) -> None:
    assert plan_of(rule=rule).configs[0].most == most


def test_switches_and_names_of_artemis(tmp_path: Path) -> None:
    path = tmp_path / "configs.json"
    switches = {"max_utterance_len": 7, "drop_unk": False, "drop_bigrams": False}
    path.write_text(
        json.dumps([{"sampling_rule": "argmax", **switches}, {"rule": "top_p", "topp": 0.25, "guidance": 2}])
    )
    greedy, nucleus = read_configs(path, plan_of().configs[0])
    assert (greedy.guidance, nucleus.guidance) == (1.0, 2.0)
    assert (greedy.rule, greedy.max_length, greedy.drop_unk, greedy.drop_bigrams) == ("greedy", 7, False, False)
    assert (nucleus.rule, nucleus.top_p, nucleus.max_length) == ("top_p", 0.25, 5)


def test_a_byte_order_mark_is_no_part_of_the_list(tmp_path: Path) -> None:
    path = tmp_path / "configs.json"
    path.write_text('\ufeff[{"beam_size": 7}]', encoding="utf-8")
    (config,) = read_configs(path, plan_of().configs[0])
    assert config.beam_size == 7


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"guidance": -1}]', "config 0: guidance is -1"),
        ("", "captions.configs"),
        ("[", "line 1"),
        ('[{"topk": 5, "top_k": 3}]', "config 0: topk and top_k"),
        ('[{"topk": 5, "topk": 3}]', "'topk' occurs twice"),
        ('[{"beam_size": 5}, ["beam_size"]]', "not a list of configs"),
        ('[{"temperature": NaN}]', "config 0: temperature is NaN"),
        ("{}", "not a list of configs"),
        ("[]", "not a list of configs"),
        ('[{"beam_size": 5}, {"beam_sise": 5}]', "config 1: beam_sise is an unknown key; allowed: sampling_rule"),
        ('[{"temperature": 0}]', "config 0: temperature is 0"),
        ('[{"sampling_rule": "dice"}]', 'config 0: rule is "dice"; allowed: "greedy", "beam"'),
    ],
)
def test_a_wrong_file_is_an_error(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "configs.json"
    path.write_text(content)
    with pytest.raises(UserError) as caught:
        read_configs(path, plan_of().configs[0])
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
