"""Sampling configs: one from params.yaml, or a JSON list of them, ArtEmis' own files included."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stages.captions.consensus import DRAWN
from stages.captions.params import Captions, Sampling
from stages.common.errors import UserError, advising
from stages.common.params import problems
from stages.common.text_files import read_json

# ArtEmis' names of keys and rules, and ours.
KEYS = {"sampling_rule": "rule", "topk": "top_k", "topp": "top_p", "max_utterance_len": "max_length"}
RULES = {"argmax": "greedy", "topk": "top_k", "topp": "top_p"}


class SamplingConfig(Sampling):
    """A decoding rule with its settings, and ArtEmis' two switches: ban <unk>, ban repeated pairs of words."""

    drop_unk: bool = True
    drop_bigrams: bool = True

    @property
    def most(self) -> int | None:
        """The most captions that the rule can give of an image; None for sampling, which has no limit."""
        return {"greedy": 1, "beam": self.beam_size, "consensus": DRAWN}.get(self.rule)

    def __str__(self) -> str:
        rules = {
            "greedy": "greedy search",
            "beam": f"beam search of size {self.beam_size}",
            "consensus": f"consensus of {DRAWN} samples",
            "multinomial": "sampling",
            "top_k": f"top-k sampling with k = {self.top_k}",
            "top_p": f"top-p sampling with p = {self.top_p:g}",
        }
        return rules[self.rule] + (f" with guidance {self.guidance:g}" if self.guidance != 1 else "")


@dataclass(frozen=True)
class SamplingPlan:
    """How images are captioned: by each config, with up to `candidates` captions.

    Greedy search gives one caption, beam search at most as many as its size.
    """

    configs: tuple[SamplingConfig, ...]
    candidates: int
    seed: int

    def __str__(self) -> str:
        return str(self.configs[0]) if len(self.configs) == 1 else f"{len(self.configs)} configs"


def sampling_plan(config: Captions, candidates: int = 1) -> SamplingPlan:
    """The plan of params.yaml, with up to `candidates` captions for each image, emotion and config.

    Raises:
        UserError: captions.configs is no file with a list of configs.
    """
    default = SamplingConfig(**{key: getattr(config, key) for key in Sampling.model_fields})
    configs = (default,) if config.configs == "none" else tuple(read_configs(Path(config.configs), default))
    return SamplingPlan(configs, candidates, config.seed)


def read_configs(path: Path, default: SamplingConfig) -> list[SamplingConfig]:
    """The configs of a JSON list; missing keys have the values of `default`.

    Raises:
        UserError: naming the file, the config (counted from 0) and the key.
    """
    with advising("captions.configs is a JSON file of configs, or none"):
        listed = read_json(path)
    if not isinstance(listed, list) or not listed or not all(isinstance(entry, dict) for entry in listed):
        raise UserError(
            f'{path}: not a list of configs, such as [{{"sampling_rule": "beam", "beam_size": 5}}]; correct it'
        )
    return [_config(entry, default, f"{path}, config {number}") for number, entry in enumerate(listed)]


def _config(entry: dict[str, Any], default: SamplingConfig, place: str) -> SamplingConfig:
    names = [KEYS.get(key, key) for key in entry]
    if repeated := next((name for name in names if names.count(name) > 1), None):
        both = " and ".join(key for key in entry if KEYS.get(key, key) == repeated)
        raise UserError(f"{place}: {both} are two names of one key; keep one")
    values = default.model_dump() | dict(zip(names, entry.values(), strict=True))
    if isinstance(values["rule"], str):
        values["rule"] = RULES.get(values["rule"], values["rule"])
    if unknown := sorted(set(values) - set(SamplingConfig.model_fields)):
        allowed = ", ".join([*KEYS, *SamplingConfig.model_fields])
        raise UserError(f"{place}: {unknown[0]} is an unknown key; allowed: {allowed}")
    if wrong := problems(SamplingConfig, values):
        raise UserError(f"{place}: {'; '.join(wrong)}")
    return SamplingConfig(**values)
